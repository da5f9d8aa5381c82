#include "sinks/webhook_payload.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/text.h"
#include "base/time.h"
#include "signatures/signature.h"
#include "sinks/incident_json.h"

namespace cmgmon::sinks {

namespace {

using incidents::Transition;
using incidents::TransitionKind;
using Poco::JSON::Array;
using Poco::JSON::Object;
using signatures::Level;

constexpr std::size_t kSlackHeader = 150;
constexpr std::size_t kSlackText = 2900;
constexpr std::size_t kPagerDutySummary = 1024;
constexpr std::size_t kServiceNowText = 3900;

bool over(const Transition& transition) {
  return transition.kind == TransitionKind::kCleared;
}

// Valid UTF-8 of one line, at most so many bytes.
std::string line(std::string_view text, std::size_t most) {
  // Cut first: it may be a megabyte of a log.
  const std::string_view start = base::prefix_of_bytes(text, most);
  std::string clean = base::printable(json_string(start));
  if (clean.size() <= most && start.size() == text.size()) {
    return clean;
  }
  return std::string(base::prefix_of_bytes(clean, most < 3 ? 0 : most - 3)) + "…";
}

std::string steps(const std::vector<std::string>& texts, std::size_t most) {
  std::string joined;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    joined += fmt::format("{}{}. {}", i == 0 ? "" : "\n", i + 1, line(texts[i], most));
  }
  return std::string(base::prefix_of_bytes(joined, most));
}

std::string evidence(const incidents::Incident& incident, std::size_t most) {
  if (incident.evidence.empty()) {
    return {};
  }
  const auto& piece = incident.evidence.back();
  return line(fmt::format("{}:{}: {}", piece.path, piece.line, piece.message), most);
}

std::string time_text(const std::optional<base::Time>& time) {
  return time ? base::to_rfc3339(*time) : std::string("-");
}

// "RAISED high: title on host"
std::string headline(const Transition& transition, std::string_view host, std::size_t most) {
  const auto& incident = transition.incident;
  return line(
      fmt::format("{} {}: {} ({})", over(transition) ? "RESOLVED" : "FIRING",
                  signatures::name_of(incident.level), incident.title, host_of(incident, host)),
      most);
}

using Facts = std::vector<std::pair<std::string, std::string>>;

Facts facts_of(const Transition& transition, std::string_view host, std::size_t most) {
  const auto& incident = transition.incident;
  Facts facts = {
      {"Host", line(host_of(incident, host), most)},
      {"Rule", line(fmt::format("{} ({})", incident.signature, incident.event_id), most)},
      {"First seen", time_text(incident.first_seen)},
      {"Last seen", time_text(incident.last_seen)},
      {"Count", std::to_string(incident.count)}};
  if (over(transition)) {
    facts.emplace_back("Cleared", time_text(incident.cleared_at) + " (" +
                                      std::string(incidents::name_of(incident.cleared_by)) + ")");
  }
  for (const auto& [key, value] : incident.group) {
    if (facts.size() < 12) {
      facts.emplace_back(line(key, 60), line(value, most));
    }
  }
  return facts;
}

Object::Ptr object() {
  return new Object(Poco::JSON_PRESERVE_KEY_ORDER);
}

// Text runs: Teams reads Markdown in text blocks and facts, but not in these.
Object::Ptr text_runs(const std::vector<std::pair<std::string, bool>>& runs, const char* color) {
  Array::Ptr inlines = new Array;
  for (const auto& [text, bold] : runs) {
    Object::Ptr run = object();
    run->set("type", "TextRun");
    run->set("text", text);
    if (bold) {
      run->set("weight", "Bolder");
    }
    if (*color != '\0') {
      run->set("color", color);
    }
    inlines->add(run);
  }
  Object::Ptr block = object();
  block->set("type", "RichTextBlock");
  block->set("inlines", inlines);
  return block;
}

std::string teams(const Transition& transition, std::string_view host, bool bare,
                  std::size_t most) {
  const auto& incident = transition.incident;
  Array::Ptr body = new Array;
  const char* color = over(transition)                 ? "Good"
                      : incident.level >= Level::kHigh ? "Attention"
                                                       : "Warning";
  body->add(text_runs({{headline(transition, host, most), true}}, color));
  for (const auto& [name, value] : facts_of(transition, host, most)) {
    body->add(text_runs({{name + ": ", true}, {value, false}}, ""));
  }
  const auto part = [&](const char* name, const std::string& text) {
    if (!text.empty()) {
      body->add(text_runs({{std::string(name) + "\n", true}, {text, false}}, ""));
    }
  };
  part("Cause", line(incident.cause, most));
  if (!over(transition)) {
    part("What to do", steps(incident.resolution, most));
    part("Evidence", evidence(incident, most));
  }
  Object::Ptr card = object();
  card->set("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
  card->set("type", "AdaptiveCard");
  card->set("version", "1.4");
  card->set("body", body);
  if (bare) {
    return json_text(*card);
  }
  Object::Ptr attachment = object();
  attachment->set("contentType", "application/vnd.microsoft.card.adaptive");
  attachment->set("contentUrl", Poco::Dynamic::Var());
  attachment->set("content", card);
  Array::Ptr attachments = new Array;
  attachments->add(attachment);
  Object::Ptr message = object();
  message->set("type", "message");
  message->set("attachments", attachments);
  return json_text(*message);
}

std::string for_slack(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '&'   ? std::string("&amp;")
               : c == '<' ? std::string("&lt;")
               : c == '>' ? std::string("&gt;")
                          : std::string(1, c);
  }
  return escaped;
}

Object::Ptr slack_block(const char* type, const std::string& text) {
  Object::Ptr plain = object();
  plain->set("type", "plain_text");
  plain->set("text", text);
  plain->set("emoji", false);
  Object::Ptr block = object();
  block->set("type", type);
  block->set("text", plain);
  return block;
}

std::string slack(const Transition& transition, std::string_view host) {
  const auto& incident = transition.incident;
  Array::Ptr blocks = new Array;
  blocks->add(slack_block("header", headline(transition, host, kSlackHeader)));
  std::string facts;
  for (const auto& [name, value] : facts_of(transition, host, 200)) {
    facts += fmt::format("{}{}: {}", facts.empty() ? "" : "\n", name, value);
  }
  blocks->add(slack_block("section", std::string(base::prefix_of_bytes(facts, kSlackText))));
  const auto part = [&](const char* name, const std::string& text) {
    if (!text.empty()) {
      blocks->add(slack_block("section", std::string(name) + ": " + text));
    }
  };
  part("Cause", line(incident.cause, kSlackText));
  if (!over(transition)) {
    part("What to do", steps(incident.resolution, kSlackText));
    part("Evidence", evidence(incident, kSlackText));
  }
  Object::Ptr message = object();
  message->set("text", for_slack(headline(transition, host, kSlackText)));
  message->set("mrkdwn", false);
  message->set("blocks", blocks);
  return json_text(*message);
}

Object::Ptr details(const Transition& transition) {
  const auto& incident = transition.incident;
  Object::Ptr all = object();
  const auto add = [&all](const char* name, const std::string& value) {
    if (!value.empty()) {
      all->set(name, value);
    }
  };
  add("cause", line(incident.cause, kServiceNowText));
  add("resolution", steps(incident.resolution, kServiceNowText));
  add("evidence", evidence(incident, kServiceNowText));
  add("count", std::to_string(incident.count));
  add("first_seen", time_text(incident.first_seen));
  add("last_seen", time_text(incident.last_seen));
  add("event_id", std::to_string(incident.event_id));
  add("delivery_id", transition.delivery_id);
  for (const auto& [key, value] : incident.group) {
    all->set("group_" + line(key, 60), line(value, 500));
  }
  return all;
}

std::string pagerduty(const Transition& transition, std::string_view host,
                      const std::string& routing_key) {
  const auto& incident = transition.incident;
  const char* severity = incident.level == Level::kCritical ? "critical"
                         : incident.level == Level::kHigh   ? "error"
                         : incident.level == Level::kMedium ? "warning"
                                                            : "info";
  Object::Ptr payload = object();
  payload->set("summary", headline(transition, host, kPagerDutySummary));
  payload->set("source", line(host_of(incident, host), 255));
  payload->set("severity", severity);
  payload->set("timestamp", base::to_rfc3339(incident.first_seen.value_or(transition.at)));
  payload->set("component", line(incident.signature, 255));
  payload->set("class", std::string(signatures::name_of(incident.level)));
  payload->set("custom_details", details(transition));
  Object::Ptr event = object();
  event->set("routing_key", routing_key);
  event->set("event_action", over(transition) ? "resolve" : "trigger");
  event->set("dedup_key", incident.fingerprint);
  event->set("client", "CMG Health Monitor");
  event->set("payload", payload);
  return json_text(*event);
}

std::string service_now(const Transition& transition, std::string_view host) {
  const auto& incident = transition.incident;
  const char* severity = over(transition)                     ? "0"
                         : incident.level == Level::kCritical ? "1"
                         : incident.level == Level::kHigh     ? "2"
                         : incident.level == Level::kMedium   ? "3"
                         : incident.level == Level::kLow      ? "4"
                                                              : "5";
  Object::Ptr record = object();
  record->set("source", "CMG Health Monitor");
  record->set("event_class", line(host, 100));
  record->set("node", line(host_of(incident, host), 100));
  record->set("resource", "CMG");
  record->set("metric_name", line(incident.signature, 100));
  record->set("type", line(incident.signature, 100));
  record->set("message_key", incident.fingerprint);
  record->set("severity", severity);
  record->set("description",
              line(headline(transition, host, 1000) + " " + incident.cause, kServiceNowText));
  record->set("additional_info", json_text(*details(transition)));
  Array::Ptr records = new Array;
  records->add(record);
  Object::Ptr document = object();
  document->set("records", records);
  return json_text(*document);
}

// As it stands between the quotes of a JSON string.
std::string escaped(const std::string& text) {
  Object holder;
  holder.set("v", json_string(text));
  const std::string json = json_text(holder);  // {"v":"..."}
  const std::size_t start = json.find(':') + 1;
  const std::size_t open = json.find('"', start) + 1;
  return json.substr(open, json.rfind('"') - open);
}

using Values = std::map<std::string, std::string, std::less<>>;

Values values_of(const Transition& transition, std::string_view host) {
  const auto& incident = transition.incident;
  std::string resolution;
  for (const auto& step : incident.resolution) {
    resolution += (resolution.empty() ? "" : "\n") + step;
  }
  Values values = {
      {"title", incident.title},
      {"signature", incident.signature},
      {"level", std::string(signatures::name_of(incident.level))},
      {"state", over(transition) ? "cleared" : "firing"},
      {"host", host_of(incident, host)},
      {"event_id", std::to_string(incident.event_id)},
      {"count", std::to_string(incident.count)},
      {"fingerprint", incident.fingerprint},
      {"episode", incident.episode},
      {"delivery_id", transition.delivery_id},
      {"at", base::to_rfc3339(transition.at)},
      {"first_seen", time_text(incident.first_seen)},
      {"last_seen", time_text(incident.last_seen)},
      {"cause", incident.cause},
      {"resolution", resolution},
      {"evidence", evidence(incident, 2000)},
  };
  for (auto& [name, value] : values) {
    value = escaped(value);
  }
  values["alert"] = alert_json(transition, host);
  return values;
}

// Replaces what stands in braces and looks like a name; `unknown` is the first one that is none.
std::string expand(std::string_view text, const Values& values, std::string& unknown) {
  std::string expanded;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t close = text[at] == '{' ? text.find('}', at) : std::string_view::npos;
    const std::string_view name =
        close == std::string_view::npos ? "" : text.substr(at + 1, close - at - 1);
    const bool named = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_';
    });
    if (!named) {
      expanded += text[at++];
      continue;
    }
    const auto value = values.find(name);
    if (value == values.end()) {
      unknown = unknown.empty() ? std::string(name) : unknown;
    } else {
      expanded += value->second;
    }
    at = close + 1;
  }
  return expanded;
}

