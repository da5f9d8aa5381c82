#include <windows.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "platform/files.h"
#include "platform/native_path.h"
#include "platform/unique_handle.h"
#include "support/temp_folder.h"

namespace cmgmon::platform {
namespace {

using support::TempFolder;
using ::testing::HasSubstr;

constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

// Another program's handle.
UniqueHandle hold(const std::string& path, DWORD access, DWORD share) {
  return UniqueHandle(
      ::CreateFileW(native_path(path)->c_str(), access, share, nullptr, OPEN_EXISTING, 0, nullptr));
}

TEST(LogFile, IsBusyWhileAnotherProgramDoesNotShare) {
  const TempFolder folder;
  const std::string path = folder.write("a.log", "x");
  {
    const UniqueHandle other = hold(path, GENERIC_READ | GENERIC_WRITE, 0);
    ASSERT_TRUE(other);
    const auto file = LogFile::open(path);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, base::ErrorKind::kBusy) << describe(file.error());
    EXPECT_EQ(file.error().os_code, ERROR_SHARING_VIOLATION);
    EXPECT_FALSE(file.error().remedy.empty());
  }
  EXPECT_TRUE(LogFile::open(path));
}

TEST(LogFile, NeverStandsInTheWayOfTheWriter) {
  const TempFolder folder;
  const std::string path = folder.write("a.log", "x");
  const auto file = LogFile::open(path);
  ASSERT_TRUE(file);
  // What a writer may ask for that shares with readers only, and for a rollover.
  EXPECT_TRUE(hold(path, GENERIC_WRITE, kShareAll));
  EXPECT_TRUE(hold(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ));
  EXPECT_TRUE(hold(path, DELETE, FILE_SHARE_READ));
}

// Writers lock what they are just writing; error 33 is no reason to give a log up.
TEST(LogFile, IsBusyWhereAnotherProgramLocksTheBytes) {
  const TempFolder folder;
  const std::string path = folder.write("a.log", "some bytes");
  const UniqueHandle other = hold(path, GENERIC_READ | GENERIC_WRITE, kShareAll);
  ASSERT_TRUE(other);
  ASSERT_NE(::LockFile(other.get(), 0, 0, 100, 0), 0);
  const auto file = LogFile::open(path);
  ASSERT_TRUE(file);
  std::array<char, 4> bytes{};
  const auto read = file->read_at(0, bytes);
  if (read) {
    GTEST_SKIP() << "this system does not hold readers to locks";
  }
  EXPECT_EQ(read.error().kind, base::ErrorKind::kBusy) << describe(read.error());
  EXPECT_EQ(read.error().os_code, ERROR_LOCK_VIOLATION);
  ::UnlockFile(other.get(), 0, 0, 100, 0);
  EXPECT_TRUE(file->read_at(0, bytes));
}

// The name stays until the last handle is closed (newer Windows frees it at once, Wine lets it be opened until then).
TEST(LogFile, OfAFileWhoseDeletionIsPendingIsBusyOrGone) {
  const TempFolder folder;
  const std::string path = folder.write("a.log", "old");
  {
    const UniqueHandle other = hold(path, GENERIC_READ, kShareAll);
    ASSERT_TRUE(other);
    ASSERT_NE(::DeleteFileW(native_path(path)->c_str()), 0);
    const auto file = LogFile::open(path);
    EXPECT_TRUE(file || file.error().kind == base::ErrorKind::kBusy ||
                file.error().kind == base::ErrorKind::kNotFound)
        << describe(file.error());
  }
  EXPECT_EQ(LogFile::open(path).error().kind, base::ErrorKind::kNotFound);
  folder.write("a.log", "new");
  EXPECT_TRUE(LogFile::open(path));
}

TEST(LogFile, IsNotReadThroughALink) {
  const TempFolder folder;
  const std::string target = folder.write("target/a.log", "secret");
  const std::string link = folder.file("link.log");
  const std::string folder_link = folder.file("client");
  if (::CreateSymbolicLinkW(native_path(link)->c_str(), native_path(target)->c_str(), 0) == 0 ||
      ::CreateSymbolicLinkW(native_path(folder_link)->c_str(),
                            native_path(folder.file("target"))->c_str(),
                            SYMBOLIC_LINK_FLAG_DIRECTORY) == 0 ||
      ::GetFileAttributesW(native_path(link)->c_str()) == INVALID_FILE_ATTRIBUTES) {
    GTEST_SKIP() << "this system or account makes no links";
  }
  const auto file = LogFile::open(link);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, base::ErrorKind::kInvalid) << describe(file.error());
  const auto entries = list_folder(folder.path());
  ASSERT_TRUE(entries);
  for (const FolderEntry& entry : *entries) {
    EXPECT_EQ(entry.kind, entry.name == "target" ? EntryKind::kFolder : EntryKind::kOther);
  }
}

