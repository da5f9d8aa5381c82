#pragma once
// Reads single registry values. On Linux there is no registry and every answer is kUnsupported.
//
// Tests:   tests/unit/platform/registry_{posix,win}_test.cpp

#include <optional>
#include <string>

#include "base/result.h"

namespace cmgmon::platform {

// The value as text: REG_DWORD and REG_QWORD in decimal, REG_SZ and REG_EXPAND_SZ as they are
// (64-bit view). nullopt when the key or the value does not exist. `key` starts with HKLM\ or
// HKCU\. A value of any other type is kInvalid.
base::Result<std::optional<std::string>> read_registry_value(const std::string& key,
                                                             const std::string& value);

}  // namespace cmgmon::platform
