#include "status/alert_memory.h"

#include <gtest/gtest.h>

namespace cmgmon::status {
namespace {

using namespace std::chrono_literals;

const base::Time kNow = *base::from_rfc3339("2026-03-01T10:00:00Z");

std::vector<std::string> lines(const std::vector<AlertCount>& alerts) {
  std::vector<std::string> all;
  for (const auto& alert : alerts) {
    all.push_back(alert.rule + " " + alert.severity + " " + std::to_string(alert.event_id) + " " +
                  std::to_string(alert.open));
  }
  return all;
}

using Lines = std::vector<std::string>;

TEST(AlertMemory, ShowsZeroForAnHourAfterTheEnd) {
  AlertMemory memory;
  const std::vector<AlertCount> open = {{"RULE", "high", 1001, 2}};
  EXPECT_EQ(lines(memory.update(open, kNow)), Lines{"RULE high 1001 2"});
  EXPECT_EQ(lines(memory.update({}, kNow + 1s)), Lines{"RULE high 1001 0"});
  EXPECT_EQ(lines(memory.update({}, kNow + 59min)), Lines{"RULE high 1001 0"});
  EXPECT_EQ(lines(memory.update({}, kNow + 60min)), Lines{});
}

TEST(AlertMemory, TheHourBeginsAnewWithEachAlert) {
  AlertMemory memory;
  const std::vector<AlertCount> open = {{"RULE", "high", 1001, 1}};
  memory.update(open, kNow);
  memory.update({}, kNow + 50min);
  EXPECT_EQ(lines(memory.update(open, kNow + 55min)), Lines{"RULE high 1001 1"});
  EXPECT_EQ(lines(memory.update({}, kNow + 114min)), Lines{"RULE high 1001 0"});
  EXPECT_EQ(lines(memory.update({}, kNow + 115min)), Lines{});
}

TEST(AlertMemory, PutsTheWorstFirst) {
  AlertMemory memory;
  const std::vector<AlertCount> open = {{"B", "low", 1002, 1},
                                        {"A", "informational", 1001, 1},
                                        {"C", "critical", 1003, 1},
                                        {"A", "critical", 1001, 1}};
  EXPECT_EQ(lines(memory.update(open, kNow)), (Lines{"A critical 1001 1", "C critical 1003 1",
                                                     "B low 1002 1", "A informational 1001 1"}));
}

TEST(AlertMemory, AClockSetBackShowsNothingForLonger) {
  AlertMemory memory;
  const std::vector<AlertCount> open = {{"RULE", "high", 1001, 1}};
  memory.update(open, kNow);
  EXPECT_EQ(lines(memory.update({}, kNow - 24h)), Lines{});
  EXPECT_EQ(lines(memory.update(open, kNow - 24h)), Lines{"RULE high 1001 1"});
}

}  // namespace
}  // namespace cmgmon::status
