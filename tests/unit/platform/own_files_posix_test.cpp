#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "platform/files.h"
#include "support/temp_folder.h"

namespace cmgmon::platform {
namespace {

using support::TempFolder;

// Files of this process may not grow over a size, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    before_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limited = before_;
    limited.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, before_handler_);
  }

 private:
  rlimit before_{};
  sighandler_t before_handler_ = SIG_DFL;
};

TEST(AppendFile, FullDiskLeavesNoTornLine) {
  const TempFolder folder;
  auto file = AppendFile::open(folder.file("alerts.jsonl"));
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append("one line\n"));
  {
    const FileSizeLimit limit(12);
    const auto appended = file->append("another line\n");
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().kind, base::ErrorKind::kFull);
  }
  EXPECT_EQ(folder.read("alerts.jsonl"), "one line\n");
  ASSERT_TRUE(file->append("two\n"));
  EXPECT_EQ(folder.read("alerts.jsonl"), "one line\ntwo\n");
}

TEST(ReplaceFile, FullDiskLeavesTheOldFile) {
  const TempFolder folder;
  ASSERT_TRUE(replace_file(folder.file("state"), "old"));
  {
    const FileSizeLimit limit(12);
    const auto replaced = replace_file(folder.file("state"), "much longer than the limit");
    ASSERT_FALSE(replaced);
    EXPECT_EQ(replaced.error().kind, base::ErrorKind::kFull);
  }
  EXPECT_EQ(folder.read("state"), "old");
  EXPECT_EQ(list_folder(folder.path())->size(), 1U);
}

// Files of /proc say that they are empty.
TEST(ReadSmallFile, ReadsMoreThanTheSizeThatWasTold) {
  const auto bytes = read_small_file("/proc/self/status", 1U << 20U);
  ASSERT_TRUE(bytes);
  EXPECT_NE(bytes->find("Pid:"), std::string::npos);
  EXPECT_EQ(read_small_file("/proc/self/status", 10).error().kind, base::ErrorKind::kInvalid);
}

TEST(ReplaceFile, AReaderKeepsTheOldFile) {
  const TempFolder folder;
  ASSERT_TRUE(replace_file(folder.file("state"), "old"));
  const auto reader = LogFile::open(folder.file("state"));
  ASSERT_TRUE(reader);
  ASSERT_TRUE(replace_file(folder.file("state"), "new"));
  std::string bytes(3, '?');
  ASSERT_TRUE(reader->read_at(0, bytes));
  EXPECT_EQ(bytes, "old");
}

}  // namespace
}  // namespace cmgmon::platform
