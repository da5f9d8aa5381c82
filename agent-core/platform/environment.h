#pragma once
// Reads one environment variable; nullopt when it is not set. Private to platform/.

#include <optional>
#include <string>

namespace cmgmon::platform {

std::optional<std::string> environment_variable(const std::string& name);

}  // namespace cmgmon::platform
