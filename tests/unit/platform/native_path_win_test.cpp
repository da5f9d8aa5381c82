#include <windows.h>

#include <gtest/gtest.h>

#include <array>

#include "base/text.h"
#include "platform/native_path.h"

namespace cmgmon::platform {
namespace {

TEST(NativePath, IsAbsoluteAndVerbatim) {
  struct Row {
    const char* name;
    const char* path;
    const char* want;
  };
  const Row rows[] = {
      {"drive", R"(C:\Logs\a.log)", R"(\\?\C:\Logs\a.log)"},
      {"slashes", "C:/Logs/a.log", R"(\\?\C:\Logs\a.log)"},
      {"root", R"(C:\)", R"(\\?\C:\)"},
      {"separator at the end", R"(C:\Logs\)", R"(\\?\C:\Logs)"},
      {"two separators", R"(C:\Logs\\a.log)", R"(\\?\C:\Logs\a.log)"},
      {"dots", R"(C:\Logs\..\x\.\a.log)", R"(\\?\C:\x\a.log)"},
      {"share", R"(\\server\share\a.log)", R"(\\?\UNC\server\share\a.log)"},
      {"share with slashes", "//server/share/a.log", R"(\\?\UNC\server\share\a.log)"},
      {"hidden share", R"(\\server\C$\a.log)", R"(\\?\UNC\server\C$\a.log)"},
      {"verbatim", R"(\\?\C:\Logs\a.log)", R"(\\?\C:\Logs\a.log)"},
      {"verbatim share", R"(\\?\UNC\server\share\a.log)", R"(\\?\UNC\server\share\a.log)"},
      {"like a device", R"(C:\console\com10.log)", R"(\\?\C:\console\com10.log)"},
      {"other script", "C:\\日志\\журнал.log", "\\\\?\\C:\\日志\\журнал.log"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto native = native_path(row.path);
    ASSERT_TRUE(native) << describe(native.error());
    EXPECT_EQ(from_wide(*native), row.want);
  }
}

TEST(NativePath, RelativePathsBeginInTheCurrentFolder) {
  std::array<wchar_t, 1024> current{};
  ASSERT_NE(::GetCurrentDirectoryW(static_cast<DWORD>(current.size()), current.data()), 0U);
  const auto native = native_path("a.log");
  ASSERT_TRUE(native);
  EXPECT_EQ(*native, L"\\\\?\\" + std::wstring(current.data()) + L"\\a.log");
}

TEST(NativePath, RefusesWhatIsNoFileOfADisk) {
  const char* const paths[] = {
      "",
      "NUL",
      "nul.log",
      "C:\\Logs\\NUL",
      "C:\\Logs\\con.txt",
      "C:\\aux\\a.log",
      "C:\\Logs\\COM1",
      "C:\\Logs\\lpt9.x.log",
      "C:\\Logs\\com\xC2\xB9.log",
      "C:\\Logs\\prn .log",
      "CONOUT$",
      R"(C:\Logs\a.log:stream)",
      R"(C:\Logs\a.log::$DATA)",
      R"(\\.\C:)",
      R"(\\.\pipe\x)",
      R"(\\?\pipe\x)",
      R"(\\?\GLOBALROOT\Device\HarddiskVolume1\a.log)",
      R"(\\?\Volume{01234567-89ab-cdef-0123-456789abcdef}\a.log)",
      R"(\\server\pipe\x)",
      R"(\\server\IPC$\x)",
      R"(\\server\mailslot\x)",
      R"(\\server)",
      R"(C:\Logs\a.log.)",
      R"(C:\Logs \a.log)",
  };
  for (const char* path : paths) {
    SCOPED_TRACE(path);
    const auto native = native_path(path);
    ASSERT_FALSE(native) << from_wide(*native);
    EXPECT_EQ(native.error().kind, base::ErrorKind::kInvalid);
    EXPECT_FALSE(native.error().remedy.empty());
  }
}

}  // namespace
}  // namespace cmgmon::platform
