#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/path.h"
#include "base/text.h"
#include "base/words.h"
#include "platform/machine.h"
#include "settings/fill_in.h"
#include "settings/render.h"
#include "settings/setting_values.h"
#include "settings/settings.h"

namespace cmgmon::settings {

namespace {

using std::chrono::milliseconds;

constexpr int kVersion = 1;

constexpr std::string_view kBuiltInSinks = R"(
event-log: {type: event-log}
journal: {type: jsonl}
console: {type: console}
)";

// Copies the mapping `from` over `to`: keys that the file does not mention keep their built-in value.
void merge_built_in(base::YamlNode& to, const base::YamlNode& built_in) {
  for (const auto entry : built_in.entries()) {
    if (to.find(entry.key.text) == nullptr) {
      to.add(entry.key.text, entry.value);
    }
  }
}

class Parser {
 public:
  Parser(const std::string& file, const Machine& machine, const Overrides& overrides,
         base::Complaints& complaints)
      : file_(file), machine_(machine), overrides_(overrides), complaints_(complaints) {}

  Settings parse(const base::YamlNode& document) {
    settings_.file = file_;
    base::Mapping top(document, file_, complaints_, "the settings file");
    if (top.valid()) {
      check_version(top);
      if (const auto value = text_of(top, "host", "host")) {
        settings_.host = *value;
      }
      read_folders(top);
      read_packs(top);
      read_connection_points(top);
      read_sources(top);
      read_rules(top);
      read_polling(top);
      read_duration(top, "backlog_horizon", "backlog_horizon", milliseconds(0),
                    std::chrono::days(365), settings_.backlog_horizon);
      read_incidents(top);
      read_event_budget(top);
      read_log(top);
      read_history(top);
      read_metrics(top);
      read_heartbeat(top);
      read_sinks(top);
      top.finish();
    }
    fill_in(settings_, machine_, overrides_);
    return std::move(settings_);
  }

 private:
  Origin origin_of(const base::YamlNode& node) const {
    return {Origin::Kind::kFile, file_, node.line, node.column};
  }

  void mark(const std::string& key, const base::YamlNode& node) {
    settings_.origins[key] = origin_of(node);
  }

  // A section that holds nothing but comments is null in YAML, and means the same as none.
  std::optional<base::Mapping> section(base::Mapping& parent, const std::string& key,
                                       const std::string& what) {
    const auto* node = parent.child(key);
    if (!node || node->is_null()) {
      return std::nullopt;
    }
    base::Mapping mapping(*node, file_, complaints_, what);
    return mapping.valid() ? std::optional<base::Mapping>(std::move(mapping)) : std::nullopt;
  }

  std::optional<std::string> text_of(base::Mapping& mapping, const std::string& key,
                                     const std::string& dotted) {
    auto value = mapping.text(key);
    if (!value) {
      return std::nullopt;
    }
    if (base::trim(*value).empty()) {
      mapping.complain(*mapping.child(key), fmt::format("'{}' is empty", dotted));
      return std::nullopt;
    }
    mark(dotted, *mapping.child(key));
    return value;
  }

  void read_duration(base::Mapping& mapping, const std::string& key, const std::string& dotted,
                     milliseconds min, milliseconds max, milliseconds& into) {
    const auto value = mapping.duration(key);
    if (!value) {
      return;
    }
    const base::YamlNode& node = *mapping.child(key);
    if (*value < min || *value > max) {
      mapping.complain(node, fmt::format("'{}' must be from {} to {}", dotted, duration_text(min),
                                         duration_text(max)));
      return;
    }
    into = *value;
    mark(dotted, node);
  }

  void read_integer(base::Mapping& mapping, const std::string& key, const std::string& dotted,
                    int min, int max, int& into) {
    if (const auto value = mapping.integer(key, min, max)) {
      into = static_cast<int>(*value);
      mark(dotted, *mapping.child(key));
    }
  }

  void check_version(base::Mapping& top) {
    const auto version = top.integer("version", 1, 1'000'000);
    if (version && *version > kVersion) {
      top.complain(
          *top.child("version"),
          fmt::format(
              "this file is of version {}, made for a newer program; this one knows version {}",
              *version, kVersion));
    }
    if (version) {
      mark("version", *top.child("version"));
    }
  }

