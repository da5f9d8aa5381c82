#include <windows.h>

#include <dpapi.h>

#include "base/path.h"
#include "platform/files.h"
#include "platform/native_path.h"
#include "platform/os_error.h"
#include "platform/private_descriptor_win.h"
#include "platform/private_folder.h"
#include "platform/secret_seal.h"

namespace cmgmon::platform {

namespace {

DATA_BLOB blob_of(std::string& bytes) {
  return {static_cast<DWORD>(bytes.size()), reinterpret_cast<BYTE*>(bytes.data())};
}

// Another program on this machine that decrypts for it must at least know this, and a secret cannot be renamed.
std::string entropy_of(const std::string& name) {
  return "CmgHealthMonitor secret " + name;
}

std::string take(DATA_BLOB& blob) {
  const Local<BYTE> memory(blob.pbData);
  std::string bytes(reinterpret_cast<const char*>(blob.pbData), blob.cbData);
  ::SecureZeroMemory(blob.pbData, blob.cbData);
  return bytes;
}

}  // namespace

base::Result<void> protect_folder(const std::string& folder) {
  // Made beforehand by somebody else, it would stay theirs.
  if (auto checked = check_owner(folder); !checked) {
    return checked;
  }
  if (auto made = create_private_folders(folder); !made) {
    return made;
  }
  const auto native = native_path(folder);
  if (!native) {
    return native.error();
  }
  const auto descriptor = only_administrators(folder);
  if (!descriptor) {
    return descriptor.error();
  }
  if (::SetFileSecurityW(native->c_str(), DACL_SECURITY_INFORMATION, descriptor->get()) == 0) {
    return last_os_error("protect the folder", folder);
  }
  return {};
}

base::Result<std::string> seal_secret(const std::string& name, const std::string& value) {
  std::string plain = value;
  std::string entropy = entropy_of(name);
  DATA_BLOB in = blob_of(plain);
  DATA_BLOB extra = blob_of(entropy);
  DATA_BLOB out{};
  const BOOL sealed =
      ::CryptProtectData(&in, L"CMG Health Monitor", &extra, nullptr, nullptr,
                         CRYPTPROTECT_LOCAL_MACHINE | CRYPTPROTECT_UI_FORBIDDEN, &out);
  const base::Error error = sealed == 0 ? last_os_error("encrypt", "the secret") : base::Error{};
  ::SecureZeroMemory(plain.data(), plain.size());
  if (sealed == 0) {
    return error;
  }
  return take(out);
}

base::Result<std::string> unseal_secret(const std::string& name, const std::string& sealed) {
  std::string bytes = sealed;
  std::string entropy = entropy_of(name);
  DATA_BLOB in = blob_of(bytes);
  DATA_BLOB extra = blob_of(entropy);
  DATA_BLOB out{};
  if (::CryptUnprotectData(&in, nullptr, &extra, nullptr, nullptr, CRYPTPROTECT_UI_FORBIDDEN,
                           &out) == 0) {
    base::Error error = last_os_error("decrypt", "the secret '" + name + "'");
    error.remedy =
        "It was kept on another machine or is damaged: keep it anew with 'cmgmon secret set " +
        name + "'";
    return error;
  }
  return take(out);
}

}  // namespace cmgmon::platform
