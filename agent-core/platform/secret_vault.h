#pragma once
// Named secrets of this machine, in a folder of our own.
//
// On Windows each is encrypted for this machine (DPAPI), bound to its name, and the folder is for SYSTEM and
// administrators only. On Linux they are files in a folder that only their owner may enter (0700).
//
// Errors:  Result. A name is 1 to 64 letters, digits, '-', '_' (kInvalid), whose case does not
//          count; unknown is kNotFound. No text holds a secret.
// Threads: any; one writer at a time per name.
// Source:  learn.microsoft.com, CryptProtectData.   Tests: tests/unit/platform/secret_vault_test.cpp

#include <string>
#include <vector>

#include "base/result.h"

namespace cmgmon::platform {

inline constexpr std::size_t kMaxSecretBytes = 65536;

base::Result<void> keep_secret(const std::string& folder, const std::string& name,
                               const std::string& value);  // replaces
base::Result<std::string> kept_secret(const std::string& folder, const std::string& name);
base::Result<std::vector<std::string>> kept_secret_names(const std::string& folder);  // sorted
base::Result<void> forget_secret(const std::string& folder, const std::string& name);

}  // namespace cmgmon::platform
