#include <windows.h>

#include <gtest/gtest.h>

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
      {"no such file", 2, base::ErrorKind::kNotFound, true},
      {"no such folder", 3, base::ErrorKind::kNotFound, true},
      {"no such share", 67, base::ErrorKind::kNotFound, true},
      {"no such service", 1060, base::ErrorKind::kNotFound, true},
      {"permission", 5, base::ErrorKind::kAccessDenied, true},
      {"share permission", 65, base::ErrorKind::kAccessDenied, true},
      {"logon", 1326, base::ErrorKind::kAccessDenied, true},
      {"sharing violation", 32, base::ErrorKind::kBusy, true},
      {"lock violation", 33, base::ErrorKind::kBusy, true},
      {"delete pending", 303, base::ErrorKind::kBusy, true},
      {"mapped by another", 1224, base::ErrorKind::kBusy, true},
      {"disk full", 112, base::ErrorKind::kFull, true},
      {"quota", 1295, base::ErrorKind::kFull, true},
      {"event log full", 1502, base::ErrorKind::kFull, true},
      {"exists", 183, base::ErrorKind::kExists, false},
      {"bad name", 123, base::ErrorKind::kInvalid, false},
      {"unknown level", 124, base::ErrorKind::kUnsupported, false},
      {"server away", 53, base::ErrorKind::kIo, true},
      {"connection lost", 64, base::ErrorKind::kIo, true},
      {"medium", 1117, base::ErrorKind::kIo, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const base::Error error = os_error(row.code, "read", "C:\\x.log");
    EXPECT_EQ(error.kind, row.kind);
    EXPECT_EQ(error.os_code, row.code);
    EXPECT_EQ(!error.remedy.empty(), row.has_remedy);
    EXPECT_TRUE(error.message.starts_with("Cannot read C:\\x.log: ")) << error.message;
    EXPECT_TRUE(error.message.ends_with(" (error " + std::to_string(row.code) + ")"))
        << error.message;
    EXPECT_EQ(error.message.find_first_of("\r\n"), std::string::npos) << error.message;
  }
}

// Some calls of the Event Log fail and leave no code.
TEST(OsError, FailureWithoutCodeIsStillAnError) {
  const base::Error error = os_error(0, "open", "x");
  EXPECT_EQ(error.kind, base::ErrorKind::kIo);
  EXPECT_EQ(error.message, "Cannot open x: the system gives no reason");
}

TEST(OsError, TellsWhatFailedLast) {
  ::SetLastError(ERROR_DISK_FULL);
  EXPECT_EQ(last_os_error("write", "x").os_code, ERROR_DISK_FULL);
}

}  // namespace
}  // namespace cmgmon::platform
