#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/files.h"
#include "support/temp_folder.h"

namespace cmgmon::platform {
namespace {

using support::TempFolder;
using ::testing::HasSubstr;

class OddFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("real.log", "secret");
    ASSERT_EQ(::symlink("real.log", folder_.file("link.log").c_str()), 0);
    ASSERT_EQ(::symlink("nowhere", folder_.file("dangling.log").c_str()), 0);
    ASSERT_EQ(::mkfifo(folder_.file("pipe.log").c_str(), 0600), 0);
  }
  TempFolder folder_;
};

// A FIFO without a writer would block an ordinary open for ever.
TEST_F(OddFiles, LogFileRefusesThemWithoutBlocking) {
  struct Row {
    std::string path;
    const char* says;
  };
  const Row rows[] = {{folder_.file("link.log"), "symbolic link"},
                      {folder_.file("dangling.log"), "symbolic link"},
                      {folder_.file("pipe.log"), "pipe"},
                      {"/dev/zero", "device"},
                      {folder_.path(), "folder"}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.path);
    const auto file = LogFile::open(row.path);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, base::ErrorKind::kInvalid);
    EXPECT_THAT(file.error().message, HasSubstr(row.says));
  }
}

TEST_F(OddFiles, ListFolderCallsThemOther) {
  const auto entries = list_folder(folder_.path());
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 4U);
  for (const FolderEntry& entry : *entries) {
    SCOPED_TRACE(entry.name);
    EXPECT_EQ(entry.kind, entry.name == "real.log" ? EntryKind::kFile : EntryKind::kOther);
  }
}

TEST_F(OddFiles, OwnFilesAreNeverWrittenThroughALink) {
  EXPECT_FALSE(AppendFile::open(folder_.file("link.log")));
  EXPECT_FALSE(InstanceLock::acquire(folder_.file("link.log")));
  ASSERT_EQ(::symlink("real.log", folder_.file("state.new").c_str()), 0);
  EXPECT_FALSE(replace_file(folder_.file("state"), "bytes"));
  EXPECT_EQ(folder_.read("real.log"), "secret");
}

TEST_F(OddFiles, ReplaceFileReplacesALinkAndNotWhatItLeadsTo) {
  ASSERT_TRUE(replace_file(folder_.file("link.log"), "new"));
  EXPECT_EQ(folder_.read("link.log"), "new");
  EXPECT_EQ(folder_.read("real.log"), "secret");
}

TEST_F(OddFiles, ConfigurationIsReadThroughALink) {
  const auto bytes = read_small_file(folder_.file("link.log"), 100);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, "secret");
  EXPECT_FALSE(read_small_file(folder_.file("pipe.log"), 100));
}

}  // namespace
}  // namespace cmgmon::platform
