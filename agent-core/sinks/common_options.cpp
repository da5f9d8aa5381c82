#include "sinks/common_options.h"

#include <fmt/format.h>

#include <vector>

#include "base/path.h"
#include "base/text.h"
#include "platform/machine.h"

namespace cmgmon::sinks {

void read_common(base::Mapping& mapping, const std::string& name, CommonOptions& options) {
  static const std::vector<std::string> kLevels = {"informational", "low", "medium", "high",
                                                   "critical"};
  options.name = name;
  mapping.child("type");
  options.enabled = mapping.boolean("enabled").value_or(options.enabled);
  if (const auto text = mapping.text("level")) {
    if (const auto level = signatures::level_named(*text)) {
      options.level = *level;
    } else {
      const auto meant = base::nearest(*text, kLevels);
      mapping.complain(
          *mapping.child("level"),
          fmt::format("'level' must be informational, low, medium, high or critical{}",
                      meant ? fmt::format("; did you mean '{}'?", *meant) : std::string()));
    }
  }
}

std::optional<std::string> read_path(base::Mapping& mapping, const std::string& key) {
  const auto written = mapping.text(key);
  if (!written) {
    return std::nullopt;
  }
  std::string path = platform::expand_environment(*written);
  if (base::trim(path).empty()) {
    mapping.complain(*mapping.child(key), fmt::format("'{}' is empty", key));
    return std::nullopt;
  }
  return base::is_absolute_path(path) ? path
                                      : base::join_path(base::parent_path(mapping.file()), path);
}

}  // namespace cmgmon::sinks
