#include <windows.h>

#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/text.h"
#include "platform/native_path.h"
#include "platform/os_error.h"
#include "platform/registry.h"

namespace cmgmon::platform {
namespace {

constexpr DWORD kMaxValueBytes = 1U << 20U;

struct CloseKey {
  using pointer = HKEY;
  void operator()(HKEY key) const { ::RegCloseKey(key); }
};
using UniqueKey = std::unique_ptr<std::remove_pointer_t<HKEY>, CloseKey>;

struct Value {
  DWORD type = REG_NONE;
  std::vector<BYTE> bytes;
};

HKEY root_of(std::string_view name) {
  if (base::equals_ignore_case(name, "HKLM")) {
    return HKEY_LOCAL_MACHINE;
  }
  return base::equals_ignore_case(name, "HKCU") ? HKEY_CURRENT_USER : nullptr;
}

LSTATUS query(HKEY key, const std::wstring& name, Value& value) {
  // It may grow between two calls.
  for (;;) {
    auto size = static_cast<DWORD>(value.bytes.size());
    const LSTATUS status =
        ::RegQueryValueExW(key, name.c_str(), nullptr, &value.type,
                           value.bytes.empty() ? nullptr : value.bytes.data(), &size);
    const bool too_small =
        status == ERROR_MORE_DATA || (status == ERROR_SUCCESS && size > value.bytes.size());
    if (!too_small || size > kMaxValueBytes) {
      value.bytes.resize(status == ERROR_SUCCESS && !too_small ? size : 0);
      return too_small ? ERROR_MORE_DATA : status;
    }
    value.bytes.resize(size);
  }
}

template <typename Number>
std::optional<std::string> number_text(const std::vector<BYTE>& bytes) {
  Number number = 0;
  if (bytes.size() != sizeof number) {
    return std::nullopt;
  }
  std::memcpy(&number, bytes.data(), sizeof number);
  return std::to_string(number);
}

std::string string_text(const std::vector<BYTE>& bytes) {
  std::wstring text(bytes.size() / sizeof(wchar_t), L'\0');
  std::memcpy(text.data(), bytes.data(), text.size() * sizeof(wchar_t));
  // The ending NUL may be missing, or there may be several.
  return from_wide(std::wstring_view(text).substr(0, text.find(L'\0')));
}

std::optional<std::string> value_text(const Value& value) {
  switch (value.type) {
    case REG_DWORD:
      return number_text<DWORD>(value.bytes);
    case REG_QWORD:
      return number_text<unsigned long long>(value.bytes);
    case REG_SZ:
    case REG_EXPAND_SZ:
      return string_text(value.bytes);
    default:
      return std::nullopt;
  }
}

bool is_absent(LSTATUS status) {
  return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND;
}

}  // namespace

base::Result<std::optional<std::string>> read_registry_value(const std::string& key,
                                                             const std::string& value) {
  const std::size_t separator = key.find('\\');
  const HKEY root = root_of(std::string_view(key).substr(0, separator));
  if (root == nullptr || separator == std::string::npos) {
    return refusal(base::ErrorKind::kInvalid, key + " is not a registry key that can be read",
                   "Begin it with HKLM\\ or HKCU\\");
  }
  HKEY opened = nullptr;
  LSTATUS status = ::RegOpenKeyExW(root, to_wide(key.substr(separator + 1)).c_str(), 0,
                                   KEY_QUERY_VALUE | KEY_WOW64_64KEY, &opened);
  if (is_absent(status)) {
    return std::optional<std::string>();
  }
  const std::string name = key + "\\" + value;
  if (status != ERROR_SUCCESS) {
    return os_error(static_cast<int>(status), "read the registry value", name);
  }
  const UniqueKey owner(opened);
  Value raw;
  status = query(opened, to_wide(value), raw);
  if (is_absent(status)) {
    return std::optional<std::string>();
  }
  if (status != ERROR_SUCCESS) {
    return os_error(static_cast<int>(status), "read the registry value", name);
  }
  auto text = value_text(raw);
  if (!text) {
    return refusal(base::ErrorKind::kInvalid,
                   "The registry value " + name + " is neither a number nor a text (type " +
                       std::to_string(raw.type) + ")",
                   "Set it as REG_DWORD or REG_SZ");
  }
  return text;
}

}  // namespace cmgmon::platform
