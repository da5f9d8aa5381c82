#include "platform/event_log.h"

namespace cmgmon::platform {

std::uint32_t event_identifier(const EventRecord& record) {
  std::uint32_t severity = 1;
  switch (record.type) {
    case EventType::kInformation:
      severity = 1;
      break;
    case EventType::kWarning:
      severity = 2;
      break;
    case EventType::kError:
      severity = 3;
      break;
  }
  return severity << 30U | record.id;
}

}  // namespace cmgmon::platform
