#include "status/heartbeat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace cmgmon::status {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const base::Time kNow = *base::from_rfc3339("2026-03-01T10:00:00Z");

TEST(HeartbeatSchedule, BeatsAtOnceAndThenOnceInEachInterval) {
  HeartbeatSchedule schedule(1h, "CMGCP01", true);
  EXPECT_TRUE(schedule.due(kNow));
  int beats = 0;
  for (auto now = kNow; now < kNow + 24h; now += 15s) {
    beats += schedule.due(now) ? 1 : 0;
  }
  EXPECT_EQ(beats, 24);
}

TEST(HeartbeatSchedule, AReloadGivesNoneOfItsOwn) {
  HeartbeatSchedule before(1h, "CMGCP01", true);
  HeartbeatSchedule after(1h, "CMGCP01", false);
  before.due(kNow);
  EXPECT_FALSE(after.due(kNow));
  for (auto now = kNow; now < kNow + 3h; now += 15s) {
    EXPECT_EQ(after.due(now), before.due(now));
  }
}

TEST(HeartbeatSchedule, ManyAgentsThatStartTogetherSpreadOverTheInterval) {
  std::vector<int> per_minute(60);
  for (int i = 0; i < 6000; ++i) {
    HeartbeatSchedule schedule(1h, "CP" + std::to_string(i), false);
    schedule.due(kNow);
    for (std::size_t minute = 0; minute < 60; ++minute) {
      if (schedule.due(kNow + 1min * (minute + 1))) {
        ++per_minute[minute];
        break;
      }
    }
  }
  for (const int agents : per_minute) {
    EXPECT_LT(agents, 200);  // 100 would be even
    EXPECT_GT(agents, 40);
  }
}

TEST(HeartbeatSchedule, AClockThatIsSetCostsOneAtMost) {
  HeartbeatSchedule schedule(1h, "CMGCP01", true);
  schedule.due(kNow);
  EXPECT_TRUE(schedule.due(kNow - 24h * 365));
  EXPECT_FALSE(schedule.due(kNow - 24h * 365 + 1s));
}

TEST(HeartbeatText, SaysHowThingsStand) {
  AgentStatus status;
  status.version = "1.2.3";
  status.taken = kNow;
  EXPECT_EQ(heartbeat_text(status),
            "CMG Health Monitor 1.2.3 is alive: 0 alerts open, 0 logs followed, nothing read yet, "
            "all 0 sinks working.");
  status.incidents_told = 1;
  status.inputs["iis"].streams = 2;
  status.inputs["iis"].last_read = kNow - 12s;
  status.inputs["ccm_sts"].streams = 1;
  status.inputs["ccm_sts"].last_read = kNow - 3h;
  status.sinks = {{"journal", 0}, {"siem", 7}};
  status.sinks[1].failing = true;
  status.unreadable = 2;
  status.change_refused = true;
  EXPECT_EQ(heartbeat_text(status),
            "CMG Health Monitor 1.2.3 is alive: 1 alert open, 3 logs followed, last line read 12 s "
            "ago, 2 logs or folders unreadable. Failing sinks: siem; 7 alerts not delivered. What "
            "stands in cmgmon.yaml or the packs is invalid and not in force.");
}

}  // namespace
}  // namespace cmgmon::status
