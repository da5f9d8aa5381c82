#include "base/path.h"

#include <utility>

#include "base/text.h"

namespace cmgmon::base {

namespace {

#if defined(_WIN32)
constexpr bool kWindows = true;
#else
constexpr bool kWindows = false;
#endif

bool is_separator(char c) {
  return c == '/' || (kWindows && c == '\\');
}

std::size_t find_separator(std::string_view path, std::size_t from) {
  while (from < path.size() && !is_separator(path[from])) {
    ++from;
  }
  return from;
}

bool has_drive(std::string_view path) {
  return kWindows && path.size() >= 2 && path[1] == ':' &&
         ((path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z'));
}

// Length of what has no parent: "/", "C:\", "\\server\share", "\\?\C:\". 0 for a relative path.
std::size_t root_length(std::string_view path) {
  if (has_drive(path)) {
    return path.size() > 2 && is_separator(path[2]) ? 3 : 2;
  }
  if (kWindows && path.size() >= 4 && is_separator(path[0]) && is_separator(path[1]) &&
      (path[2] == '?' || path[2] == '.') && is_separator(path[3])) {
    const std::string_view rest = path.substr(4);
    if (rest.size() >= 4 && equals_ignore_case(rest.substr(0, 3), "unc") && is_separator(rest[3])) {
      const std::size_t server = find_separator(path, 8);
      return server == path.size() ? server : find_separator(path, server + 1);
    }
    return 4 + root_length(rest);
  }
  if (kWindows && path.size() >= 2 && is_separator(path[0]) && is_separator(path[1])) {
    const std::size_t server = find_separator(path, 2);
    return server == path.size() ? server : find_separator(path, server + 1);
  }
  return !path.empty() && is_separator(path[0]) ? 1 : 0;
}

bool is_any_separator(char c) {
  return c == '/' || c == '\\';
}

// Where the server's name begins and ends; both 0 when there is none.
std::pair<std::size_t, std::size_t> server_name(std::string_view path) {
  if (path.size() < 3 || !is_any_separator(path[0]) || !is_any_separator(path[1])) {
    return {0, 0};
  }
  std::size_t start = 2;
  if ((path[2] == '?' || path[2] == '.') && (path.size() == 3 || is_any_separator(path[3]))) {
    const bool share = path[2] == '?' && path.size() > 8 &&
                       equals_ignore_case(path.substr(4, 3), "unc") && is_any_separator(path[7]);
    if (!share) {
      return {0, 0};  // a drive or a device
    }
    start = 8;
  }
  std::size_t end = start;
  while (end < path.size() && !is_any_separator(path[end])) {
    ++end;
  }
  return end > start ? std::pair(start, end) : std::pair<std::size_t, std::size_t>(0, 0);
}

// Without trailing separators, but for those of the root.
std::string_view without_tail(std::string_view path) {
  const std::size_t root = root_length(path);
  while (path.size() > root && is_separator(path.back())) {
    path.remove_suffix(1);
  }
  return path;
}

// Start of the last component, never inside the root.
std::size_t name_start(std::string_view path) {
  const std::size_t root = root_length(path);
  std::size_t at = path.size();
  while (at > root && !is_separator(path[at - 1])) {
    --at;
  }
  return at;
}

}  // namespace

char preferred_separator() {
  return kWindows ? '\\' : '/';
}

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.empty() || is_absolute_path(name)) {
    return std::string(name);
  }
  std::string path(folder);
  if (name.empty()) {
    return path;
  }
  if (!is_separator(path.back())) {
    path += preferred_separator();
  }
  return path.append(name);
}

std::string_view file_name(std::string_view path) {
  path = without_tail(path);
  return path.substr(name_start(path));
}

std::string_view parent_path(std::string_view path) {
  path = without_tail(path);
  const std::size_t start = name_start(path);
  if (start == path.size()) {
    return {};  // a root, or nothing
  }
  return without_tail(path.substr(0, start));
}

bool is_absolute_path(std::string_view path) {
  if (!kWindows) {
    return !path.empty() && path[0] == '/';
  }
  if (has_drive(path)) {
    return root_length(path) == 3;  // "C:x" depends on the current folder of C:
  }
  return path.size() >= 2 && is_separator(path[0]) && is_separator(path[1]);
}

bool same_path(std::string_view a, std::string_view b) {
  a = without_tail(a);
  b = without_tail(b);
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = kWindows ? to_lower(a[i]) == to_lower(b[i]) : a[i] == b[i];
    if (!same && !(is_separator(a[i]) && is_separator(b[i]))) {
      return false;
    }
  }
  return true;
}

std::string_view network_root(std::string_view path) {
  return path.substr(0, server_name(path).second);
}

std::string network_host(std::string_view path) {
  const auto [start, end] = server_name(path);
  return to_lower(path.substr(start, end - start));
}

}  // namespace cmgmon::base