  // An absolute path with its environment variables replaced; nullopt after a complaint.
  std::optional<std::string> path_from(base::Mapping& mapping, const base::YamlNode& node,
                                       const std::string& written) {
    std::string path = platform::expand_environment(written);
    const std::size_t open = path.find('%');
    const std::size_t close = open == std::string::npos ? open : path.find('%', open + 1);
    if (close != std::string::npos) {
      mapping.complain(node, fmt::format("the environment variable {} is not set",
                                         base::printable(path.substr(open, close - open + 1))));
      return std::nullopt;
    }
    if (!base::is_absolute_path(path)) {
      path = base::join_path(base::parent_path(file_), path);
    }
    return path;
  }

  void read_folder(base::Mapping& top, const std::string& key, std::string& into) {
    if (const auto written = text_of(top, key, key)) {
      if (auto path = path_from(top, *top.child(key), *written)) {
        into = std::move(*path);
      }
    }
  }

  void read_folders(base::Mapping& top) {
    read_folder(top, "data_folder", settings_.data_folder);
    read_folder(top, "state_folder", settings_.state_folder);
    read_folder(top, "log_folder", settings_.log_folder);
    read_folder(top, "alerts_folder", settings_.alerts_folder);
  }

  void read_packs(base::Mapping& top) {
    if (!top.has("packs")) {
      top.child("packs");
      return;
    }
    const base::YamlNode& node = *top.child("packs");
    const auto written = top.texts("packs");
    if (written.empty() && node.is_sequence() && node.size() == 0) {
      top.complain(
          node,
          "'packs' is empty: nothing would be looked for; remove the key to use the shipped packs");
    }
    for (const auto& folder : written) {
      if (auto path = path_from(top, node, folder)) {
        settings_.packs.push_back({std::move(*path), true});
      }
    }
    mark("packs", node);
  }

  void read_connection_points(base::Mapping& top) {
    for (auto& point : top.texts("connection_points")) {
      const std::string trimmed(base::trim(point));
      if (trimmed.empty()) {
        top.complain(*top.child("connection_points"), "a connection point is empty");
      } else {
        settings_.connection_points.push_back(trimmed);
      }
    }
    if (top.has("connection_points")) {
      mark("connection_points", *top.child("connection_points"));
    }
  }

  void read_sources(base::Mapping& top) {
    if (const auto value = top.boolean("default_sources")) {
      settings_.default_sources = *value;
      mark("default_sources", *top.child("default_sources"));
    }
    const auto* node = top.child("sources");
    if (!node || node->is_null()) {
      return;
    }
    if (!node->is_sequence()) {
      top.complain(*node, "'sources' must be a list; begin each entry with '- service: ...'");
      return;
    }
    mark("sources", *node);
    for (const auto& item : node->items()) {
      read_source(item);
    }
  }

  void read_source(const base::YamlNode& item) {
    base::Mapping mapping(item, file_, complaints_, "a source");
    if (!mapping.valid()) {
      return;
    }
    SourceSetting source;
    source.service = mapping.required_text("service");
    const std::string written = mapping.required_text("path");
    source.required = mapping.boolean("required").value_or(true);
    source.origin = origin_of(item);
    mapping.finish();
    if (source.service.empty() || written.empty()) {
      return;
    }
    const base::YamlNode& path_node = *mapping.child("path");
    if (const std::string trouble = trouble_with_glob(written); !trouble.empty()) {
      mapping.complain(path_node, "the path " + trouble);
      return;
    }
    if (auto path = path_from(mapping, path_node, written)) {
      source.path = std::move(*path);
      settings_.sources.push_back(std::move(source));
    }
  }

  void read_rules(base::Mapping& top) {
    const auto* node = top.child("rules");
    if (!node || node->is_null()) {
      return;
    }
    if (!node->is_map()) {
      top.complain(*node,
                   "'rules' must be a mapping: the name of a rule, then what is different for it");
      return;
    }
    mark("rules", *node);
    for (const auto entry : node->entries()) {
      read_rule(entry.key, entry.value);
    }
  }

