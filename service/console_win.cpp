#include <windows.h>

#include <io.h>
#include <shellapi.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "base/text.h"
#include "service/console.h"

namespace cmgmon::service {

namespace {

bool is_terminal(DWORD which) {
  DWORD mode = 0;
  return GetConsoleMode(GetStdHandle(which), &mode) != 0;
}

}  // namespace

Console this_console() {
  Console console{
      std::cout, std::cerr, is_terminal(STD_OUTPUT_HANDLE), is_terminal(STD_ERROR_HANDLE),
      false,     80};
  if (console.out_is_terminal || console.err_is_terminal) {
    SetConsoleOutputCP(CP_UTF8);
  }
  if (console.out_is_terminal) {
    const HANDLE handle = GetStdHandle(STD_OUTPUT_HANDLE);
    CONSOLE_SCREEN_BUFFER_INFO info{};
    if (GetConsoleScreenBufferInfo(handle, &info) != 0) {
      console.width = info.srWindow.Right - info.srWindow.Left + 1;
    }
    DWORD mode = 0;
    GetConsoleMode(handle, &mode);
    const bool escapes = SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
    wchar_t value[2] = {};
    const bool no_color = GetEnvironmentVariableW(L"NO_COLOR", value, 2) != 0;
    console.colour = escapes && !no_color;
  }
  return console;
}

std::vector<std::string> arguments(int, char**) {
  int count = 0;
  wchar_t** wide = CommandLineToArgvW(GetCommandLineW(), &count);
  std::vector<std::string> found;
  for (int i = 1; wide != nullptr && i < count; ++i) {
    const std::wstring_view text(wide[i]);
    found.push_back(base::from_utf16(std::u16string(text.begin(), text.end())));
  }
  LocalFree(wide);
  return found;
}

}  // namespace cmgmon::service
