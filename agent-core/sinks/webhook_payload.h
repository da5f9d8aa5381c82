#pragma once
// The body of a webhook's request, in the form that each receiver wants, within its limits.
//
// Text of logs is inert in all of them: JSON strings are escaped by one function, Teams gets text runs and Slack plain
// text, which no markup is read in.
//
// A template is text with placeholders in braces: {title} {signature} {level} {state} {host} {event_id} {count}
// {fingerprint} {episode} {delivery_id} {at} {first_seen} {last_seen} {cause} {resolution} {evidence}: values escaped for
// a JSON string, without quotes; {alert} is the whole alert as a JSON object. Other braces stand for themselves.
//
// Source:  adaptivecards.io/explorer; api.slack.com/reference/block-kit; PagerDuty Events API v2; ServiceNow em_event.
// Tests:   tests/unit/sinks/webhook_sink_test.cpp

#include <string>
#include <string_view>

#include "incidents/incident.h"
#include "sinks/webhook_options.h"

namespace cmgmon::sinks {

inline constexpr std::size_t kMaxTeamsBytes = 27U << 10U;  // Teams takes 28 KB

// `routing_key`: PagerDuty's; empty for others.
std::string webhook_payload(const WebhookOptions& options, const incidents::Transition& transition,
                            std::string_view host, const std::string& routing_key);

// What is wrong with a template, one sentence; empty when nothing is.
std::string trouble_with_template(std::string_view text, bool json);

}  // namespace cmgmon::sinks