  void read_rule(const base::YamlNode& key, const base::YamlNode& node) {
    static const std::vector<std::string> kLevels = {"informational", "low", "medium", "high",
                                                     "critical"};
    constexpr milliseconds kLongest = std::chrono::hours(24 * 365);
    RuleSetting rule;
    rule.name = key.text;
    rule.origin = origin_of(key);
    base::Mapping mapping(
        node, file_, complaints_,
        fmt::format("the rule '{}'", base::printable(base::prefix_of_bytes(rule.name, 64))));
    if (!mapping.valid()) {
      return;
    }
    rule.enabled = mapping.boolean("enabled").value_or(true);
    rule.level = mapping.text("level");
    if (rule.level && std::find(kLevels.begin(), kLevels.end(), *rule.level) == kLevels.end()) {
      mapping.complain(*mapping.child("level"),
                       fmt::format("'level' must be one of {}", fmt::join(kLevels, ", ")));
    }
    const auto read = [&](const std::string& name, std::optional<milliseconds>& into) {
      milliseconds value{-1};
      read_duration(mapping, name, fmt::format("rules.{}.{}", rule.name, name), milliseconds(0),
                    kLongest, value);
      if (value.count() >= 0) {
        into = value;
      }
    };
    read("for", rule.hold);
    read("suppress", rule.suppress);
    read("keep_firing_for", rule.keep_firing_for);
    const auto* quiet = mapping.child("quiet");
    rule.never_quiet = quiet && quiet->is_scalar() && quiet->text == "never";
    if (!rule.never_quiet) {
      read("quiet", rule.quiet);
    }
    mapping.finish();
    settings_.rules.push_back(std::move(rule));
  }

  void read_polling(base::Mapping& top) {
    auto polling = section(top, "polling", "polling");
    if (!polling) {
      return;
    }
    const auto read = [&](const std::string& key, milliseconds min, milliseconds max,
                          milliseconds& into) {
      read_duration(*polling, key, "polling." + key, min, max, into);
    };
    read("active", milliseconds(50), std::chrono::minutes(1), settings_.poll_active);
    read("idle", milliseconds(50), std::chrono::minutes(10), settings_.poll_idle);
    read("network", milliseconds(100), std::chrono::minutes(10), settings_.poll_network);
    read("backstop", std::chrono::seconds(1), std::chrono::hours(1), settings_.poll_backstop);
    polling->finish();
  }

  void read_incidents(base::Mapping& top) {
    auto incidents = section(top, "incidents", "incidents");
    if (!incidents) {
      return;
    }
    read_duration(*incidents, "clear_hold", "incidents.clear_hold", milliseconds(0),
                  std::chrono::hours(1), settings_.clear_hold);
    incidents->finish();
  }

  void read_event_budget(base::Mapping& top) {
    auto budget = section(top, "event_budget", "event_budget");
    if (!budget) {
      return;
    }
    read_integer(*budget, "events", "event_budget.events", 1, 10000, settings_.event_budget_events);
    read_duration(*budget, "window", "event_budget.window", std::chrono::minutes(1),
                  std::chrono::hours(24), settings_.event_budget_window);
    budget->finish();
  }

  void read_log(base::Mapping& top) {
    static const std::vector<std::string> kLevels = {"debug", "info", "warning", "error"};
    auto log = section(top, "log", "log");
    if (!log) {
      return;
    }
    if (const auto level = text_of(*log, "level", "log.level")) {
      if (std::find(kLevels.begin(), kLevels.end(), *level) == kLevels.end()) {
        log->complain(
            *log->child("level"),
            base::with_hint("'log.level' must be debug, info, warning or error", *level, kLevels));
      } else {
        settings_.log_level = *level;
      }
    }
    read_integer(*log, "max_size_mib", "log.max_size_mib", 1, 1024, settings_.log_max_size_mib);
    read_integer(*log, "files", "log.files", 1, 100, settings_.log_files);
    log->finish();
  }

  void read_history(base::Mapping& top) {
    auto history = section(top, "history", "history");
    if (!history) {
      return;
    }
    read_integer(*history, "days", "history.days", 1, 3650, settings_.history_days);
    read_integer(*history, "max_size_mib", "history.max_size_mib", 1, 4096,
                 settings_.history_max_size_mib);
    history->finish();
  }

