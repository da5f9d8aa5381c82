#include "sinks/syslog_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/words.h"
#include "incidents/identity.h"
#include "sinks/incident_json.h"

namespace cmgmon::sinks {

namespace {

using incidents::ClearedBy;
using incidents::Incident;
using incidents::TransitionKind;
using signatures::Level;

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
constexpr std::size_t kMaxValueBytes = 256;  // of a parameter, before escaping
constexpr std::size_t kMaxHostBytes = 255;
constexpr std::size_t kMaxQuoteBytes = 800;  // of one log message
constexpr std::size_t kMaxEvidence = 3;

constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

// One inert line of ours or of a log; line ends of a paragraph become blanks.
std::string line_of(std::string_view text, std::size_t max_bytes) {
  const std::string_view enough = base::prefix_of_bytes(text, max_bytes);
  std::string line = base::printable(enough);
  if (line.size() <= max_bytes && enough.size() == text.size()) {
    return line;
  }
  line = base::prefix_of_bytes(line, max_bytes - kEllipsis.size());
  line += kEllipsis;
  return line;
}

std::string paragraph_of(std::string_view text) {
  return base::printable(base::flowing(base::prefix_of_bytes(text, 4096)));
}

void add_parameter(std::string& data, std::string_view name, std::string_view value) {
  data += fmt::format(" {}=\"", name);
  for (const char c : line_of(value, kMaxValueBytes)) {
    if (c == '"' || c == '\\' || c == ']') {
      data += '\\';
    }
    data += c;
  }
  data += '"';
}

// HOSTNAME is printable ASCII without blanks.
std::string header_host(std::string_view host) {
  std::string name;
  for (const char c : host.substr(0, kMaxHostBytes)) {
    name += c > ' ' && c <= '~' ? c : '_';
  }
  return name.empty() ? "-" : name;
}

std::string header(int severity, base::Time at, int event_id, const SyslogFormat& format) {
  return fmt::format("<{}>1 {} {} cmgmon - {} [cmgmon@{}", format.facility * 8 + severity,
                     base::to_rfc3339(at), header_host(format.host), event_id,
                     format.enterprise_id);
}

// The text gets what the structured data leaves.
std::string whole(std::string start, std::string_view text, std::size_t max_bytes) {
  start += "] ";
  start += kBom;
  const std::size_t room = max_bytes - std::min(max_bytes, start.size());
  if (text.size() <= room) {
    start += text;
  } else if (room >= kEllipsis.size()) {
    start += base::prefix_of_bytes(text, room - kEllipsis.size());
    start += kEllipsis;
  }
  return start;
}

int severity_of(const incidents::Transition& transition) {
  if (transition.incident.state == incidents::State::kCleared) {
    return 6;
  }
  switch (transition.incident.level) {
    case Level::kCritical:
      return 2;
    case Level::kHigh:
      return 3;
    case Level::kMedium:
      return 4;
    case Level::kLow:
      return 5;
    case Level::kInformational:
      break;
  }
  return 6;
}

std::string group_text(const Incident& incident) {
  std::string text;
  for (const auto& [key, value] : incident.group) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", line_of(key, 64),
                        line_of(value, kMaxValueBytes));
  }
  return text;
}

std::string text_of(const incidents::Transition& transition, const std::string& host) {
  const Incident& incident = transition.incident;
  const bool cleared = incident.state == incidents::State::kCleared;
  const std::string_view word = transition.kind == TransitionKind::kRaised    ? "RAISED"
                                : transition.kind == TransitionKind::kUpdated ? "UPDATED"
                                                                              : "CLEARED";
  std::string text =
      fmt::format("{} {} {}: {} Server: {}.", word, signatures::name_of(incident.level),
                  line_of(incident.signature, kMaxValueBytes), line_of(incident.title, 1000),
                  line_of(host_of(incident, host), kMaxHostBytes));
  if (const std::string group = group_text(incident); !group.empty()) {
    text += fmt::format(" About: {}.", line_of(group, 1000));
  }
  text += fmt::format(" Count: {}.", incident.count);
  if (cleared) {
    text += fmt::format(" How it ended: {}.", ending_of(incident.cleared_by));
  }
  if (transition.kind != TransitionKind::kRaised) {
    return text;
  }
  if (incident.late) {
    text += " It began before the monitor looked.";
  }
  text += " WHY: " + paragraph_of(incident.cause);
  text += " WHAT TO DO:";
  for (std::size_t i = 0; i < incident.resolution.size(); ++i) {
    text += fmt::format(" {}. {}", i + 1, paragraph_of(incident.resolution[i]));
  }
  const std::size_t pieces = incident.evidence.size();
  for (std::size_t i = pieces - std::min(pieces, kMaxEvidence); i < pieces; ++i) {
    const auto& piece = incident.evidence[i];
    text += fmt::format(" EVIDENCE: {}, line {}: {}", line_of(piece.path, kMaxValueBytes),
                        piece.line, line_of(base::trim(piece.message), kMaxQuoteBytes));
  }
  return text;
}

}  // namespace

std::optional<int> syslog_facility_named(std::string_view name) {
  const auto found = std::find(kFacilities.begin(), kFacilities.end(), name);
  return found == kFacilities.end() ? std::nullopt
                                    : std::optional(static_cast<int>(found - kFacilities.begin()));
}

std::string syslog_message(const incidents::Transition& transition, const SyslogFormat& format) {
  const Incident& incident = transition.incident;
  std::string start =
      header(severity_of(transition), transition.at, incidents::event_id_of(transition), format);
  add_parameter(start, "id", transition.delivery_id);
  add_parameter(start, "fp", incident.fingerprint);
  add_parameter(start, "ep", incident.episode);
  add_parameter(start, "seq", std::to_string(transition.sequence));
  add_parameter(start, "kind", incidents::name_of(transition.kind));
  add_parameter(start, "state", incidents::name_of(incident.state));
  if (incident.cleared_by != ClearedBy::kNone) {
    add_parameter(start, "by", incidents::name_of(incident.cleared_by));
  }
  add_parameter(start, "rule", incident.signature);
  add_parameter(start, "level", signatures::name_of(incident.level));
  add_parameter(start, "host", host_of(incident, format.host));
  add_parameter(start, "group", group_text(incident));
  add_parameter(start, "count", std::to_string(incident.count));
  if (incident.first_seen) {
    add_parameter(start, "first", base::to_rfc3339(*incident.first_seen));
  }
  if (incident.last_seen) {
    add_parameter(start, "last", base::to_rfc3339(*incident.last_seen));
  }
  return whole(std::move(start), text_of(transition, format.host), format.max_bytes);
}

std::string syslog_message(const Notice& notice, base::Time at, const SyslogFormat& format) {
  const int severity = notice.severity == Notice::Severity::kError     ? 3
                       : notice.severity == Notice::Severity::kWarning ? 4
                                                                       : 6;
  std::string start = header(severity, at, notice.event_id, format);
  add_parameter(start, "kind", "notice");
  std::string text = paragraph_of(notice.message);
  if (!notice.remedy.empty()) {
    text += " " + paragraph_of(notice.remedy);
  }
  return whole(std::move(start), text, format.max_bytes);
}

std::string syslog_frame(std::string_view message) {
  return fmt::format("{} {}", message.size(), message);
}

}  // namespace cmgmon::sinks
