#pragma once
// The part of the settings for a webhook (webhook_sink.h).
//
// Tests: tests/unit/sinks/webhook_sink_test.cpp

#include <optional>
#include <string>

#include "base/yaml.h"
#include "sinks/common_options.h"
#include "sinks/http_access.h"
#include "sinks/secret.h"

namespace cmgmon::sinks {

enum class WebhookPreset { kGeneric, kTeams, kSlack, kPagerDuty, kServiceNow };

struct WebhookOptions : CommonOptions {
  WebhookPreset preset = WebhookPreset::kGeneric;
  std::optional<Secret> url;          // set but for PagerDuty, whose address everybody knows
  std::optional<Secret> routing_key;  // PagerDuty
  std::string body_template;          // generic; empty: the alert as JSON
  std::string content_type = "application/json";
  std::string method = "POST";
  bool bare_card = false;  // Teams: the card without a message around it
  HttpAccessOptions access;
};

WebhookOptions read_webhook(base::Mapping& mapping, const std::string& name);

}  // namespace cmgmon::sinks
