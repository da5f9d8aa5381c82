#include <gtest/gtest.h>

#include "platform/event_log.h"

namespace cmgmon::platform {
namespace {

TEST(EventLog, IsUnsupportedHere) {
  const auto log = open_event_log("CmgHealthMonitor");
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, base::ErrorKind::kUnsupported);
  EXPECT_FALSE(log.error().remedy.empty());
}

}  // namespace
}  // namespace cmgmon::platform
