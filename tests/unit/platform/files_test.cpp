#include "platform/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/path.h"
#include "support/temp_folder.h"

namespace cmgmon::platform {
namespace {

using support::TempFolder;
using ::testing::HasSubstr;

std::string read(const LogFile& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '?');
  const auto count = file.read_at(offset, bytes);
  EXPECT_TRUE(count);
  bytes.resize(count ? *count : 0);
  return bytes;
}

TEST(LogFile, ReadsAnyPartAndStopsAtTheEnd) {
  const TempFolder folder;
  const auto file = LogFile::open(folder.write("a.log", "0123456789"));
  ASSERT_TRUE(file) << describe(file.error());
  struct Row {
    const char* name;
    std::uint64_t offset;
    std::size_t size;
    const char* want;
  };
  const Row rows[] = {{"all", 0, 10, "0123456789"},     {"middle", 3, 4, "3456"},
                      {"over the end", 8, 10, "89"},    {"at the end", 10, 5, ""},
                      {"beyond", 5'000'000'000, 5, ""}, {"nothing", 2, 0, ""}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(read(*file, row.offset, row.size), row.want);
  }
}

TEST(LogFile, SeesWhatIsAppendedWhileItIsOpen) {
  const TempFolder folder;
  const auto file = LogFile::open(folder.write("a.log", "one"));
  ASSERT_TRUE(file);
  folder.append("a.log", "two");
  EXPECT_EQ(file->info()->size, 6U);
  EXPECT_EQ(read(*file, 0, 100), "onetwo");
}

TEST(LogFile, WriterMayRollOverWhileItIsOpen) {
  const TempFolder folder;
  const auto file = LogFile::open(folder.write("a.log", "old"));
  ASSERT_TRUE(file);
  ASSERT_TRUE(rename_file(folder.file("a.log"), folder.file("a.lo_")));
  folder.write("a.log", "new file");
  EXPECT_EQ(read(*file, 0, 100), "old");
  EXPECT_EQ(folder.read("a.log"), "new file");
  EXPECT_EQ(folder.read("a.lo_"), "old");
}

TEST(LogFile, WriterMayDeleteItWhileItIsOpen) {
  const TempFolder folder;
  const auto file = LogFile::open(folder.write("a.log", "old"));
  ASSERT_TRUE(file);
  EXPECT_TRUE(remove_file(folder.file("a.log")));
  EXPECT_EQ(read(*file, 0, 100), "old");
}

TEST(LogFile, KeepsItsIdWhenRenamedAndAppended) {
  const TempFolder folder;
  const auto before = LogFile::open(folder.write("a.log", "x"))->info();
  folder.append("a.log", "y");
  ASSERT_TRUE(rename_file(folder.file("a.log"), folder.file("b.log")));
  const auto after = LogFile::open(folder.file("b.log"))->info();
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->id, after->id);
  EXPECT_NE(before->id.index, 0U);
}

TEST(LogFile, DifferentFilesHaveDifferentIds) {
  const TempFolder folder;
  const auto one = LogFile::open(folder.write("a.log", "same"))->info();
  const auto other = LogFile::open(folder.write("b.log", "same"))->info();
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->id, other->id);
}

TEST(LogFile, KnowsWhenItWasWritten) {
  const TempFolder folder;
  const base::Time start = base::SystemClock().now();
  const auto info = LogFile::open(folder.write("a.log", "x"))->info();
  ASSERT_TRUE(info);
  // File systems keep coarser time than clocks; this tells a wrong epoch or unit.
  EXPECT_LT(start - std::chrono::minutes(1), info->modified);
  EXPECT_GT(start + std::chrono::minutes(10), info->modified);
}

TEST(LogFile, RefusesWhatIsNoFile) {
  const TempFolder folder;
  struct Row {
    const char* name;
    std::string path;
    base::ErrorKind kind;
  };
  const Row rows[] = {
      {"missing", folder.file("none.log"), base::ErrorKind::kNotFound},
      {"folder missing", folder.file("none/x.log"), base::ErrorKind::kNotFound},
      {"a folder", folder.path(), base::ErrorKind::kInvalid},
      {"nothing", "", base::ErrorKind::kNotFound},
      {"NUL inside", folder.path() + std::string("/a\0b", 4), base::ErrorKind::kInvalid}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto file = LogFile::open(row.path);
    ASSERT_FALSE(file);
    if (!row.path.empty()) {
      EXPECT_EQ(file.error().kind, row.kind) << describe(file.error());
    }
    EXPECT_FALSE(file.error().remedy.empty());
  }
}

TEST(LogFile, ErrorNamesThePath) {
  const TempFolder folder;
  const auto file = LogFile::open(folder.file("none.log"));
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr(folder.file("none.log")));
  EXPECT_NE(file.error().os_code, 0);
}

