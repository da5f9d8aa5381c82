#pragma once
// Incidents and notices as messages of RFC 5424.
//
//   <130>1 2026-11-22T10:42:08Z CP1 cmgmon - 1002 [cmgmon@32473 id="…" state="firing" …] BOM RAISED critical …
//
// Severity follows the level: critical 2, high 3, medium 4, low 5, informational and every clear 6; of notices: error 3,
// warning 4, information 6. Structured data holds what programs want, the text what people read, on one line.
//
// Units:   bytes. A message has at most max_bytes; what is too long is cut between characters.
// Errors:  none. Untrusted text comes out inert: controls, line ends and direction marks are spelled out (\n, \u202E).
// Source:  RFC 5424, RFC 5425 (framing); docs/adr/0024 (enterprise number).   Tests: tests/unit/sinks/syslog_format_test.cpp

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "incidents/incident.h"
#include "sinks/sink.h"

namespace cmgmon::sinks {

struct SyslogFormat {
  int facility = 0;  // its number
  std::string enterprise_id;
  std::string host;
  std::size_t max_bytes = 0;
};

std::string syslog_message(const incidents::Transition& transition, const SyslogFormat& format);
std::string syslog_message(const Notice& notice, base::Time at, const SyslogFormat& format);

// "local0" and the like; nullopt: no such facility.
std::optional<int> syslog_facility_named(std::string_view name);

// "LENGTH MESSAGE", the octet counting of RFC 5425 and RFC 6587.
std::string syslog_frame(std::string_view message);

}  // namespace cmgmon::sinks