  void read_metrics(base::Mapping& top) {
    auto metrics = section(top, "metrics", "metrics");
    if (!metrics) {
      return;
    }
    if (const auto listen = text_of(*metrics, "listen", "metrics.listen")) {
      if (!settings_.metrics.read_listen(*listen)) {
        metrics->complain(*metrics->child("listen"),
                          "'metrics.listen' must be an IP address and a port, such as "
                          "127.0.0.1:9478 or [::1]:9478");
      }
    }
    if (const auto path = text_of(*metrics, "textfile", "metrics.textfile")) {
      const base::YamlNode& node = *metrics->child("textfile");
      if (!base::to_lower(*path).ends_with(".prom")) {
        metrics->complain(node, "'metrics.textfile' must end with .prom, or nobody reads it");
      } else {
        settings_.metrics.textfile = path_from(*metrics, node, *path).value_or("");
      }
    }
    metrics->finish();
  }

  void read_heartbeat(base::Mapping& top) {
    auto heartbeat = section(top, "heartbeat", "heartbeat");
    if (!heartbeat) {
      return;
    }
    if (const auto enabled = heartbeat->boolean("enabled")) {
      settings_.heartbeat = *enabled;
      mark("heartbeat.enabled", *heartbeat->child("enabled"));
    }
    read_duration(*heartbeat, "interval", "heartbeat.interval", std::chrono::minutes(1),
                  std::chrono::hours(24), settings_.heartbeat_interval);
    heartbeat->finish();
  }

  void read_sinks(base::Mapping& top) {
    std::map<std::string, SinkSetting> sinks;
    base::Complaints none;
    const auto built_in = base::load_yaml(kBuiltInSinks, "built-in", none);
    for (const auto entry : built_in.front().entries()) {
      const std::string name = entry.key.text;
      sinks[name] = {name, entry.value.find("type")->text, "built-in", entry.value, true};
    }
    const auto* node = top.child("sinks");
    if (node && !node->is_null()) {
      if (node->is_map()) {
        mark("sinks", *node);
        for (const auto entry : node->entries()) {
          read_sink(entry.key, entry.value, sinks);
        }
      } else {
        top.complain(*node, "'sinks' must be a mapping: a name, then its keys indented below");
      }
    }
    for (auto& [name, sink] : sinks) {
      settings_.sinks.push_back(std::move(sink));
    }
  }

  void read_sink(const base::YamlNode& key, const base::YamlNode& value,
                 std::map<std::string, SinkSetting>& sinks) {
    const std::string& name = key.text;
    const bool good_name =
        !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
    if (!good_name) {
      complaints_.push_back(base::complaint_at(
          key, file_,
          fmt::format("the sink name '{}' must be small letters, digits, '-' and '_', 64 at most",
                      base::printable(base::prefix_of_bytes(name, 60)))));
      return;
    }
    const auto known = sinks.find(name);
    if (value.is_null() && known != sinks.end()) {
      return;  // only comments below the name
    }
    if (!value.is_map()) {
      complaints_.push_back(
          base::complaint_at(value, file_, fmt::format("the sink '{}' must be a mapping", name)));
      return;
    }
    base::YamlNode merged = value;
    if (known != sinks.end()) {
      merge_built_in(merged, known->second.node);
    }
    const auto* type = std::as_const(merged).find("type");
    if (type == nullptr || !type->is_scalar() || type->text.empty()) {
      complaints_.push_back(base::complaint_at(
          key, file_,
          fmt::format("the sink '{}' has no type; write 'type: jsonl', for example", name)));
      return;
    }
    sinks[name] = {name, type->text, file_, merged, false};
    mark("sinks." + name, key);
  }

  const std::string& file_;
  const Machine& machine_;
  const Overrides& overrides_;
  base::Complaints& complaints_;
  Settings settings_;
};

}  // namespace

std::optional<Settings> parse_settings(std::string_view text, const std::string& file,
                                       const Machine& machine, const Overrides& overrides,
                                       base::Complaints& complaints) {
  const std::size_t before = complaints.size();
  const auto documents = base::load_yaml(text, file, complaints);
  if (complaints.size() != before) {
    return std::nullopt;
  }
  if (documents.size() > 1) {
    complaints.push_back(base::complaint_at(
        documents[1], file, "a settings file holds one document; remove the '---'"));
    return std::nullopt;
  }
  // A text of nothing but comments is a mapping without keys.
  const base::YamlNode document =
      documents.front().is_null() ? base::YamlNode::map() : documents.front();
  Settings settings = Parser(file, machine, overrides, complaints).parse(document);
  if (complaints.size() != before) {
    return std::nullopt;
  }
  return settings;
}

}  // namespace cmgmon::settings
