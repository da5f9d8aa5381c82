#include "platform/files.h"
#include "platform/private_folder.h"

namespace cmgmon::platform {

base::Result<void> create_private_folders(const std::string& path) {
  return create_folders(path);
}

base::Result<void> check_owner(const std::string& path) {
  static_cast<void>(path);
  return {};
}

}  // namespace cmgmon::platform