TEST(LogFile, KeepsItsIndexOnAHandleWhoseFileWasRenamed) {
  const TempFolder folder;
  const auto file = LogFile::open(folder.write("a.log", "x"));
  ASSERT_TRUE(file);
  const auto before = file->info();
  ASSERT_TRUE(rename_file(folder.file("a.log"), folder.file("b.log")));
  const auto after = file->info();
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->id.index, after->id.index);
}

TEST(LogFile, RefusesNamesThatAreNoFiles) {
  const TempFolder folder;
  folder.write("a.log", "x");
  for (const std::string& path :
       {folder.file("NUL"), folder.file("com1.log"), folder.file("a.log:stream"),
        std::string(R"(\\.\pipe\x)"), std::string(R"(\\server\pipe\x)"),
        std::string(R"(\\.\PhysicalDrive0)"), folder.file("a.log.")}) {
    SCOPED_TRACE(path);
    const auto file = LogFile::open(path);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, base::ErrorKind::kInvalid) << describe(file.error());
    EXPECT_FALSE(replace_file(path, "x"));
    EXPECT_FALSE(AppendFile::open(path));
  }
}

TEST(LogFile, OpensPathsInEveryForm) {
  const TempFolder folder;
  const std::string path = folder.write("a.log", "x");
  std::string slashes = path;
  for (char& c : slashes) {
    c = c == '\\' ? '/' : c;
  }
  for (const std::string& form : {path, slashes, R"(\\?\)" + path}) {
    SCOPED_TRACE(form);
    EXPECT_TRUE(LogFile::open(form));
  }
}

TEST(RenameFile, IsBusyWhileTheTargetIsHeld) {
  const TempFolder folder;
  const std::string from = folder.write("from", "new");
  const std::string to = folder.write("to", "old");
  const UniqueHandle other = hold(to, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE);
  ASSERT_TRUE(other);
  const auto renamed = rename_file(from, to);
  ASSERT_FALSE(renamed);
  EXPECT_EQ(renamed.error().kind, base::ErrorKind::kBusy) << describe(renamed.error());
}

TEST(ReplaceFile, LeavesTheOldFileWhenTheTargetIsHeld) {
  const TempFolder folder;
  const std::string path = folder.write("state", "old");
  {
    const UniqueHandle other = hold(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE);
    ASSERT_TRUE(other);
    const auto replaced = replace_file(path, "new");
    ASSERT_FALSE(replaced);
    EXPECT_EQ(replaced.error().kind, base::ErrorKind::kBusy) << describe(replaced.error());
    EXPECT_EQ(folder.read("state"), "old");
  }
  ASSERT_TRUE(replace_file(path, "new"));
  EXPECT_EQ(folder.read("state"), "new");
  EXPECT_EQ(list_folder(folder.path())->size(), 1U);
}

TEST(AppendFile, HasOneWriterAndAnyReaders) {
  const TempFolder folder;
  const auto file = AppendFile::open(folder.file("alerts.jsonl"));
  ASSERT_TRUE(file);
  EXPECT_TRUE(hold(folder.file("alerts.jsonl"), GENERIC_READ, kShareAll));
  EXPECT_TRUE(hold(folder.file("alerts.jsonl"), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE));
  EXPECT_FALSE(hold(folder.file("alerts.jsonl"), GENERIC_WRITE, kShareAll));
}

}  // namespace
}  // namespace cmgmon::platform
