#include <windows.h>

#include <string>
#include <utility>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include "platform/os_error.h"

namespace cmgmon::platform {
namespace {

constexpr int kDiskQuotaExceeded = 1295;  // mingw-w64 has no name for it

std::string remedy_for(base::ErrorKind kind, int code) {
  if (is_network_trouble(code)) {
    return "Check that the server and its share can be reached from this computer";
  }
  switch (kind) {
    case base::ErrorKind::kNotFound:
      return "Check that the path exists and is spelled correctly";
    case base::ErrorKind::kAccessDenied:
      return "Check the permissions for the account that runs cmgmon: the service runs as "
             "LocalSystem, which "
             "is the computer's account on a share; in a console, run it as administrator";
    case base::ErrorKind::kBusy:
      return "Another program has it open and does not share it (often backup or antivirus): try "
             "again, "
             "or exclude the folder there";
    case base::ErrorKind::kFull:
      return "Free some space on the volume or raise the quota";
    default:
      return {};
  }
}

}  // namespace

bool is_network_trouble(int code) {
  switch (code) {
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_NETNAME_DELETED:
    case ERROR_NETWORK_BUSY:
    case ERROR_DEV_NOT_EXIST:
    case ERROR_UNEXP_NET_ERR:
    case ERROR_SEM_TIMEOUT:
    case ERROR_NETWORK_UNREACHABLE:
    case ERROR_HOST_UNREACHABLE:
    case ERROR_CONNECTION_ABORTED:
      return true;
    default:
      return false;
  }
}

base::ErrorKind kind_of_os_code(int code) {
  switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NET_NAME:
    case ERROR_SERVICE_DOES_NOT_EXIST:
      return base::ErrorKind::kNotFound;
    case ERROR_ACCESS_DENIED:
    case ERROR_WRITE_PROTECT:
    case ERROR_NETWORK_ACCESS_DENIED:
    case ERROR_LOGON_FAILURE:
    case ERROR_ACCOUNT_RESTRICTION:
    case ERROR_PRIVILEGE_NOT_HELD:
      return base::ErrorKind::kAccessDenied;
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_DELETE_PENDING:
    case ERROR_USER_MAPPED_FILE:
    case ERROR_BUSY:
    case ERROR_SERVICE_MARKED_FOR_DELETE:
    case ERROR_SERVICE_DATABASE_LOCKED:
      return base::ErrorKind::kBusy;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
    case kDiskQuotaExceeded:
    case ERROR_LOG_FILE_FULL:
      return base::ErrorKind::kFull;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
    case ERROR_SERVICE_EXISTS:
      return base::ErrorKind::kExists;
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_DIRECTORY:
      return base::ErrorKind::kInvalid;
    case ERROR_INVALID_FUNCTION:
    case ERROR_NOT_SUPPORTED:
    case ERROR_CALL_NOT_IMPLEMENTED:
    case ERROR_INVALID_LEVEL:
      return base::ErrorKind::kUnsupported;
    default:
      return base::ErrorKind::kIo;
  }
}

base::Error os_error(int code, std::string_view action, std::string_view object) {
  const base::ErrorKind kind = kind_of_os_code(code);
  std::string message = "Cannot ";
  message.append(action).append(" ").append(object).append(": ");
  if (code == 0) {
    // Some calls fail without saying why.
    message += "the system gives no reason";
  } else {
    message += boost::system::error_code(code, boost::system::system_category()).message() +
               " (error " + std::to_string(code) + ")";
  }
  return {kind, code, std::move(message), remedy_for(kind, code)};
}

base::Error last_os_error(std::string_view action, std::string_view object) {
  return os_error(static_cast<int>(::GetLastError()), action, object);
}

base::Error refusal(base::ErrorKind kind, std::string message, std::string remedy) {
  return {kind, 0, std::move(message), std::move(remedy)};
}

}  // namespace cmgmon::platform
