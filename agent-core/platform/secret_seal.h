#pragma once
// The part of secret_vault.h that differs between systems. Private to platform/.

#include <string>

#include "base/result.h"

namespace cmgmon::platform {

// Makes the folder if need be and sees that nobody else may look into it.
base::Result<void> protect_folder(const std::string& folder);
// The bytes that go into the file, and back. `name` is bound to them where that is possible.
base::Result<std::string> seal_secret(const std::string& name, const std::string& value);
base::Result<std::string> unseal_secret(const std::string& name, const std::string& sealed);

}  // namespace cmgmon::platform
