#include <winsock2.h>
#include <windows.h>

#include <iphlpapi.h>
#include <knownfolders.h>
#include <shlobj.h>
#include <ws2tcpip.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/path.h"
#include "platform/environment.h"
#include "platform/machine.h"
#include "platform/native_path.h"

namespace cmgmon::platform {
namespace {

std::string name_of_kind(COMPUTER_NAME_FORMAT format) {
  std::array<wchar_t, 1024> name{};
  auto length = static_cast<DWORD>(name.size());
  return ::GetComputerNameExW(format, name.data(), &length) != 0 ? from_wide({name.data(), length})
                                                                 : "";
}

std::string address_text(const SOCKADDR* address) {
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  }
  std::array<wchar_t, INET6_ADDRSTRLEN> text{};
  return bytes != nullptr &&
                 ::InetNtopW(address->sa_family, bytes, text.data(), text.size()) != nullptr
             ? from_wide(text.data())
             : "";
}

// Empty when the system does not tell.
std::vector<std::byte> adapter_list() {
  ULONG size = 16 * 1024;
  for (int attempt = 0; attempt < 5; ++attempt) {
    std::vector<std::byte> buffer(size);
    const ULONG status = ::GetAdaptersAddresses(
        AF_UNSPEC, GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER,
        nullptr, reinterpret_cast<IP_ADAPTER_ADDRESSES*>(buffer.data()), &size);
    if (status == ERROR_SUCCESS) {
      return buffer;
    }
    if (status != ERROR_BUFFER_OVERFLOW) {
      break;
    }
  }
  return {};
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
  const std::wstring wide_name = to_wide(name);
  std::wstring value(256, L'\0');
  for (;;) {
    // An empty value and an absent one differ only in the error code.
    ::SetLastError(ERROR_SUCCESS);
    const DWORD length = ::GetEnvironmentVariableW(wide_name.c_str(), value.data(),
                                                   static_cast<DWORD>(value.size()));
    if (length == 0 && ::GetLastError() != ERROR_SUCCESS) {
      return std::nullopt;
    }
    const bool fits = length < value.size();
    value.resize(length);
    if (fits) {
      return from_wide(value);
    }
  }
}

std::string host_name() {
  // Configuration Manager names its site systems in full.
  std::string name = name_of_kind(ComputerNameDnsFullyQualified);
  if (name.empty()) {
    name = name_of_kind(ComputerNameNetBIOS);
  }
  return name.empty() ? "localhost" : name;
}

std::vector<std::string> local_addresses() {
  std::vector<std::string> addresses;
  const std::vector<std::byte> list = adapter_list();
  if (list.empty()) {
    return {"127.0.0.1", "::1"};
  }
  for (const auto* adapter = reinterpret_cast<const IP_ADAPTER_ADDRESSES*>(list.data());
       adapter != nullptr; adapter = adapter->Next) {
    for (const auto* entry = adapter->FirstUnicastAddress; entry != nullptr; entry = entry->Next) {
      std::string text = address_text(entry->Address.lpSockaddr);
      if (!text.empty() && std::find(addresses.begin(), addresses.end(), text) == addresses.end()) {
        addresses.push_back(std::move(text));
      }
    }
  }
  return addresses;
}

std::string executable_path() {
  std::wstring path(MAX_PATH, L'\0');
  for (;;) {
    const DWORD length =
        ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
    if (length < path.size()) {
      path.resize(length);
      return from_wide(path);
    }
    path.resize(path.size() * 2);  // it was cut
  }
}

// Not from the environment: the installer asks the system too, and a service and a console may be started with
// different environments.
std::string default_data_folder() {
  std::string program_data = R"(C:\ProgramData)";
  wchar_t* path = nullptr;
  if (SUCCEEDED(::SHGetKnownFolderPath(FOLDERID_ProgramData, KF_FLAG_DEFAULT, nullptr, &path))) {
    program_data = from_wide(path);
  }
  ::CoTaskMemFree(path);  // also when it failed
  return base::join_path(program_data, "CmgHealthMonitor");
}

}  // namespace cmgmon::platform
