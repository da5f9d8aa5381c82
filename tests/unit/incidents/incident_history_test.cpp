#include "incidents/incident_history.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "unit/incidents/book_fixture.h"

namespace cmgmon::incidents {
namespace {

Entry entry(const std::string& fingerprint, std::uint64_t count) {
  Entry made;
  made.incident.fingerprint = fingerprint;
  made.incident.count = count;
  return made;
}

TEST(ClearedIncidents, ForgetsTheOldestFirst) {
  ClearedIncidents cleared(2);
  cleared.add(entry("a", 1));
  cleared.add(entry("a", 2));
  EXPECT_EQ(cleared.newest("a")->incident.count, 2U);
  cleared.add(entry("b", 3));
  EXPECT_EQ(cleared.newest("a")->incident.count, 2U);
  cleared.add(entry("c", 4));
  EXPECT_EQ(cleared.newest("a"), nullptr);
  EXPECT_EQ(cleared.forgotten(), 2U);
}

TEST(ClearedIncidents, BoundsItsBytes) {
  ClearedIncidents cleared(1000);
  for (int i = 0; i < 40; ++i) {
    Entry big = entry(std::to_string(i), 1);
    big.incident.cause.assign(1U << 20U, 'x');
    cleared.add(std::move(big));
  }
  EXPECT_EQ(cleared.all().size(), 15U);
}

TEST(Endings, KeepsTheNewestOfEachAndABoundedNumber) {
  Endings endings;
  for (std::size_t i = 0; i < 3 * Endings::kMax; ++i) {
    Ending ending;
    ending.episode_ms = static_cast<std::int64_t>(i);
    ending.wall = at(milliseconds(static_cast<int>(i)));
    endings.add("same", ending);
    endings.add(std::to_string(i), ending);
  }
  ASSERT_NE(endings.find("same"), nullptr);
  EXPECT_EQ(endings.find("same")->episode_ms, static_cast<std::int64_t>(3 * Endings::kMax - 1));
  EXPECT_EQ(endings.find("0"), nullptr);
  endings.forget_before(at(hours(1)));
  EXPECT_EQ(endings.find("same"), nullptr);
}

TEST(SeenRecoveries, FindsTheNewestInAnotherLog) {
  SeenRecoveries seen;
  seen.add("k", "a", at(seconds(5)));
  seen.add("k", "b", at(seconds(3)));
  seen.add("k", "b", at(seconds(4)));
  seen.add("k", "b", at(seconds(2)));
  seen.add("other", "b", at(seconds(9)));
  const auto newest_elsewhere = [&](const std::string& key, const std::string& stream) {
    return seen.newest(key, [&](const std::string& other) { return other != stream; });
  };
  EXPECT_EQ(newest_elsewhere("k", "a"), std::make_pair(at(seconds(4)), std::string("b")));
  EXPECT_EQ(newest_elsewhere("k", "c"), std::make_pair(at(seconds(5)), std::string("a")));
  EXPECT_EQ(newest_elsewhere("nothing", "a"), std::nullopt);
  for (std::size_t i = 0; i < SeenRecoveries::kMax; ++i) {
    seen.add(std::to_string(i), "a", at(seconds(1)));
  }
  EXPECT_EQ(newest_elsewhere("k", "c"), std::nullopt);
}

}  // namespace
}  // namespace cmgmon::incidents
