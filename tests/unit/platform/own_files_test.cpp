#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/path.h"
#include "platform/files.h"
#include "support/temp_folder.h"

namespace cmgmon::platform {
namespace {

using support::TempFolder;
using ::testing::HasSubstr;

std::vector<std::string> names_in(const TempFolder& folder) {
  std::vector<std::string> names;
  for (const FolderEntry& entry : *list_folder(folder.path())) {
    names.push_back(entry.name);
  }
  return names;
}

TEST(ReadSmallFile, TakesUpToTheLimitAndNoMore) {
  const TempFolder folder;
  struct Row {
    const char* name;
    std::size_t size;
    bool taken;
  };
  const Row rows[] = {{"empty", 0, true},
                      {"below", 99, true},
                      {"exact", 100, true},
                      {"one over", 101, false},
                      {"far over", 100'000, false}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string content(row.size, 'x');
    const auto bytes = read_small_file(folder.write("f", content), 100);
    ASSERT_EQ(bytes.has_value(), row.taken);
    if (row.taken) {
      EXPECT_EQ(*bytes, content);
    } else {
      EXPECT_EQ(bytes.error().kind, base::ErrorKind::kInvalid);
      EXPECT_THAT(bytes.error().message, HasSubstr("100 bytes"));
    }
  }
}

TEST(ReadSmallFile, MissingAndFolderAreTold) {
  const TempFolder folder;
  EXPECT_EQ(read_small_file(folder.file("none"), 10).error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(read_small_file(folder.path(), 10).error().kind, base::ErrorKind::kInvalid);
}

TEST(ReplaceFile, WritesNewAndReplacesOld) {
  const TempFolder folder;
  const std::string binary("a\0b\r\n\xFF", 6);
  for (const std::string& content :
       {std::string("first, longer than the next"), std::string("2nd"), std::string(), binary}) {
    const auto replaced = replace_file(folder.file("state"), content);
    ASSERT_TRUE(replaced) << describe(replaced.error());
    EXPECT_EQ(folder.read("state"), content);
    EXPECT_EQ(names_in(folder), std::vector<std::string>{"state"});
  }
}

TEST(ReplaceFile, TakesOverWhatACrashLeft) {
  const TempFolder folder;
  folder.write("state.new", "half of a much longer state than the one that follows");
  ASSERT_TRUE(replace_file(folder.file("state"), "whole"));
  EXPECT_EQ(folder.read("state"), "whole");
  EXPECT_EQ(names_in(folder), std::vector<std::string>{"state"});
}

TEST(ReplaceFile, FailureLeavesNothingBehind) {
  const TempFolder folder;
  folder.write("state/in/the/way", "");
  EXPECT_FALSE(replace_file(folder.file("state"), "x"));
  EXPECT_EQ(names_in(folder), std::vector<std::string>{"state"});
  const auto missing = replace_file(folder.file("none/state"), "x");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::kNotFound);
}

TEST(ReplaceFile, ReadersSeeTheOldFileOrTheNew) {
  const TempFolder folder;
  const std::string path = folder.file("state");
  const std::string contents[] = {std::string(70'000, 'a'), std::string(10, 'b')};
  ASSERT_TRUE(replace_file(path, contents[0]));
  constexpr int kRounds = 30;
  constexpr int kReadsInARound = 10;
  std::atomic<int> round = 0;
  std::atomic<int> replaced = 0;
  std::thread writer([&] {
    for (; round < kRounds; ++round) {
      const auto outcome = replace_file(path, contents[(round + 1) % 2]);
      // Windows may refuse while the reader has the file open: then the old one stays, and it is "busy".
      EXPECT_TRUE(outcome || outcome.error().kind == base::ErrorKind::kBusy)
          << describe(outcome.error());
      replaced += outcome ? 1 : 0;
    }
  });
  int seen = 0;
  for (int reads = 0; round < kRounds;) {
    // A reader that never pauses would keep the file open at every attempt on Windows.
    if (reads >= (round + 1) * kReadsInARound) {
      std::this_thread::yield();
      continue;
    }
    ++reads;
    if (const auto bytes = read_small_file(path, 100'000)) {
      ++seen;
      EXPECT_TRUE(*bytes == contents[0] || *bytes == contents[1]) << bytes->size() << " bytes";
    }
  }
  writer.join();
  EXPECT_GT(replaced, 0);
  EXPECT_GT(seen, 0);
}

// Two programs that should not: at worst one of them is told to try again, and the file is always a
// whole one.
TEST(ReplaceFile, TwoWritersNeverMixTheirBytes) {
  const TempFolder folder;
  const std::string path = folder.file("state");
  const std::string contents[] = {std::string(50'000, 'a'), std::string(20'000, 'b')};
  auto write = [&](const std::string& content) {
    for (int round = 0; round < 30; ++round) {
      base::ignore(replace_file(path, content), "the other writer may be at it");
    }
  };
  std::thread one(write, contents[0]);
  std::thread other(write, contents[1]);
  one.join();
  other.join();
  const std::string last = folder.read("state");
  EXPECT_TRUE(last == contents[0] || last == contents[1]) << last.size() << " bytes";
}

TEST(AppendFile, ContinuesAtTheEnd) {
  const TempFolder folder;
  const std::string path = folder.file("alerts.jsonl");
  {
    auto file = AppendFile::open(path);
    ASSERT_TRUE(file) << describe(file.error());
    EXPECT_EQ(*file->size(), 0U);
    ASSERT_TRUE(file->append("one\n"));
    ASSERT_TRUE(file->append("two\n"));
    EXPECT_EQ(*file->size(), 8U);
  }
  auto again = AppendFile::open(path);
  ASSERT_TRUE(again);
  ASSERT_TRUE(again->append("three\n"));
  EXPECT_EQ(folder.read("alerts.jsonl"), "one\ntwo\nthree\n");
}

TEST(AppendFile, CutsATornLineAndGoesOn) {
  const TempFolder folder;
  auto file = AppendFile::open(folder.write("alerts.jsonl", "one\n{\"to"));
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->truncate(4));
  ASSERT_TRUE(file->append("two\n"));
  EXPECT_EQ(folder.read("alerts.jsonl"), "one\ntwo\n");
}

TEST(AppendFile, ReadersMayLookWhileItIsOpen) {
  const TempFolder folder;
  auto file = AppendFile::open(folder.file("alerts.jsonl"));
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append("one\n"));
  const auto bytes = read_small_file(folder.file("alerts.jsonl"), 100);
  ASSERT_TRUE(bytes) << describe(bytes.error());
  EXPECT_EQ(*bytes, "one\n");
}

TEST(AppendFile, RefusesAFolder) {
  const TempFolder folder;
  EXPECT_EQ(AppendFile::open(folder.path()).error().kind, base::ErrorKind::kInvalid);
  EXPECT_EQ(AppendFile::open(folder.file("none/alerts.jsonl")).error().kind,
            base::ErrorKind::kNotFound);
}

TEST(InstanceLock, SecondHolderIsToldAndTheNextIsFine) {
  const TempFolder folder;
  const std::string path = folder.file("cmgmon.lock");
  {
    const auto first = InstanceLock::acquire(path);
    ASSERT_TRUE(first) << describe(first.error());
    const auto second = InstanceLock::acquire(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, base::ErrorKind::kExists);
    EXPECT_THAT(second.error().message, HasSubstr(path));
    EXPECT_FALSE(second.error().remedy.empty());
    EXPECT_TRUE(InstanceLock::acquire(folder.file("other.lock")));
  }
  EXPECT_TRUE(InstanceLock::acquire(path));
}

TEST(InstanceLock, MovesWithItsObject) {
  const TempFolder folder;
  const std::string path = folder.file("cmgmon.lock");
  auto first = InstanceLock::acquire(path);
  ASSERT_TRUE(first);
  const InstanceLock kept = *std::move(first);
  EXPECT_FALSE(InstanceLock::acquire(path));
}

}  // namespace
}  // namespace cmgmon::platform
