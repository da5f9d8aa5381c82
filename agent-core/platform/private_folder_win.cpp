#include <windows.h>

#include <sddl.h>

#include <string_view>
#include <vector>

#include "base/path.h"
#include "platform/files.h"
#include "platform/native_path.h"
#include "platform/os_error.h"
#include "platform/private_descriptor_win.h"
#include "platform/private_folder.h"

namespace cmgmon::platform {

namespace {

constexpr const wchar_t* kOnlyAdministrators = L"O:BAG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
constexpr const wchar_t* kTrustedInstaller =
    L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

bool is_administrator() {
  std::vector<BYTE> sid(SECURITY_MAX_SID_SIZE);
  DWORD size = static_cast<DWORD>(sid.size());
  BOOL member = FALSE;
  return ::CreateWellKnownSid(WinBuiltinAdministratorsSid, nullptr, sid.data(), &size) != 0 &&
         ::CheckTokenMembership(nullptr, sid.data(), &member) != 0 && member != 0;
}

bool is_ours(PSID owner) {
  HANDLE token = nullptr;
  if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token) == 0) {
    return false;
  }
  DWORD size = 0;
  ::GetTokenInformation(token, TokenUser, nullptr, 0, &size);
  std::vector<BYTE> bytes(size);
  const bool known =
      size > 0 && ::GetTokenInformation(token, TokenUser, bytes.data(), size, &size) != 0;
  ::CloseHandle(token);
  return known && ::EqualSid(owner, reinterpret_cast<TOKEN_USER*>(bytes.data())->User.Sid) != 0;
}

bool is_trusted(PSID owner) {
  if (::IsWellKnownSid(owner, WinLocalSystemSid) != 0 ||
      ::IsWellKnownSid(owner, WinBuiltinAdministratorsSid) != 0 || is_ours(owner)) {
    return true;
  }
  PSID installer = nullptr;
  if (::ConvertStringSidToSidW(kTrustedInstaller, &installer) == 0) {
    return false;
  }
  const Local<void> memory(installer);
  return ::EqualSid(owner, installer) != 0;
}

}  // namespace

base::Result<Local<void>> only_administrators(const std::string& path) {
  PSECURITY_DESCRIPTOR made = nullptr;
  if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(kOnlyAdministrators, SDDL_REVISION_1,
                                                             &made, nullptr) == 0) {
    return last_os_error("protect the folder", path);
  }
  return Local<void>(made);
}

base::Result<void> create_private_folders(const std::string& path) {
  const auto native = native_path(path);
  if (!native) {
    return native.error();
  }
  if (!is_administrator() || ::GetFileAttributesW(native->c_str()) != INVALID_FILE_ATTRIBUTES) {
    return create_folders(path);
  }
  const std::string_view parent = base::parent_path(path);
  if (!parent.empty() && parent.size() < path.size()) {
    if (auto above = create_private_folders(std::string(parent)); !above) {
      return above;
    }
  }
  const auto descriptor = only_administrators(path);
  if (!descriptor) {
    return descriptor.error();
  }
  SECURITY_ATTRIBUTES security{sizeof security, descriptor->get(), FALSE};
  if (::CreateDirectoryW(native->c_str(), &security) == 0 &&
      ::GetLastError() != ERROR_ALREADY_EXISTS) {
    return last_os_error("create the folder", path);
  }
  return {};
}

base::Result<void> check_owner(const std::string& path) {
  const auto native = native_path(path);
  if (!native) {
    return native.error();
  }
  const DWORD attributes = ::GetFileAttributesW(native->c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) {
    return {};
  }
  if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
    return base::Error{base::ErrorKind::kAccessDenied, 0, path + " is a link or junction",
                       "Whoever made it decides what the service reads; put a real file or folder "
                       "there"};
  }
  DWORD size = 0;
  ::GetFileSecurityW(native->c_str(), OWNER_SECURITY_INFORMATION, nullptr, 0, &size);
  std::vector<BYTE> descriptor(size);
  PSID owner = nullptr;
  BOOL by_default = FALSE;
  if (size == 0 ||
      ::GetFileSecurityW(native->c_str(), OWNER_SECURITY_INFORMATION, descriptor.data(), size,
                         &size) == 0 ||
      ::GetSecurityDescriptorOwner(descriptor.data(), &owner, &by_default) == 0 ||
      owner == nullptr) {
    return last_os_error("find out the owner of", path);
  }
  if (!is_trusted(owner)) {
    return base::Error{
        base::ErrorKind::kAccessDenied, 0,
        path + " belongs neither to the system nor to the administrators",
        "Look at what it holds; if it is as it should be, give it to them: icacls \"" + path +
            "\" /setowner Administrators"};
  }
  return {};
}

}  // namespace cmgmon::platform
