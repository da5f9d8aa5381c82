#include "engine/retry.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cmgmon::engine {
namespace {

using std::chrono::milliseconds;

TEST(Retry, CeilingDoublesUpToFiveMinutes) {
  const struct {
    const char* name;
    int failures;
    int milliseconds;
  } rows[] = {
      {"first", 1, 1000},           {"second", 2, 2000},   {"third", 3, 4000},
      {"ninth", 9, 256000},         {"tenth", 10, 300000}, {"many", 1000, 300000},
      {"endless", 1 << 30, 300000},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(back_off_ceiling(row.failures, {}).count(), row.milliseconds);
  }
}

TEST(Retry, PauseIsAnywhereBelowTheCeiling) {
  std::minstd_rand random(1);
  for (const int failures : {1, 4, 10}) {
    SCOPED_TRACE(failures);
    const milliseconds ceiling = back_off_ceiling(failures, {});
    milliseconds least = ceiling;
    milliseconds most{0};
    for (int i = 0; i < 2000; ++i) {
      const milliseconds pause = next_pause(failures, std::nullopt, {}, random);
      least = std::min(least, pause);
      most = std::max(most, pause);
    }
    EXPECT_GE(least, milliseconds(50));
    EXPECT_LT(least, ceiling / 5);  // full jitter: the whole range is used
    EXPECT_GT(most, ceiling * 9 / 10);
    EXPECT_LE(most, ceiling);
  }
}

TEST(Retry, TimeThatTheReceiverNamesIsKept) {
  const struct {
    const char* name;
    milliseconds named;
    milliseconds least;
    milliseconds most;
  } rows[] = {
      {"longer than the back-off", milliseconds(120000), milliseconds(120000),
       milliseconds(132000)},
      {"shorter than the back-off", milliseconds(2000), milliseconds(2000), milliseconds(2200)},
      {"at once", milliseconds(0), milliseconds(50), milliseconds(55)},
      {"negative", milliseconds(-5), milliseconds(50), milliseconds(55)},
      {"a year", std::chrono::hours(8760), milliseconds(3600000), milliseconds(3960000)},
  };
  std::minstd_rand random(1);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    for (int i = 0; i < 200; ++i) {
      const milliseconds pause = next_pause(9, row.named, {}, random);
      ASSERT_GE(pause, row.least);
      ASSERT_LE(pause, row.most);
    }
  }
}

}  // namespace
}  // namespace cmgmon::engine
