#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/path.h"
#include "platform/environment.h"
#include "platform/machine.h"

namespace cmgmon::platform {
namespace {

struct FreeAddresses {
  void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

std::string address_text(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  }
  return bytes != nullptr &&
                 ::inet_ntop(address->sa_family, bytes, text.data(), text.size()) != nullptr
             ? text.data()
             : "";
}

std::string home_folder() {
  if (auto home = environment_variable("HOME"); home && base::is_absolute_path(*home)) {
    return *home;
  }
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16384> buffer{};
  return ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
                 found != nullptr
             ? found->pw_dir
             : "";
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
  // Nothing in this program changes the environment.
  const char* value = ::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  // A name that fills the buffer comes without its end; the last byte stays NUL.
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::vector<std::string> local_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) {
    return {"127.0.0.1", "::1"};
  }
  const std::unique_ptr<ifaddrs, FreeAddresses> list(first);
  std::vector<std::string> addresses;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    std::string text = entry->ifa_addr == nullptr ? "" : address_text(entry->ifa_addr);
    if (!text.empty() && std::find(addresses.begin(), addresses.end(), text) == addresses.end()) {
      addresses.push_back(std::move(text));
    }
  }
  return addresses;
}

std::string executable_path() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : "";
}

std::string default_data_folder() {
  constexpr const char* kSystemFolder = "/var/lib/cmgmon";
  if (::geteuid() == 0) {
    return kSystemFolder;
  }
  // The XDG specification: a relative path there is to be ignored.
  if (auto state = environment_variable("XDG_STATE_HOME");
      state && base::is_absolute_path(*state)) {
    return base::join_path(*state, "cmgmon");
  }
  const std::string home = home_folder();
  return home.empty() ? kSystemFolder : base::join_path(home, ".local/state/cmgmon");
}

}  // namespace cmgmon::platform