// With a quote and letters in every text: a placeholder that is not in quotes shows at once.
Transition sample() {
  const std::string text = "a \"b\" c";
  Transition transition;
  auto& incident = transition.incident;
  for (auto* each : {&incident.signature, &incident.title, &incident.fingerprint, &incident.episode,
                     &incident.cause, &transition.delivery_id}) {
    *each = text;
  }
  incident.resolution = {text, text};
  incident.evidence.emplace_back();
  incident.evidence.back().message = text;
  incident.first_seen = incident.last_seen = base::Time{};
  return transition;
}

}  // namespace

std::string trouble_with_template(std::string_view text, bool json) {
  if (text.empty()) {
    return {};
  }
  const Values values = values_of(sample(), "a \"b\" c");
  std::string unknown;
  const std::string expanded = expand(text, values, unknown);
  if (!unknown.empty()) {
    std::vector<std::string> names;
    for (const auto& [name, value] : values) {
      names.push_back(name);
    }
    const auto meant = base::nearest(unknown, names);
    return fmt::format("the template has an unknown placeholder {{{}}}{}", unknown,
                       meant ? fmt::format("; did you mean {{{}}}?", *meant) : "");
  }
  if (json) {
    try {
      Poco::JSON::Parser().parse(expanded);
    } catch (const Poco::Exception&) {
      return "the template does not become JSON; write placeholders in quotes, but not {alert}";
    }
  }
  return {};
}

std::string webhook_payload(const WebhookOptions& options, const Transition& transition,
                            std::string_view host, const std::string& routing_key) {
  switch (options.preset) {
    case WebhookPreset::kTeams: {
      std::string card;
      for (const std::size_t most : {4000U, 1500U, 500U, 150U, 50U}) {
        card = teams(transition, host, options.bare_card, most);
        if (card.size() <= kMaxTeamsBytes) {
          break;
        }
      }
      return card;
    }
    case WebhookPreset::kSlack:
      return slack(transition, host);
    case WebhookPreset::kPagerDuty:
      return pagerduty(transition, host, routing_key);
    case WebhookPreset::kServiceNow:
      return service_now(transition, host);
    case WebhookPreset::kGeneric:
      break;
  }
  if (options.body_template.empty()) {
    return alert_json(transition, host);
  }
  std::string unknown;
  return expand(options.body_template, values_of(transition, host), unknown);
}

}  // namespace cmgmon::sinks
