#include "sinks/event_log_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "incidents/identity.h"
#include "sinks/event_text.h"
#include "sinks/incident_json.h"
#include "sinks/notices.h"

namespace cmgmon::sinks {

namespace {

using incidents::ClearedBy;
using incidents::Incident;
using incidents::TransitionKind;
using platform::EventType;
using signatures::Level;

constexpr std::uint16_t kDetection = 4;
constexpr std::size_t kShortUnits = 256;  // names, numbers, times
constexpr std::size_t kTitleUnits = 1000;
constexpr std::size_t kQuoteUnits = 800;  // of one log message; eight of them fit a string

// Strings of a detection, by their place.
enum : std::size_t {
  kGroupString = 5,
  kCauseString = 9,
  kResolutionString = 10,
  kEvidenceString = 11
};

std::string or_dash(std::string text) {
  return text.empty() ? "-" : std::move(text);
}

std::string time_string(const std::optional<base::Time>& time) {
  return time ? base::to_rfc3339(*time) : "-";
}

std::string state_string(const Incident& incident, bool cleared) {
  if (!cleared) {
    return "firing";
  }
  if (incident.cleared_by == ClearedBy::kNone) {
    return "cleared";
  }
  std::string text = "cleared: " + std::string(ending_of(incident.cleared_by));
  if (incident.cleared_by == ClearedBy::kExplained) {
    text += " " + event_line(incident.explained_by, kShortUnits);
  }
  return text;
}

std::string group_string(const Incident& incident) {
  std::string text;
  for (const auto& [key, value] : incident.group) {
    text += text.empty() ? "" : ", ";
    text += event_line(key, kShortUnits) + "=" + event_line(value, kTitleUnits);
  }
  return cut_to_units(text, kMaxEventStringUnits);
}

std::string cause_string(const Incident& incident, bool cleared) {
  std::string cause = event_paragraph(incident.cause);
  if (!cleared && !incident.explained_by.empty()) {
    cause += cause.empty() ? "" : " ";
    cause += "It goes with " + event_line(incident.explained_by, kShortUnits) +
             ", which is open: see there first.";
  }
  return cut_to_units(cause, kMaxEventStringUnits);
}

std::string resolution_string(const Incident& incident) {
  std::vector<std::string> lines;
  for (const auto& step : incident.resolution) {
    lines.push_back(fmt::format("{}. {}", lines.size() + 1, event_paragraph(step)));
  }
  for (const auto& reference : incident.references) {
    lines.push_back("See " + event_line(reference, kTitleUnits));
  }
  return join_event_lines(lines);
}

std::string evidence_string(const Incident& incident) {
  std::vector<std::string> lines;
  for (const auto& piece : incident.evidence) {
    lines.push_back(fmt::format("{}, line {}, {}: {}", event_line(piece.path, kShortUnits),
                                piece.line,
                                piece.time ? base::to_rfc3339(*piece.time) : std::string("no time"),
                                event_line(base::trim(piece.message), kQuoteUnits)));
  }
  // Should they be too many, the newest are the ones to keep.
  while (lines.size() > 1 && base::utf16_length(join_event_lines(
                                 lines, 10 * kMaxEventStringUnits)) > kMaxEventStringUnits) {
    lines.erase(lines.begin());
  }
  return join_event_lines(lines);
}

// Takes from the log's text first, from ours last, until all strings together fit. The JSON is never touched: it fits.
void fit_together(std::vector<std::string>& strings) {
  std::size_t total = 0;
  for (const auto& text : strings) {
    total += base::utf16_length(text);
  }
  for (const std::size_t victim :
       {kEvidenceString, kGroupString, kResolutionString, kCauseString}) {
    if (total <= kMaxEventUnits) {
      return;
    }
    const std::size_t length = base::utf16_length(strings[victim]);
    const std::size_t excess = total - kMaxEventUnits;
    strings[victim] = cut_to_units(strings[victim], length > excess ? length - excess : 1);
    total -= length - base::utf16_length(strings[victim]);
  }
}

EventType type_of(Level level, bool cleared) {
  if (cleared || level < Level::kMedium) {
    return EventType::kInformation;
  }
  return level == Level::kMedium ? EventType::kWarning : EventType::kError;
}

std::uint16_t category_of(int notice_id) {
  if (notice_id == kHeartbeat) {
    return 5;
  }
  if (notice_id >= 100 && notice_id < 200) {
    return 2;
  }
  return notice_id >= 200 && notice_id < 300 ? 3 : 1;
}

}  // namespace

platform::EventRecord event_of(const incidents::Transition& transition, std::string_view host) {
  const Incident& incident = transition.incident;
  const bool cleared = transition.kind == TransitionKind::kCleared;
  platform::EventRecord record;
  record.id = static_cast<std::uint16_t>(incidents::event_id_of(transition));
  record.type = type_of(incident.level, cleared);
  record.category = kDetection;
  record.strings = {
      or_dash(event_paragraph(incident.title, kTitleUnits)),
      or_dash(event_line(incident.signature, kShortUnits)),
      std::string(signatures::name_of(incident.level)),
      state_string(incident, cleared),
      or_dash(event_line(host_of(incident, host), kShortUnits)),
      or_dash(group_string(incident)),
      std::to_string(incident.count),
      time_string(incident.first_seen),
      time_string(incident.last_seen),
      or_dash(cause_string(incident, cleared)),
      or_dash(resolution_string(incident)),
      or_dash(evidence_string(incident)),
      event_json(transition, host, kMaxEventStringUnits),
  };
  fit_together(record.strings);
  return record;
}

platform::EventRecord event_of(const Notice& notice, base::Time at, std::string_view host) {
  platform::EventRecord record;
  record.id = static_cast<std::uint16_t>(notice.event_id);
  record.category = category_of(notice.event_id);
  switch (notice.severity) {
    case Notice::Severity::kInformation:
      record.type = EventType::kInformation;
      break;
    case Notice::Severity::kWarning:
      record.type = EventType::kWarning;
      break;
    case Notice::Severity::kError:
      record.type = EventType::kError;
      break;
  }
  record.strings = {or_dash(event_paragraph(notice.message)), event_paragraph(notice.remedy),
                    event_json(notice, at, host, kMaxEventStringUnits)};
  return record;
}

EventLogSink::EventLogSink(std::unique_ptr<platform::EventLog> log, EventLogOptions options,
                           BudgetOptions budget, std::string host)
    : log_(std::move(log)), options_(std::move(options)), budget_(budget), host_(std::move(host)) {}

EventLogSink::~EventLogSink() {
  base::ignore(pay(latest_, true), "there is nobody left to tell; the journal has every incident");
}

base::Result<void> EventLogSink::pay(base::Time now, bool at_once) {
  const auto summary = budget_.owed(now, at_once);
  if (!summary) {
    return {};
  }
  auto written =
      log_->report(event_of(events_summarised(summary->counts, summary->total), now, host_));
  if (written) {
    budget_.paid();
  }
  return written;
}

base::Result<void> EventLogSink::advance(base::Time now) {
  latest_ = std::max(latest_, now);
  return pay(now, false);
}

// A reload in a storm is no new budget.
void EventLogSink::remember(const std::any& memory) {
  if (const auto* before = std::any_cast<EventBudget>(&memory)) {
    budget_.go_on(*before);
  }
}

std::any EventLogSink::take_memory() {
  return std::exchange(budget_, EventBudget(BudgetOptions()));
}

Delivered EventLogSink::deliver(const incidents::Transition& transition) {
  if (transition.kind == TransitionKind::kUpdated) {
    return {};
  }
  base::ignore(advance(transition.at), "it stays owed, and this event matters more");
  budget_.begin(transition.at);
  const bool write = budget_.writes(transition);
  if (write) {
    if (auto written = log_->report(event_of(transition, host_)); !written) {
      return written.error();
    }
  }
  budget_.count(transition, write);
  return {};
}

base::Result<void> EventLogSink::notify(const Notice& notice, base::Time at) {
  base::ignore(advance(at), "it stays owed, and this event matters more");
  return log_->report(event_of(notice, at, host_));
}

}  // namespace cmgmon::sinks
