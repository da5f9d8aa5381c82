#include <gtest/gtest.h>

#include "platform/event_log.h"

namespace cmgmon::platform {
namespace {

TEST(EventLog, TakesEventsWithAndWithoutStrings) {
  const auto log = open_event_log("CmgHealthMonitor");
  ASSERT_TRUE(log) << describe(log.error());
  for (const EventType type : {EventType::kInformation, EventType::kWarning, EventType::kError}) {
    const auto plain = (*log)->report({1, type, 1, {}});
    EXPECT_TRUE(plain) << describe(plain.error());
    const auto full = (*log)->report(
        {1002, type, 4, {"title", "", "Überwachung 日志 \xF0\x9F\x93\x9C", "100 %1"}});
    EXPECT_TRUE(full) << describe(full.error());
  }
}

}  // namespace
}  // namespace cmgmon::platform
