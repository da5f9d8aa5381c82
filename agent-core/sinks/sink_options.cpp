#include "sinks/sink_options.h"

#include <fmt/format.h>

#include <vector>

#include "base/path.h"
#include "base/text.h"
#include "platform/machine.h"

namespace cmgmon::sinks {

namespace {

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

JsonlOptions read_jsonl(base::Mapping& mapping, const std::string& name) {
  JsonlOptions options;
  read_common(mapping, name, options);
  if (const auto written = mapping.text("path")) {
    std::string path = platform::expand_environment(*written);
    if (base::trim(path).empty()) {
      mapping.complain(*mapping.child("path"), "'path' is empty");
    } else if (!base::is_absolute_path(path)) {
      path = base::join_path(base::parent_path(mapping.file()), path);
    }
    options.path = std::move(path);
  }
  if (const auto size = mapping.integer("max_size_mib", 1, 1024)) {
    options.max_size_bytes = static_cast<std::uint64_t>(*size) << 20U;
  }
  if (const auto files = mapping.integer("files", 1, 100)) {
    options.files = static_cast<int>(*files);
  }
  options.updates = mapping.boolean("updates").value_or(options.updates);
  return options;
}

template <typename Options>
Options read_plain(base::Mapping& mapping, const std::string& name) {
  Options options;
  read_common(mapping, name, options);
  return options;
}

}  // namespace

std::optional<SinkOptions> read_sink_options(const std::string& name, const std::string& type,
                                             const YAML::Node& node, const std::string& file,
                                             base::Complaints& complaints) {
  static const std::vector<std::string> kTypes = {"event-log", "jsonl", "console"};
  const std::size_t before = complaints.size();
  base::Mapping mapping(node, file, complaints, fmt::format("the sink '{}'", name));
  std::optional<SinkOptions> options;
  if (!mapping.valid()) {
    return std::nullopt;
  }
  if (type == "event-log") {
    options = read_plain<EventLogOptions>(mapping, name);
  } else if (type == "jsonl") {
    options = read_jsonl(mapping, name);
  } else if (type == "console") {
    options = read_plain<ConsoleOptions>(mapping, name);
  } else {
    const auto meant = base::nearest(type, kTypes);
    mapping.complain(
        mapping.child("type").value_or(node),
        fmt::format("unknown sink type '{}'; {}", base::printable(base::prefix_of_bytes(type, 60)),
                    meant ? fmt::format("did you mean '{}'?", *meant)
                          : std::string("known are event-log, jsonl and console")));
    return std::nullopt;
  }
  mapping.finish();
  return complaints.size() == before ? options : std::nullopt;
}

}  // namespace cmgmon::sinks
