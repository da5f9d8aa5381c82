#pragma once
// A machine and paths that are the same in every test, whatever the system.

#include <string>

#include "base/path.h"
#include "settings/settings.h"

namespace cmgmon::settings {

// "/a/b" here, "C:\a\b" on Windows.
inline std::string rooted(const std::string& path) {
  if (base::preferred_separator() == '/') {
    return path;
  }
  std::string windows = "C:" + path;
  for (char& c : windows) {
    c = c == '/' ? '\\' : c;
  }
  return windows;
}

inline Machine test_machine() {
  return {"CMGCP01", rooted("/data"), rooted("/shipped/packs")};
}

inline const std::string& test_file() {
  static const std::string path = rooted("/etc/cmg/cmgmon.yaml");
  return path;
}

}  // namespace cmgmon::settings
