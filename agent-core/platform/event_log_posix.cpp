#include "platform/event_log.h"
#include "platform/os_error.h"

namespace cmgmon::platform {

base::Result<std::unique_ptr<EventLog>> open_event_log(const std::string& source) {
  return refusal(base::ErrorKind::kUnsupported,
                 "This system has no Windows Event Log to write to as " + source,
                 "Use another sink, for example jsonl");
}

}  // namespace cmgmon::platform
