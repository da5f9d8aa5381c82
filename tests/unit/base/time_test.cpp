#include "base/time.h"

#include <gtest/gtest.h>

#include <vector>

namespace cmgmon::base {
namespace {

using namespace std::chrono_literals;

TEST(Time, ReadsRfc3339AndWritesItInUtc) {
  struct Row {
    const char* name;
    const char* text;
    const char* written;  // nullptr: not RFC 3339
  };
  const std::vector<Row> rows = {
      {"plain", "2026-11-22T12:34:56.789Z", "2026-11-22T12:34:56.789Z"},
      {"no fraction", "2026-11-22T12:34:56Z", "2026-11-22T12:34:56.000Z"},
      {"microseconds", "2026-11-22T12:34:56.123456Z", "2026-11-22T12:34:56.123456Z"},
      {"seven digits are cut", "2026-11-22T12:34:56.1234567Z", "2026-11-22T12:34:56.123456Z"},
      {"one digit", "2026-11-22T12:34:56.5Z", "2026-11-22T12:34:56.500Z"},
      {"west of Greenwich", "2026-11-22T12:34:56-04:00", "2026-11-22T16:34:56.000Z"},
      {"east, over midnight", "2026-01-01T00:10:00+05:30", "2025-12-31T18:40:00.000Z"},
      {"lower case", "2026-11-22t12:34:56z", "2026-11-22T12:34:56.000Z"},
      {"before 1970", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
      {"leap day", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
      {"no leap year", "2026-02-29T00:00:00Z", nullptr},
      {"month 13", "2026-13-01T00:00:00Z", nullptr},
      {"month 0", "2026-00-01T00:00:00Z", nullptr},
      {"hour 24", "2026-01-01T24:00:00Z", nullptr},
      {"leap second", "2026-01-01T23:59:60Z", nullptr},
      {"no zone", "2026-01-01T00:00:00", nullptr},
      {"no fraction digits", "2026-01-01T00:00:00.Z", nullptr},
      {"offset without colon", "2026-01-01T00:00:00+0100", nullptr},
      {"offset hour 24", "2026-01-01T00:00:00+24:00", nullptr},
      {"something behind", "2026-01-01T00:00:00Z ", nullptr},
      {"day only", "2026-01-01", nullptr},
      {"empty", "", nullptr},
      {"letters", "yesterday", nullptr},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto time = from_rfc3339(row.text);
    ASSERT_EQ(time.has_value(), row.written != nullptr);
    if (time) {
      EXPECT_EQ(to_rfc3339(*time), row.written);
      EXPECT_EQ(from_rfc3339(to_rfc3339(*time)), time);
    }
  }
}

TEST(Time, CutTextIsNeverRead) {
  const std::string text = "2026-11-22T12:34:56.789+05:30";
  for (std::size_t size = 0; size < text.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_FALSE(from_rfc3339(std::string_view(text).substr(0, size)).has_value());
  }
}

TEST(Time, DescribesDurationsWithTheTwoLargestUnits) {
  struct Row {
    Duration duration;
    const char* text;
  };
  const std::vector<Row> rows = {
      {0s, "0 s"},
      {999us, "0 s"},
      {250ms, "250 ms"},
      {12s, "12 s"},
      {12s + 400ms, "12 s"},
      {60s, "1 min"},
      {200s, "3 min 20 s"},
      {2h, "2 h"},
      {2h + 5min, "2 h 5 min"},
      {2h + 5s, "2 h"},
      {24h, "1 day"},
      {25h, "1 day 1 h"},
      {26 * 24h + 15h, "26 days 15 h"},
      {-90s, "-1 min 30 s"},
      {Duration::min(), "-106751991 days 4 h"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(describe_duration(row.duration), row.text);
  }
}

TEST(SystemClock, IsBetweenTwoReadingsOfTheSystem) {
  const auto before = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  const Time now = SystemClock().now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, std::chrono::system_clock::now());
}

}  // namespace
}  // namespace cmgmon::base
