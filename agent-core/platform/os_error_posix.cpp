#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "platform/os_error.h"

namespace cmgmon::platform {
namespace {

std::string remedy_for(base::ErrorKind kind, int code) {
  switch (kind) {
    case base::ErrorKind::kNotFound:
      return "Check that the path exists and is spelled correctly";
    case base::ErrorKind::kAccessDenied:
      return code == EROFS
                 ? "The file system is mounted read-only: choose another folder"
                 : "Check the permissions of the file and of the folders above it for the "
                   "account that runs cmgmon";
    case base::ErrorKind::kBusy:
      return "Another program is using it: try again";
    case base::ErrorKind::kFull:
      return "Free some space on the file system or raise the quota";
    default:
      return code == EMFILE || code == ENFILE ? "Raise the limit of open files (ulimit -n)" : "";
  }
}

}  // namespace

bool is_network_trouble(int code) {
  return code == EHOSTDOWN || code == EHOSTUNREACH || code == ENETUNREACH || code == ETIMEDOUT ||
         code == ESTALE;
}

base::ErrorKind kind_of_os_code(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return base::ErrorKind::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return base::ErrorKind::kAccessDenied;
    case EBUSY:
    case EAGAIN:
    case ETXTBSY:
      return base::ErrorKind::kBusy;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return base::ErrorKind::kFull;
    case EEXIST:
    case ENOTEMPTY:
      return base::ErrorKind::kExists;
    case EINVAL:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return base::ErrorKind::kInvalid;
    case ENOSYS:
    case ENOTSUP:
      return base::ErrorKind::kUnsupported;
    default:
      return base::ErrorKind::kIo;
  }
}

base::Error os_error(int code, std::string_view action, std::string_view object) {
  const base::ErrorKind kind = kind_of_os_code(code);
  std::string message = "Cannot ";
  message.append(action).append(" ").append(object).append(": ");
  message += std::system_category().message(code) + " (error " + std::to_string(code) + ")";
  return {kind, code, std::move(message), remedy_for(kind, code)};
}

base::Error last_os_error(std::string_view action, std::string_view object) {
  return os_error(errno, action, object);
}

base::Error refusal(base::ErrorKind kind, std::string message, std::string remedy) {
  return {kind, 0, std::move(message), std::move(remedy)};
}

}  // namespace cmgmon::platform
