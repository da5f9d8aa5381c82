#include "sinks/webhook_sink.h"

#include <utility>

#include "sinks/webhook_payload.h"

namespace cmgmon::sinks {

namespace {

constexpr std::string_view kPagerDuty = "https://events.pagerduty.com/v2/enqueue";

}  // namespace

WebhookSink::WebhookSink(WebhookOptions options, std::string host, std::string secrets_folder)
    : options_(std::move(options)),
      host_(std::move(host)),
      access_(options_.access, std::move(secrets_folder)) {}

base::Result<net::Url> WebhookSink::address() const {
  return options_.url ? access_.address(*options_.url) : net::parse_url(kPagerDuty);
}

Delivered WebhookSink::deliver(const incidents::Transition& transition) {
  if (transition.kind == incidents::TransitionKind::kUpdated) {
    return {};
  }
  const auto url = address();
  if (!url) {
    return Refusal(url.error());
  }
  std::string routing_key;
  if (options_.routing_key) {
    auto key = options_.routing_key->value(access_.secrets_folder());
    if (!key) {
      return Refusal(key.error());
    }
    routing_key = std::move(*key);
  }
  HttpAccess::Call call{*url, true, options_.method, options_.content_type, {}};
  call.body = webhook_payload(options_, transition, host_, routing_key);
  call.also_secret = routing_key;
  const auto answer = access_.send(call);
  last_answer_ = describe(*url, answer);
  return judge(answer, *url);
}

base::Result<void> WebhookSink::notify(const Notice& notice, base::Time at) {
  static_cast<void>(notice);
  static_cast<void>(at);
  return {};
}

}  // namespace cmgmon::sinks
