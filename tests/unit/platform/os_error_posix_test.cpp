#include <gtest/gtest.h>

#include <cerrno>

#include "platform/os_error.h"

namespace cmgmon::platform {
namespace {

TEST(OsError, EveryCodeHasItsKind) {
  struct Row {
    const char* name;
    int code;
    base::ErrorKind kind;
    bool has_remedy;
  };
  const Row rows[] = {
      {"no such file", ENOENT, base::ErrorKind::kNotFound, true},
      {"a file on the way", ENOTDIR, base::ErrorKind::kNotFound, true},
      {"permission", EACCES, base::ErrorKind::kAccessDenied, true},
      {"not allowed", EPERM, base::ErrorKind::kAccessDenied, true},
      {"read-only file system", EROFS, base::ErrorKind::kAccessDenied, true},
      {"busy", EBUSY, base::ErrorKind::kBusy, true},
      {"locked", EWOULDBLOCK, base::ErrorKind::kBusy, true},
      {"disk full", ENOSPC, base::ErrorKind::kFull, true},
      {"quota", EDQUOT, base::ErrorKind::kFull, true},
      {"exists", EEXIST, base::ErrorKind::kExists, false},
      {"a link", ELOOP, base::ErrorKind::kInvalid, false},
      {"a folder", EISDIR, base::ErrorKind::kInvalid, false},
      {"name too long", ENAMETOOLONG, base::ErrorKind::kInvalid, false},
      {"not supported", ENOTSUP, base::ErrorKind::kUnsupported, false},
      {"medium", EIO, base::ErrorKind::kIo, false},
      {"no descriptors", EMFILE, base::ErrorKind::kIo, true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const base::Error error = os_error(row.code, "read", "/var/log/x.log");
    EXPECT_EQ(error.kind, row.kind);
    EXPECT_EQ(error.os_code, row.code);
    EXPECT_EQ(!error.remedy.empty(), row.has_remedy);
    EXPECT_TRUE(error.message.starts_with("Cannot read /var/log/x.log: ")) << error.message;
    EXPECT_TRUE(error.message.ends_with(" (error " + std::to_string(row.code) + ")"))
        << error.message;
  }
}

TEST(OsError, TellsWhatFailedLast) {
  errno = ENOSPC;
  EXPECT_EQ(last_os_error("write", "x").os_code, ENOSPC);
}

}  // namespace
}  // namespace cmgmon::platform
