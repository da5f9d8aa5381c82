#include "sinks/alertmanager_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "signatures/signature.h"
#include "sinks/incident_json.h"

namespace cmgmon::sinks {

namespace {

constexpr std::size_t kMaxLabels = 30;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxValue = 200;
constexpr std::size_t kMaxAnnotation = 2000;

constexpr std::array kOwn = {std::string_view("alertname"), std::string_view("instance"),
                             std::string_view("severity"),  std::string_view("rule"),
                             std::string_view("event_id"),  std::string_view("fingerprint")};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string label_name(std::string_view name) {
  std::string made;
  for (const char c : name.substr(0, kMaxName)) {
    made += is_letter(c) || is_digit(c) ? c : '_';
  }
  // Two underscores at the start are Prometheus' own.
  if (made.empty() || is_digit(made.front()) || made.starts_with("__") || is_own_label(made)) {
    made.insert(0, "group_");
  }
  return made;
}

// Of one line, and valid UTF-8 whatever the log had.
std::string line(std::string_view text, std::size_t most) {
  // Cut first: it may be a megabyte of a log.
  const std::string_view start = base::prefix_of_bytes(text, most);
  const std::string clean = base::printable(json_string(start));
  const std::string_view kept = base::prefix_of_bytes(clean, most);
  const bool cut = kept.size() < clean.size() || start.size() < text.size();
  return std::string(kept) + (cut ? "…" : "");
}

std::string lines(const std::vector<std::string>& texts) {
  std::string joined;
  for (const auto& text : texts) {
    const std::string next = line(text, kMaxAnnotation);
    if (joined.size() + next.size() > kMaxAnnotation) {
      break;
    }
    joined += (joined.empty() ? "" : "\n") + next;
  }
  return joined;
}

std::string evidence(const matches::Evidence& piece) {
  return fmt::format("{}:{}: {}", line(piece.path, 300), piece.line, line(piece.message, 1000));
}

}  // namespace

bool is_label_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && is_letter(name.front()) &&
         !name.starts_with("__") &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_own_label(std::string_view name) {
  return std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
}

LabelledAlert labelled(const incidents::Incident& incident, signatures::Level raised_as,
                       std::string_view host, const Labels& extra) {
  LabelledAlert alert;
  Labels& labels = alert.labels;
  // The fields of a match change; the group is what the incident is about.
  const auto group_host = incident.group.find("host");
  labels["alertname"] = line(incident.signature, kMaxValue);
  labels["rule"] = labels["alertname"];
  labels["instance"] = line(
      group_host != incident.group.end() && !group_host->second.empty() ? group_host->second : host,
      kMaxValue);
  labels["severity"] = signatures::name_of(raised_as);
  labels["event_id"] = std::to_string(incident.event_id);
  labels["fingerprint"] = incident.fingerprint;
  labels.insert(extra.begin(), extra.end());
  std::string left_out;
  for (const auto& [key, value] : incident.group) {
    if (key == "host" || value.empty()) {
      continue;
    }
    if (labels.size() >= kMaxLabels ||
        !labels.emplace(label_name(key), line(value, kMaxValue)).second) {
      left_out += (left_out.empty() ? "" : ", ") + line(key, kMaxName);
    }
  }
  const auto annotate = [&alert](const char* name, std::string text) {
    if (!text.empty()) {
      alert.annotations[name] = std::move(text);
    }
  };
  annotate("summary", line(incident.title, kMaxAnnotation));
  annotate("description", line(incident.cause, kMaxAnnotation));
  annotate("resolution", lines(incident.resolution));
  annotate("references", lines(incident.references));
  annotate("evidence", incident.evidence.empty() ? "" : evidence(incident.evidence.back()));
  annotate("labels_left_out", std::string(base::prefix_of_bytes(left_out, kMaxAnnotation)));
  return alert;
}

}  // namespace cmgmon::sinks
