#include "sinks/webhook_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sinks/webhook_payload.h"

namespace cmgmon::sinks {

namespace {

void read_preset(base::Mapping& mapping, WebhookOptions& options) {
  // In the order of the enumeration.
  static const std::vector<std::string> kNames = {"generic", "teams", "slack", "pagerduty",
                                                  "servicenow"};
  if (const auto name = read_word(mapping, "preset", kNames)) {
    options.preset =
        static_cast<WebhookPreset>(std::find(kNames.begin(), kNames.end(), *name) - kNames.begin());
  }
}

// A key that only one preset has.
void belongs_to(base::Mapping& mapping, const char* key, bool good, const char* preset) {
  if (mapping.has(key) && !good) {
    mapping.complain(*mapping.child(key),
                     fmt::format("'{}' is only for the preset {}", key, preset));
  }
}

}  // namespace

WebhookOptions read_webhook(base::Mapping& mapping, const std::string& name) {
  WebhookOptions options;
  read_common(mapping, name, options);
  read_preset(mapping, options);
  const bool generic = options.preset == WebhookPreset::kGeneric;
  const bool pagerduty = options.preset == WebhookPreset::kPagerDuty;
  options.url = read_secret(mapping, "url");
  options.routing_key = read_secret(mapping, "routing_key");
  options.body_template = mapping.text("template").value_or("");
  options.content_type = mapping.text("content_type").value_or(options.content_type);
  options.method = read_word(mapping, "method", {"POST", "PUT"}).value_or(options.method);
  options.bare_card = mapping.boolean("bare_card").value_or(false);
  options.access = read_http_access(mapping);
  if (!options.url && !pagerduty && !mapping.has("url")) {
    mapping.complain("'url' is missing: where the alerts are to be posted");
  }
  if (pagerduty && !options.routing_key && !mapping.has("routing_key")) {
    mapping.complain("'routing_key' is missing: PagerDuty's integration key");
  }
  belongs_to(mapping, "routing_key", pagerduty, "pagerduty");
  belongs_to(mapping, "template", generic, "generic");
  belongs_to(mapping, "content_type", generic, "generic");
  belongs_to(mapping, "method", generic, "generic");
  belongs_to(mapping, "bare_card", options.preset == WebhookPreset::kTeams, "teams");
  const bool json = options.content_type.find("json") != std::string::npos;
  if (!options.body_template.empty() && !json && !options.content_type.starts_with("text/plain")) {
    // Values are made inert for these two only.
    mapping.complain(*mapping.child("template"),
                     "a template makes JSON or plain text; 'content_type' says something else");
  }
  if (const auto trouble = trouble_with_template(options.body_template, json); !trouble.empty()) {
    mapping.complain(*mapping.child("template"), trouble);
  }
  return options;
}

}  // namespace cmgmon::sinks
