#pragma once
// The message table that is shipped, read as a viewer of the Event Log reads it.

#include <windows.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cmgmon::test {

class EventTable : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path path(CMGMON_EVENTS_DLL);
    table_ = LoadLibraryExW(path.c_str(), nullptr, LOAD_LIBRARY_AS_DATAFILE);
    ASSERT_NE(table_, nullptr) << CMGMON_EVENTS_DLL << ": error " << GetLastError();
  }
  void TearDown() override { FreeLibrary(table_); }

  // "" when the table has no such message.
  std::wstring page_of(std::uint32_t id, const std::vector<std::wstring>& strings) const {
    std::vector<DWORD_PTR> arguments;
    for (const std::wstring& text : strings) {
      arguments.push_back(reinterpret_cast<DWORD_PTR>(text.c_str()));
    }
    std::vector<wchar_t> page(65536);
    const DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY,
                                        table_, id, 0, page.data(), static_cast<DWORD>(page.size()),
                                        reinterpret_cast<va_list*>(arguments.data()));
    return {page.data(), length};
  }

  std::string render(std::uint32_t id, const std::vector<std::wstring>& strings) const {
    std::string ascii;
    for (const wchar_t c : page_of(id, strings)) {
      ascii.push_back(c < 128 ? static_cast<char>(c) : '?');
    }
    return ascii;
  }

 private:
  HMODULE table_ = nullptr;
};

}  // namespace cmgmon::test
