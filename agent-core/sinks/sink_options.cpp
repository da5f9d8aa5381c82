#include "sinks/sink_options.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace cmgmon::sinks {

namespace {

JsonlOptions read_jsonl(base::Mapping& mapping, const std::string& name) {
  JsonlOptions options;
  read_common(mapping, name, options);
  options.path = read_path(mapping, "path").value_or("");
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
                                             const base::YamlNode& node, const std::string& file,
                                             base::Complaints& complaints) {
  static const std::vector<std::string> kTypes = {"event-log",    "jsonl",   "console",  "syslog",
                                                  "alertmanager", "webhook", "dead-man", "smtp"};
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
  } else if (type == "smtp") {
    options = read_smtp_options(mapping, name);
  } else if (type == "syslog") {
    options = read_syslog_options(mapping, name);
  } else if (type == "alertmanager") {
    options = read_alertmanager(mapping, name);
  } else if (type == "webhook") {
    options = read_webhook(mapping, name);
  } else if (type == "dead-man") {
    options = read_dead_man(mapping, name);
  } else {
    const auto meant = base::nearest(type, kTypes);
    const auto* written = mapping.child("type");
    mapping.complain(
        written != nullptr ? *written : node,
        fmt::format("unknown sink type '{}'; {}", base::printable(base::prefix_of_bytes(type, 60)),
                    meant ? fmt::format("did you mean '{}'?", *meant)
                          : fmt::format("known are {}", fmt::join(kTypes, ", "))));
    return std::nullopt;
  }
  mapping.finish();
  return complaints.size() == before ? options : std::nullopt;
}

}  // namespace cmgmon::sinks
