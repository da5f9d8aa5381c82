#include "platform/event_log.h"

#include <gtest/gtest.h>

namespace cmgmon::platform {
namespace {

// Two bits of severity, no customer bit, facility 0, the number: what the message table is made of.
TEST(EventIdentifier, CarriesSeverityAndNumber) {
  struct Row {
    const char* name;
    std::uint16_t id;
    EventType type;
    std::uint32_t want;
  };
  const Row rows[] = {{"service started", 1, EventType::kInformation, 0x40000001},
                      {"input lost", 100, EventType::kWarning, 0x80000064},
                      {"raised", 1002, EventType::kError, 0xC00003EA},
                      {"cleared", 2002, EventType::kInformation, 0x400007D2},
                      {"heartbeat", 9000, EventType::kInformation, 0x40002328},
                      {"largest", 65535, EventType::kError, 0xC000FFFF}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(event_identifier({row.id, row.type, 1, {}}), row.want);
  }
}

}  // namespace
}  // namespace cmgmon::platform
