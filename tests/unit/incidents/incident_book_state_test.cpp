// What the book saves, and what it does with bytes that are not what it saved.

#include <gtest/gtest.h>

#include <string>

#include "base/codec.h"
#include "unit/incidents/book_fixture.h"

namespace cmgmon::incidents {
namespace {

TEST(IncidentBookState, ARestartReportsNothingTwiceAndStillClears) {
  BookFixture f({signature("A", 1001)});
  f.fails("A", seconds(1));
  EXPECT_EQ(f.said(), "raised A 1x1");
  f.restart();
  EXPECT_EQ(f.said(), "");
  EXPECT_EQ(f.shown(), "A 1x1 firing");
  f.recovers("A", seconds(9));
  f.restart();
  f.book().advance(at(hours(1)));
  EXPECT_EQ(f.said(), "cleared(recovery) A 1x1");
}

TEST(IncidentBookState, TransitionsThatNobodyTookSurvive) {
  BookFixture f({signature("A", 1001)});
  f.fails("A", seconds(1));
  f.fails("A", seconds(2));
  f.restart();
  EXPECT_EQ(f.said(), "raised A 1x1, updated A 1x2");
}

TEST(IncidentBookState, ReadingOnAfterADowntimeIsNotSilence) {
  auto rule = signature("A", 1001);
  rule.quiet = hours(1);
  BookFixture f({rule});
  f.fails("A", seconds(1));
  f.said();
  f.restart();
  // Ten hours later, before anybody calls advance(): the log was written meanwhile.
  f.book().apply(f.failure("A", at(minutes(50))), "a", false, at(hours(10)));
  f.book().watermark("a", at(minutes(100)), at(hours(10)));
  f.book().advance(at(hours(10)));
  EXPECT_EQ(f.said(), "updated A 1x2");
}

TEST(IncidentBookState, IncidentsOfSignaturesThatAreGoneCloseSilently) {
  BookFixture f({signature("A", 1001), signature("B", 1002)});
  f.fails("A", seconds(1));
  f.fails("B", seconds(2));
  f.said();
  const std::string saved = f.book().save();
  BookFixture other({signature("B", 1002)});
  ASSERT_TRUE(other.book().load(saved).has_value());
  EXPECT_EQ(other.shown(), "B 1x1 firing");
  EXPECT_EQ(other.said(), "");
}

TEST(IncidentBookState, ReadsWhatTheSecondVersionWrote) {
  const auto saved = base::from_base64(
      "Y21nbW9uDWluY2lkZW50IGJvb2sCi+7k4OP1x6KbAYCS3YrFtLAGAgEBAUEKVGl0bGUgb2YgQQPSDyAzMDNhNDJjNzZl"
      "OTk1YzI5ODhlOWYzNmM3NDBmOTY5NS4zMDNhNDJjNzZlOTk1YzI5ODhlOWYzNmM3NDBmOTY5NS0xNzk1MzA1NjAxMDAw"
      "AQABAWcBMQEBgInjicW0sAYBgInjicW0sAYAAQFnATEQRGVzY3JpcHRpb24gb2YgQQAAAAABBWEubG9nAAABgInjicW0"
      "sAYCCEEgZmFpbGVk0N/riMBoAWEBgInjicW0sAaAieOJxbSwBgABAQAAAAAAAAAAAgIBQgpUaXRsZSBvZiBCAtQPIDk4"
      "MjNiOTZmNmE2MTVkNWNiMDE3YTFiODA3NjhhY2RjLjk4MjNiOTZmNmE2MTVkNWNiMDE3YTFiODA3NjhhY2RjLTE3OTUz"
      "MDU2MDIwMDAAAAEBZwExAQGAkt2KxbSwBgGAkt2KxbSwBgABAWcBMQAAAAAAAQVhLmxvZwAAAYCS3YrFtLAGAghCIGZh"
      "aWxlZKDv64jAaAFhAYCS3YrFtLAGgJLdisW0sAYAAAEAAQGAnuqox7SwBgGAnuqox7SwBgAAAAAAAAAAAA==");
  auto b = signature("B", 1002, Level::kMedium);
  b.hold = minutes(5);
  BookFixture f({signature("A", 1001), b});
  ASSERT_TRUE(f.book().load(saved.value()).has_value());
  EXPECT_EQ(f.shown(), "A 1x1 firing, B 1x1 pending");
  EXPECT_EQ(f.incident("A").told, (std::vector<Told>{{Level::kHigh, 1}}));
  EXPECT_EQ(f.incident("B").told, std::vector<Told>{}) << "nobody has heard of it";
  f.fails("B", minutes(6));
  EXPECT_EQ(f.said(), "raised B 1x1, updated B 1x2");
  EXPECT_EQ(f.incident("B").told, (std::vector<Told>{{Level::kMedium, 1}}));
}

TEST(IncidentBookState, LevelsThatWereToldSurvive) {
  auto a = signature("A", 1001, Level::kMedium);
  const auto b_is_open = condition(signatures::Condition::Kind::kIncidentOpen, "B");
  a.diagnoses = {diagnosis({b_is_open}, "Lifted", {}, Level::kCritical)};
  BookFixture f({a, signature("B", 1002)});
  f.fails("A", seconds(1));
  f.said();
  f.restart();
  f.fails("B", seconds(2));
  EXPECT_EQ(f.incident("A").level, Level::kCritical);
  EXPECT_EQ(f.incident("A").told, (std::vector<Told>{{Level::kMedium, 1}})) << "not told yet";
  EXPECT_EQ(f.said(), "raised B 1x1, updated A 1x1");
  f.recovers("B", seconds(3));
  f.fails("A", seconds(4));
  f.said();
  f.restart();
  EXPECT_EQ(f.book().told_open().front().told,
            (std::vector<Told>{{Level::kMedium, 1}, {Level::kCritical, 2}}));
}

// Whoever takes only what is critical never heard of A: it was lifted by what is told at its end.
TEST(IncidentBookState, ALevelThatComesWithTheEndIsNotOneThatOthersHaveHeardOf) {
  auto a = signature("A", 1001, Level::kMedium);
  const auto b_is_open = condition(signatures::Condition::Kind::kIncidentOpen, "B");
  a.diagnoses = {diagnosis({b_is_open}, "Lifted", {}, Level::kCritical)};
  BookFixture f({a, signature("B", 1002)});
  f.fails("A", seconds(1));
  f.said();
  f.fails("B", seconds(2));
  f.recovers("A", seconds(3));
  EXPECT_EQ(f.said(), "raised B 1x1, updated A 1x1");
  const auto told = f.book().told_open().front();
  EXPECT_EQ(told.level, Level::kCritical);
  EXPECT_EQ(first_told(told, Level::kMedium), (Told{Level::kMedium, 1}));
  EXPECT_EQ(first_told(told, Level::kCritical), std::nullopt);
}

TEST(IncidentBookState, UsesTheWordsOfTheNewPack) {
  BookFixture f({signature("A", 1001)});
  f.fails("A", seconds(1));
  auto better = signature("A", 1001);
  better.description = "Better words";
  BookFixture other({better});
  ASSERT_TRUE(other.book().load(f.book().save()).has_value());
  EXPECT_EQ(other.incident("A").cause, "Better words");
}

TEST(IncidentBookState, RefusesDamageAndIsEmptyThen) {
  BookFixture f({signature("A", 1001)});
  f.fails("A", seconds(1));
  f.recovers("A", seconds(2));
  f.fails("A", seconds(2), {{"g", "2"}});
  const std::string saved = f.book().save();
  const auto refused = [&](const std::string& bytes) {
    BookFixture other({signature("A", 1001)});
    other.fails("A", seconds(1));
    const auto loaded = other.book().load(bytes);
    EXPECT_EQ(other.shown(), "");
    EXPECT_EQ(other.book().next_deadline(), std::nullopt);
    return !loaded;
  };
  for (std::size_t size = 0; size < saved.size(); size += 7) {
    ASSERT_TRUE(refused(saved.substr(0, size))) << size;
  }
  for (std::size_t bit = 0; bit < saved.size() * 8; bit += 11) {
    std::string flipped = saved;
    flipped[bit / 8] =
        static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
    ASSERT_TRUE(refused(flipped)) << bit;
  }
  EXPECT_TRUE(refused(std::string(1000, '\0')));
  EXPECT_TRUE(refused("{}"));
  BookFixture other({signature("A", 1001)});
  EXPECT_EQ(other.book().load(base::Writer("incident book", 5).finish()).error().kind,
            base::ErrorKind::kUnsupported);
}

TEST(IncidentBookState, OnlyWhatChangedIsToldInRows) {
  BookFixture f({signature("A", 1001)});
  for (int i = 0; i < 50; ++i) {
    f.fails("A", seconds(1), {{"g", std::to_string(i)}});
  }
  f.said();
  EXPECT_EQ(f.keep_changes(), 51U) << "the head and each incident";
  f.fails("A", seconds(2), {{"g", "7"}});
  EXPECT_EQ(f.keep_changes(), 2U);
  EXPECT_EQ(f.keep_changes(), 0U);
  f.recovers("A", seconds(3), {{"g", "7"}});
  f.said();
  f.keep_changes();
  EXPECT_EQ(f.rows().size(), 51U) << "its clear is held";
  f.book().advance(at(hours(1)));
  f.said();
  f.keep_changes();
  EXPECT_EQ(f.rows().size(), 51U) << "an incident less, and how it ended";
}

TEST(IncidentBookState, RefusesDamagedRowsAndIsEmptyThen) {
  BookFixture f({signature("A", 1001)});
  f.fails("A", seconds(1));
  f.recovers("A", seconds(2));
  f.book().advance(at(minutes(30)));
  f.fails("A", seconds(2000), {{"g", "2"}});
  f.keep_changes();
  ASSERT_EQ(f.rows().size(), 3U);
  for (const auto& [key, bytes] : f.rows()) {
    SCOPED_TRACE(key);
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 11) {
      auto rows = f.rows();
      rows[key][bit / 8] =
          static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
      BookFixture other({signature("A", 1001)});
      ASSERT_FALSE(other.book().load_rows(rows).has_value()) << bit;
      ASSERT_EQ(other.shown(), "");
    }
  }
  auto rows = f.rows();
  rows["something else"] = rows.begin()->second;
  EXPECT_FALSE(f.book().load_rows(rows).has_value());
}

// A right checksum over nonsense: the lists end in the middle, enumerators are out of range, entries appear twice.
TEST(IncidentBookState, SurvivesNonsenseWithARightChecksum) {
  for (std::uint64_t value = 0; value < 300; ++value) {
    for (const std::size_t length : {1U, 5U, 40U, 400U}) {
      base::Writer writer("incident book", 1);
      for (std::size_t i = 0; i < length; ++i) {
        writer.number((value * (i + 1)) % 300);
      }
      BookFixture f({signature("A", 1001)});
      if (!f.book().load(writer.finish())) {
        EXPECT_EQ(f.shown(), "");
      }
      f.fails("A", seconds(1));
      f.book().advance(at(hours(1)));
    }
  }
}

}  // namespace
}  // namespace cmgmon::incidents
