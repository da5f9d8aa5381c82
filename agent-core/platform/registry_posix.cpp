#include "platform/os_error.h"
#include "platform/registry.h"

namespace cmgmon::platform {

base::Result<std::optional<std::string>> read_registry_value(const std::string& key,
                                                             const std::string& value) {
  return refusal(base::ErrorKind::kUnsupported,
                 "This system has no Windows registry to read " + key + "\\" + value + " from");
}

}  // namespace cmgmon::platform