TEST(LogFile, OpensNamesOfAnyScript) {
  const TempFolder folder;
  for (const std::string name :
       {"Überwachung.log", "日志.log", "журнал 1.log", "\xF0\x9F\x93\x9C.log"}) {
    SCOPED_TRACE(name);
    folder.write(name, name);
    const auto file = LogFile::open(folder.file(name));
    ASSERT_TRUE(file) << describe(file.error());
    EXPECT_EQ(read(*file, 0, 100), name);
  }
  EXPECT_EQ(list_folder(folder.path())->size(), 4U);
}

TEST(LogFile, OpensPathsLongerThanWindowsOnceAllowed) {
  const TempFolder folder;
  std::string path = folder.path();
  for (int depth = 0; depth < 8; ++depth) {
    path = base::join_path(path, std::string(50, static_cast<char>('a' + depth)));
  }
  const auto created = create_folders(path);
  ASSERT_TRUE(created) << describe(created.error());
  const std::string log = base::join_path(path, "x.log");
  ASSERT_GT(log.size(), 400U);
  const auto written = replace_file(log, "deep");
  ASSERT_TRUE(written) << describe(written.error());
  const auto file = LogFile::open(log);
  ASSERT_TRUE(file) << describe(file.error());
  EXPECT_EQ(read(*file, 0, 10), "deep");
  EXPECT_EQ(list_folder(path)->at(0).name, "x.log");
  EXPECT_TRUE(file_exists(log));
  EXPECT_TRUE(remove_file(log));
}

TEST(ListFolder, SortsNamesAndTellsKinds) {
  const TempFolder folder;
  folder.write("b.log", "");
  folder.write("a.log", "");
  folder.write("c/inner.log", "");
  const auto entries = list_folder(folder.path());
  ASSERT_TRUE(entries) << describe(entries.error());
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ(entries->at(0).name, "a.log");
  EXPECT_EQ(entries->at(0).kind, EntryKind::kFile);
  EXPECT_EQ(entries->at(1).name, "b.log");
  EXPECT_EQ(entries->at(2).name, "c");
  EXPECT_EQ(entries->at(2).kind, EntryKind::kFolder);
}

TEST(ListFolder, EmptyFolderIsNoError) {
  const TempFolder folder;
  const auto entries = list_folder(folder.path());
  ASSERT_TRUE(entries);
  EXPECT_TRUE(entries->empty());
}

TEST(ListFolder, MissingFolderIsNotFound) {
  const TempFolder folder;
  const auto entries = list_folder(folder.file("none"));
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().kind, base::ErrorKind::kNotFound);
}

TEST(FileExists, IsTrueForFilesOnly) {
  const TempFolder folder;
  folder.write("a.log", "");
  EXPECT_TRUE(file_exists(folder.file("a.log")));
  EXPECT_FALSE(file_exists(folder.file("b.log")));
  EXPECT_FALSE(file_exists(folder.path()));
  EXPECT_FALSE(file_exists(""));
}

TEST(CreateFolders, MakesWhatIsMissingAndIsFineTwice) {
  const TempFolder folder;
  const std::string deep = base::join_path(base::join_path(folder.file("x"), "y"), "z");
  for (int round = 0; round < 2; ++round) {
    const auto created = create_folders(deep);
    ASSERT_TRUE(created) << describe(created.error());
  }
  EXPECT_TRUE(list_folder(deep));
}

TEST(CreateFolders, RefusesAFileInTheWay) {
  const TempFolder folder;
  folder.write("x", "");
  const auto same = create_folders(folder.file("x"));
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().kind, base::ErrorKind::kInvalid);
  const auto below = create_folders(base::join_path(folder.file("x"), "y"));
  ASSERT_FALSE(below);
  EXPECT_THAT(below.error().message, HasSubstr(folder.file("x")));
}

TEST(RenameFile, ReplacesItsTarget) {
  const TempFolder folder;
  folder.write("from", "new");
  folder.write("to", "old");
  ASSERT_TRUE(rename_file(folder.file("from"), folder.file("to")));
  EXPECT_EQ(folder.read("to"), "new");
  EXPECT_FALSE(file_exists(folder.file("from")));
}

TEST(RenameFile, MissingSourceLeavesTheTargetAlone) {
  const TempFolder folder;
  folder.write("to", "old");
  const auto renamed = rename_file(folder.file("from"), folder.file("to"));
  ASSERT_FALSE(renamed);
  EXPECT_EQ(renamed.error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(folder.read("to"), "old");
}

TEST(RemoveFile, MissingFileIsNotFound) {
  const TempFolder folder;
  const auto removed = remove_file(folder.file("none"));
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().kind, base::ErrorKind::kNotFound);
}

}  // namespace
}  // namespace cmgmon::platform
