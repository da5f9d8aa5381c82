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

std::optional<std::string> read_hidden_line(const Console& console, const std::string& prompt) {
  const HANDLE handle = GetStdHandle(STD_INPUT_HANDLE);
  DWORD mode = 0;
  std::string line;
  if (GetConsoleMode(handle, &mode) == 0) {
    if (!std::getline(std::cin, line)) {
      return std::nullopt;
    }
  } else {
    console.err << prompt << std::flush;
    SetConsoleMode(handle, (mode | ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT) &
                               ~static_cast<DWORD>(ENABLE_ECHO_INPUT));
    std::wstring wide(4096, L'\0');
    DWORD count = 0;
    const BOOL read =
        ReadConsoleW(handle, wide.data(), static_cast<DWORD>(wide.size()), &count, nullptr);
    SetConsoleMode(handle, mode);
    console.err << '\n';
    if (read == 0) {
      return std::nullopt;
    }
    line = base::from_utf16(std::u16string(wide.begin(), wide.begin() + count));
  }
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) {
    line.pop_back();
  }
  return line;
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
