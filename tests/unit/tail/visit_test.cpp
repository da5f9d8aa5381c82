#include "tail/visit.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/fake_files.h"

namespace cmgmon::tail {
namespace {

using support::FakeFiles;

std::string sample(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; bytes.size() < size; ++i) {
    bytes += "record " + std::to_string(i) + "\r\n";
  }
  bytes.resize(size);
  return bytes;
}

Visit visit(FakeFiles& files, const char* name = "logs/x.log") {
  auto opened = Visit::open(files, FakeFiles::path(name));
  EXPECT_TRUE(opened.has_value());
  return std::move(*opened);
}

FilePlace start_of(FakeFiles& files, const char* name = "logs/x.log") {
  FilePlace place;
  place.path = FakeFiles::path(name);
  place.id = {1, files.id(name)};
  return place;
}

TEST(Visit, ReadsOnInAnyStepsToTheSamePlace) {
  const std::string bytes = sample(3000);
  for (const std::size_t step :
       {1U, 2U, 7U, 63U, 64U, 65U, 1023U, 1024U, 1025U, 2999U, 3000U, 9000U}) {
    SCOPED_TRACE(step);
    FakeFiles files;
    files.append("logs/x.log", bytes);
    FilePlace place = start_of(files);
    std::string got;
    for (;;) {
      Visit one = visit(files);  // opened anew each time, as polls do
      auto more = one.read_on(place, step);
      ASSERT_TRUE(more.has_value() && more->has_value());
      if ((*more)->empty()) {
        break;
      }
      got += **more;
      auto held = one.holds(place);
      ASSERT_TRUE(held.has_value());
      EXPECT_TRUE(*held);
    }
    EXPECT_EQ(got, bytes);
    Visit one = visit(files);
    const auto made = one.place_at(3000);
    ASSERT_TRUE(made.has_value() && made->has_value());
    EXPECT_EQ(place.offset, (*made)->offset);
    EXPECT_EQ(place.head_length, 1024U);
    EXPECT_EQ(place.head_hash, (*made)->head_hash);
    EXPECT_EQ(place.before_hash, (*made)->before_hash);
    EXPECT_EQ(one.bytes_before(), bytes.substr(3000 - 64));
  }
}

TEST(Visit, TellsWhetherAFileIsTheOneThatWasRead) {
  const std::string bytes = sample(3000);
  struct Row {
    const char* name;
    std::string now;
    bool holds;
    bool begins;
  };
  std::string other_head = bytes;
  other_head[0] = '!';
  std::string other_before = bytes;
  other_before[1990] = '!';
  std::string other_between = bytes;  // neither in the head nor before the place
  other_between[1500] = '!';
  const std::vector<Row> rows = {
      {"same", bytes, true, false},
      {"grown", bytes + "more", true, false},
      {"only what was read", bytes.substr(0, 2000), true, false},
      {"shorter", bytes.substr(0, 1999), false, true},
      {"much shorter", bytes.substr(0, 1000), false, false},  // than its head: cannot be told
      {"empty", "", false, false},
      {"other head", other_head, false, false},
      {"other end", other_before, false, false},
      {"other in between", other_between, true, false},
      {"truncated and grown again", sample(100) + std::string(3000, 'z'), false, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    FakeFiles files;
    files.append("logs/x.log", bytes);
    FilePlace place = start_of(files);
    Visit first = visit(files);
    ASSERT_TRUE(first.read_on(place, 2000).has_value());
    files.replace("logs/x.log", row.now);  // the id says nothing here
    Visit second = visit(files);
    EXPECT_EQ(*second.holds(place), row.holds);
    Visit third = visit(files);
    EXPECT_EQ(*third.begins(place), row.begins);
  }
}

TEST(Visit, EveryFileHoldsNothing) {
  FakeFiles files;
  files.append("logs/x.log", "abc");
  Visit one = visit(files);
  EXPECT_TRUE(*one.holds(start_of(files)));
  EXPECT_FALSE(*one.begins(start_of(files)));
}

TEST(Visit, DeliversNothingOfAFileThatIsRewrittenMeanwhile) {
  FakeFiles files;
  files.append("logs/x.log", sample(500));
  FilePlace place = start_of(files);
  Visit one = visit(files);
  ASSERT_TRUE(one.read_on(place, 300).has_value());
  files.rewrite("logs/x.log", std::string(500, 'n'));  // the handle is still open
  const auto more = one.read_on(place, 100);
  ASSERT_TRUE(more.has_value());
  EXPECT_FALSE(more->has_value());
  EXPECT_EQ(place.offset, 300U);
}

TEST(Visit, HandsOutPlacesInsideTheFileOnly) {
  FakeFiles files;
  files.append("logs/x.log", sample(100));
  Visit one = visit(files);
  EXPECT_TRUE(one.place_at(0)->has_value());
  EXPECT_TRUE(one.place_at(100)->has_value());
  EXPECT_FALSE(one.place_at(101)->has_value());
}

TEST(Visit, PassesFailuresOn) {
  FakeFiles files;
  EXPECT_EQ(Visit::open(files, FakeFiles::path("logs/x.log")).error().kind,
            base::ErrorKind::kNotFound);
  files.append("logs/x.log", sample(100));
  FilePlace place = start_of(files);
  Visit one = visit(files);
  ASSERT_TRUE(one.read_on(place, 50).has_value());
  files.fail_read("logs/x.log", base::ErrorKind::kBusy);
  EXPECT_EQ(one.read_on(place, 50).error().kind, base::ErrorKind::kBusy);
  EXPECT_EQ(place.offset, 50U);
  Visit two = visit(files);
  EXPECT_EQ(two.holds(place).error().kind, base::ErrorKind::kBusy);
  files.heal();
  EXPECT_EQ((*two.read_on(place, 50))->size(), 50U);
}

TEST(SameId, TakesAnUnknownVolumeForAny) {
  EXPECT_TRUE(same_id({1, 5}, {1, 5}));
  EXPECT_TRUE(same_id({0, 5}, {1, 5}));
  EXPECT_TRUE(same_id({1, 5}, {0, 5}));
  EXPECT_FALSE(same_id({1, 5}, {2, 5}));
  EXPECT_FALSE(same_id({1, 5}, {1, 6}));
}

}  // namespace
}  // namespace cmgmon::tail
