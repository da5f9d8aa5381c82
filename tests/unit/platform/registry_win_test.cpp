#include <windows.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "platform/native_path.h"
#include "platform/registry.h"

namespace cmgmon::platform {
namespace {

class Registry : public ::testing::Test {
 protected:
  Registry() : path_("SOFTWARE\\cmgmon-test-" + std::to_string(::GetCurrentProcessId())) {
    ::RegCreateKeyExW(HKEY_LOCAL_MACHINE, to_wide(path_).c_str(), 0, nullptr, 0,
                      KEY_SET_VALUE | KEY_WOW64_64KEY, nullptr, &key_, nullptr);
  }
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  ~Registry() override {
    ::RegCloseKey(key_);
    ::RegDeleteKeyExW(HKEY_LOCAL_MACHINE, to_wide(path_).c_str(), KEY_WOW64_64KEY, 0);
  }

  void set(const wchar_t* name, DWORD type, const void* bytes, std::size_t size) {
    ASSERT_EQ(::RegSetValueExW(key_, name, 0, type, static_cast<const BYTE*>(bytes),
                               static_cast<DWORD>(size)),
              ERROR_SUCCESS);
  }

  std::string path_;
  HKEY key_ = nullptr;
};

TEST_F(Registry, GivesEveryTypeAsText) {
  const DWORD one = 1;
  const DWORD large = 0xFFFFFFFF;
  const unsigned long long huge = 18'446'744'073'709'551'615ULL;
  const std::wstring text = L"日志 %1";
  const std::wstring expandable = L"%SystemRoot%\\x";
  const std::wstring lengthy(5000, L'x');
  const std::wstring after_nul(L"a\0b", 4);
  struct Row {
    const wchar_t* name;
    DWORD type;
    const void* bytes;
    std::size_t size;
    std::string want;
  };
  const Row rows[] = {
      {L"VerboseLogging", REG_DWORD, &one, 4, "1"},
      {L"large", REG_DWORD, &large, 4, "4294967295"},
      {L"huge", REG_QWORD, &huge, 8, "18446744073709551615"},
      {L"text", REG_SZ, text.c_str(), (text.size() + 1) * 2, "日志 %1"},
      {L"no end", REG_SZ, text.c_str(), text.size() * 2, "日志 %1"},
      {L"empty", REG_SZ, L"", 2, ""},
      {L"nothing", REG_SZ, L"", 0, ""},
      {L"lengthy", REG_SZ, lengthy.c_str(), (lengthy.size() + 1) * 2, std::string(5000, 'x')},
      {L"after NUL", REG_SZ, after_nul.c_str(), after_nul.size() * 2, "a"},
      {L"not expanded", REG_EXPAND_SZ, expandable.c_str(), (expandable.size() + 1) * 2,
       "%SystemRoot%\\x"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(from_wide(row.name));
    set(row.name, row.type, row.bytes, row.size);
    for (const std::string root : {"HKLM\\", "hklm\\"}) {
      const auto value = read_registry_value(root + path_, from_wide(row.name));
      ASSERT_TRUE(value) << describe(value.error());
      ASSERT_TRUE(*value);
      EXPECT_EQ(**value, row.want);
    }
  }
}

TEST_F(Registry, AbsentIsAnAnswer) {
  for (const std::string& key :
       {"HKLM\\" + path_, "HKLM\\" + path_ + "\\none", std::string("HKCU\\none\\at\\all")}) {
    SCOPED_TRACE(key);
    const auto value = read_registry_value(key, "none");
    ASSERT_TRUE(value) << describe(value.error());
    EXPECT_FALSE(*value);
  }
}

TEST_F(Registry, OtherTypesAndRootsAreInvalid) {
  const DWORD bytes = 7;
  set(L"binary", REG_BINARY, &bytes, 4);
  set(L"short", REG_DWORD, &bytes, 2);
  for (const char* name : {"binary", "short"}) {
    SCOPED_TRACE(name);
    const auto value = read_registry_value("HKLM\\" + path_, name);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().kind, base::ErrorKind::kInvalid);
    EXPECT_FALSE(value.error().remedy.empty());
  }
  for (const char* key : {"", "HKLM", "HKCR\\x", "SOFTWARE\\x"}) {
    SCOPED_TRACE(key);
    EXPECT_EQ(read_registry_value(key, "x").error().kind, base::ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace cmgmon::platform
