#include "records/timestamp.h"

#include <gtest/gtest.h>

#include <vector>

namespace cmgmon::records {
namespace {

using std::chrono::minutes;

TEST(CcmStamp, ReadsTimeAndBias) {
  struct Row {
    const char* date;
    const char* time;
    const char* local;  // nullptr: no time
    std::optional<minutes> bias;
    bool exact;
  };
  const std::vector<Row> rows = {
      {"09-25-2026", "19:35:04.986+240", "2026-09-25T19:35:04.986Z", minutes(240), true},
      {"09-25-2026", "19:35:04.986+00", "2026-09-25T19:35:04.986Z", minutes(0), true},
      {"09-25-2026", "19:35:04.986-60", "2026-09-25T19:35:04.986Z", minutes(-60), true},
      {"09-25-2026", "19:35:04.986-0", "2026-09-25T19:35:04.986Z", minutes(0), true},
      {"09-25-2026", "19:35:04.986+000", "2026-09-25T19:35:04.986Z", {}, false},
      {"09-25-2026", "19:35:04.986-000", "2026-09-25T19:35:04.986Z", {}, false},
      {"09-25-2026", "19:35:04.986+-480", "2026-09-25T19:35:04.986Z", minutes(480), false},
      {"09-25-2026", "19:35:04.986+961", "2026-09-25T19:35:04.986Z", {}, false},
      {"9-5-2026", "9:5:4", "2026-09-05T09:05:04.000Z", {}, false},
      {"09-25-2026", "19:35:04.8422964", "2026-09-25T19:35:04.842296Z", {}, false},
      {"09-25-2026", "19:35:04.125600", "2026-09-25T19:35:04.125600Z", {}, false},
      {"09-25-2026", "19:35:04.", "2026-09-25T19:35:04.000Z", {}, false},
      {"09-25-2026", "19:35:04.986+", nullptr, {}, false},
      {"09-25-2026", "19:35:04.986+24h", nullptr, {}, false},
      {"09-25-2026", "19:35:04.986 +240", nullptr, {}, false},
      {"09-25-2026", "19:35:04.986--60", nullptr, {}, false},
      {"09-25-2026", "19:35:04.986+12345", nullptr, {}, false},
      {"09-25-2026", "24:00:00.000+00", nullptr, {}, false},
      {"09-25-2026", "23:60:00.000+00", nullptr, {}, false},
      {"09-25-2026", "23:59:60.000+00", nullptr, {}, false},
      {"09-25-2026", "", nullptr, {}, false},
      {"", "19:35:04.986+240", nullptr, {}, false},
      {"25-09-2026", "19:35:04.986+240", nullptr, {}, false},
      {"09-25-26", "19:35:04.986+240", nullptr, {}, false},
      {"09-25-2026 ", "19:35:04.986+240", nullptr, {}, false},
      {"2026-09-25", "19:35:04.986+240", nullptr, {}, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(row.date) + " " + row.time);
    const auto stamp = read_ccm_stamp(row.date, row.time);
    ASSERT_EQ(stamp.has_value(), row.local != nullptr);
    if (stamp) {
      EXPECT_EQ(base::to_rfc3339(stamp->local), row.local);
      EXPECT_EQ(stamp->bias, row.bias);
      EXPECT_EQ(stamp->bias_is_exact, row.exact);
    }
  }
}

TEST(SiteServerStamp, IsOneText) {
  EXPECT_TRUE(read_site_server_stamp("06-24-2020 15:31:46.376+00").has_value());
  EXPECT_FALSE(read_site_server_stamp("06-24-2020").has_value());
  EXPECT_FALSE(read_site_server_stamp("06-24-2020  15:31:46.376+00").has_value());
  EXPECT_FALSE(read_site_server_stamp("Wed May 21 17:09:02 1997~").has_value());
  EXPECT_FALSE(read_site_server_stamp("").has_value());
}

TEST(W3cStamp, ReadsDateAndTime) {
  EXPECT_EQ(read_w3c_date("2026-11-22"), std::chrono::sys_days(std::chrono::year(2026) / 11 / 22));
  EXPECT_FALSE(read_w3c_date("2026-11-31").has_value());
  EXPECT_FALSE(read_w3c_date("11-22-2026").has_value());
  EXPECT_FALSE(read_w3c_date("-").has_value());
  EXPECT_EQ(read_w3c_time("00:00:06"), std::chrono::seconds(6));
  EXPECT_EQ(read_w3c_time("23:59:59.25"), std::chrono::milliseconds(86399250));
  EXPECT_FALSE(read_w3c_time("23:59:59Z").has_value());
  EXPECT_FALSE(read_w3c_time("-").has_value());
}

// A log has a record stamped 16:39:06.598+240 whose text gives the same moment as 20:39:05 GMT.
TEST(BiasMemory, AddsTheBias) {
  BiasMemory memory;
  const UtcStamp stamp = memory.to_utc(read_ccm_stamp("09-18-2026", "16:39:06.598+240"));
  EXPECT_EQ(stamp.time, base::from_rfc3339("2026-09-18T20:39:06.598Z"));
  EXPECT_EQ(stamp.confidence, TimeConfidence::kExact);
}

TEST(BiasMemory, OnlyAnExactBiasIsRemembered) {
  BiasMemory memory;
  EXPECT_EQ(memory.to_utc(read_ccm_stamp("09-18-2026", "10:00:00")).time,
            base::from_rfc3339("2026-09-18T10:00:00Z"));
  memory.to_utc(read_ccm_stamp("09-18-2026", "10:00:00+-480"));
  EXPECT_FALSE(memory.last().has_value());
  memory.to_utc(read_ccm_stamp("09-18-2026", "10:00:00+60"));
  memory.to_utc(read_ccm_stamp("09-18-2026", "10:00:00+000"));
  const UtcStamp stamp = memory.to_utc(read_ccm_stamp("09-18-2026", "10:00:00"));
  EXPECT_EQ(stamp.time, base::from_rfc3339("2026-09-18T11:00:00Z"));
  EXPECT_EQ(stamp.confidence, TimeConfidence::kAssumed);
  EXPECT_EQ(memory.to_utc(std::nullopt).confidence, TimeConfidence::kNone);
}

TEST(ClampTo, LeavesFiveMinutes) {
  const base::Time now = *base::from_rfc3339("2026-09-18T10:00:00Z");
  EXPECT_EQ(clamp_to({now + minutes(5), TimeConfidence::kExact}, now).time, now + minutes(5));
  const UtcStamp clamped =
      clamp_to({now + minutes(5) + base::Duration(1), TimeConfidence::kExact}, now);
  EXPECT_EQ(clamped.time, now);
  EXPECT_EQ(clamped.confidence, TimeConfidence::kAssumed);
  EXPECT_FALSE(clamp_to({}, now).time.has_value());
}

}  // namespace
}  // namespace cmgmon::records
