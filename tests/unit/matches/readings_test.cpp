#include "matches/readings.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "support/match_oracle.h"

namespace cmgmon::matches {
namespace {

using test::OwnedRecord;

OwnedRecord record_of(const std::string& message) {
  OwnedRecord record;
  record.message = message;
  return record;
}

std::uint64_t id_of(Readings& readings, const OwnedRecord& owned) {
  std::uint64_t id = 0;
  owned.with([&](const records::Record& record) {
    const Reading* reading = readings.find(record);
    id = reading == nullptr ? 0 : reading->id;
  });
  return id;
}

TEST(Readings, RemembersWhatComesAgain) {
  Readings readings;
  const auto record = record_of("failed");
  EXPECT_EQ(id_of(readings, record), 0U);
  const auto id = id_of(readings, record);
  EXPECT_NE(id, 0U);
  record.with([&](const records::Record& view) { readings.find(view)->candidates = {1, 2}; });
  EXPECT_EQ(id_of(readings, record), id);
  record.with([&](const records::Record& view) {
    EXPECT_EQ(readings.find(view)->candidates, (std::vector<std::uint32_t>{1, 2}));
  });
}

TEST(Readings, TellsApartWhatIsAskedFor) {
  for (const std::string_view asked : {"", "Component", "THREAD", "Message", "sc-status"}) {
    SCOPED_TRACE(asked);
    Readings readings;
    readings.ask_for(asked);
    auto record = record_of("failed");
    id_of(readings, record);
    const auto id = id_of(readings, record);
    record.component = "other";
    EXPECT_EQ(id_of(readings, record) == id, asked != "Component");
    record.component = "test";
    record.thread = "17";
    EXPECT_EQ(id_of(readings, record) == id, asked != "THREAD");
    record.thread = "1";
    record.format = records::Format::kSiteServer;
    EXPECT_NE(id_of(readings, record), id);
    record.format = records::Format::kCcm;
    record.message = "Failed";
    EXPECT_NE(id_of(readings, record), id);
  }
}

TEST(Readings, RowsWithTheirOwnTimesAndLongTextsAreNotRemembered) {
  Readings readings;
  auto row = record_of("2026-03-01 10:00:00 GET /");
  row.format = records::Format::kW3c;
  const auto long_one = record_of(std::string(Readings::kMaxTextBytes + 1, 'x'));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(id_of(readings, row), 0U);
    EXPECT_EQ(id_of(readings, long_one), 0U);
  }
}

// However texts displace each other: what is found was put there for the same text.
TEST(Readings, NeverTakesOneTextForAnother) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  Readings readings;
  std::map<std::uint64_t, std::string> texts;  // by id
  std::size_t known = 0;
  std::string text;
  for (int i = 0; i < 20000; ++i) {
    if (random() % 3 == 0) {
      text = std::string(random() % 20, 'a') + std::to_string(random() % 100);
    }
    record_of(text).with([&](const records::Record& record) {
      if (Reading* reading = readings.find(record)) {
        const auto [entry, is_new] = texts.emplace(reading->id, text);
        ASSERT_EQ(entry->second, text);
        ASSERT_EQ(reading->searched, !is_new);
        reading->searched = true;
        known += is_new ? 0U : 1U;
      }
    });
  }
  EXPECT_GT(known, 1000U);
}

}  // namespace
}  // namespace cmgmon::matches
