#pragma once
// The Windows Event Log, behind a seam: tests put a recording fake here, Linux has none.
//
// Threads: one writer at a time.
// Tests:   tests/unit/platform/event_log_test.cpp

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace cmgmon::platform {

enum class EventType { kInformation, kWarning, kError };

// One call of ReportEventW. Strings are UTF-8 and already inert (sinks/event_text.h makes them so).
struct EventRecord {
  std::uint16_t id = 0;  // the number an admin sees; severity bits are derived from `type`
  EventType type = EventType::kInformation;
  std::uint16_t category = 0;
  std::vector<std::string> strings;
};

// The 32-bit identifier of the message table: severity in the two top bits, facility 0, no customer
// bit.
std::uint32_t event_identifier(const EventRecord& record);

class EventLog {
 public:
  EventLog() = default;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  virtual ~EventLog() = default;
  virtual base::Result<void> report(const EventRecord& record) = 0;
};

// kUnsupported on systems without an Event Log, and only there: a log whose service is not up yet says so in report(),
// which opens the source again each time it has to.
base::Result<std::unique_ptr<EventLog>> open_event_log(const std::string& source);

}  // namespace cmgmon::platform
