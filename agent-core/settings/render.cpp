#include "settings/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "base/path.h"

namespace cmgmon::settings {

namespace {

// A scalar that YAML reads back as the same text.
std::string scalar(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '-';
  });
  if (plain && text.front() != '-' && text.front() != '.') {
    return text;
  }
  const bool controls = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (!controls) {
    std::string quoted = "'";
    for (const char c : text) {
      quoted += c;
      if (c == '\'') {
        quoted += c;
      }
    }
    return quoted + "'";
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\x{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      if (c == '"' || c == '\\') {
        quoted += '\\';
      }
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string describe(const Origin& origin) {
  switch (origin.kind) {
    case Origin::Kind::kBuiltIn:
      return "built-in";
    case Origin::Kind::kMachine:
      return "this machine";
    case Origin::Kind::kFile:
      return fmt::format("{}:{}", base::file_name(origin.file), origin.line);
    case Origin::Kind::kCommandLine:
      return "command line";
  }
  return {};
}

class Page {
 public:
  explicit Page(const Settings& settings) : settings_(settings) {}

  // `key` is the dotted key whose origin is told.
  void line(const std::string& text, const std::string& key) {
    constexpr std::size_t kColumn = 40;
    const auto found = settings_.origins.find(key);
    if (found == settings_.origins.end()) {
      raw(text);
    } else {
      raw(fmt::format("{:<{}}  # {}", text, kColumn, describe(found->second)));
    }
  }
  void raw(const std::string& text) { out_ += text + "\n"; }

  void value(const std::string& indent, const std::string& key, const std::string& dotted,
             const std::string& text) {
    line(indent + key + ": " + text, dotted);
  }
  void value(const std::string& key, const std::string& text) { value("", key, key, text); }

  void list(const std::string& key, const std::vector<std::string>& items) {
    if (items.empty()) {
      line(key + ": []", key);
      return;
    }
    line(key + ":", key);
    for (const auto& item : items) {
      raw("  - " + scalar(item));
    }
  }

  std::string take() { return std::move(out_); }

 private:
  const Settings& settings_;
  std::string out_;
};

}  // namespace

std::string duration_text(std::chrono::milliseconds duration) {
  constexpr std::array<std::pair<const char*, std::int64_t>, 4> kUnits = {
      {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}}};
  for (const auto& [unit, length] : kUnits) {
    if (duration.count() != 0 && duration.count() % length == 0) {
      // 24h reads better than 1d, and 120s than nothing: days only from two on.
      if (*unit == 'd' && duration.count() < 2 * length) {
        continue;
      }
      return fmt::format("{}{}", duration.count() / length, unit);
    }
  }
  return duration.count() == 0 ? "0s" : fmt::format("{}ms", duration.count());
}

std::string render_settings(const Settings& settings) {
  Page page(settings);
  page.raw("# Settings in force, and where each comes from.");
  page.raw(settings.file.empty() ? std::string("# There is no settings file.")
                                 : "# Settings file: " + scalar(settings.file));
  page.value("version", "1");
  page.value("host", scalar(settings.host));
  page.value("data_folder", scalar(settings.data_folder));
  page.value("state_folder", scalar(settings.state_folder));
  page.value("log_folder", scalar(settings.log_folder));
  page.value("alerts_folder", scalar(settings.alerts_folder));

  std::vector<std::string> packs;
  for (const auto& pack : settings.packs) {
    packs.push_back(pack.path);
  }
  page.list("packs", packs);
  page.list("connection_points", settings.connection_points);
  page.value("default_sources", settings.default_sources ? "true" : "false");
  if (settings.sources.empty()) {
    page.line("sources: []", "sources");
  } else {
    page.line("sources:", "sources");
    for (const auto& source : settings.sources) {
      page.raw(fmt::format("  - service: {:<28}  # {}", scalar(source.service),
                           describe(source.origin)));
      page.raw("    path: " + scalar(source.path));
      page.raw(std::string("    required: ") + (source.required ? "true" : "false"));
    }
  }

  if (settings.rules.empty()) {
    page.line("rules: {}", "rules");
  } else {
    page.line("rules:", "rules");
    for (const auto& rule : settings.rules) {
      page.raw(fmt::format("  {:<38}  # {}", scalar(rule.name) + ":", describe(rule.origin)));
      page.raw(std::string("    enabled: ") + (rule.enabled ? "true" : "false"));
      if (rule.level) {
        page.raw("    level: " + *rule.level);
      }
      const auto duration = [&](const char* key,
                                const std::optional<std::chrono::milliseconds>& value) {
        if (value) {
          page.raw(fmt::format("    {}: {}", key, duration_text(*value)));
        }
      };
      duration("for", rule.hold);
      duration("suppress", rule.suppress);
      duration("keep_firing_for", rule.keep_firing_for);
      duration("quiet", rule.quiet);
      if (rule.never_quiet) {
        page.raw("    quiet: never");
      }
    }
  }

  page.raw("polling:");
  page.value("  ", "active", "polling.active", duration_text(settings.poll_active));
  page.value("  ", "idle", "polling.idle", duration_text(settings.poll_idle));
  page.value("  ", "network", "polling.network", duration_text(settings.poll_network));
  page.value("  ", "backstop", "polling.backstop", duration_text(settings.poll_backstop));
  page.value("backlog_horizon", duration_text(settings.backlog_horizon));
  page.raw("incidents:");
  page.value("  ", "clear_hold", "incidents.clear_hold", duration_text(settings.clear_hold));
  page.raw("event_budget:");
  page.value("  ", "events", "event_budget.events", std::to_string(settings.event_budget_events));
  page.value("  ", "window", "event_budget.window", duration_text(settings.event_budget_window));
  page.raw("log:");
  page.value("  ", "level", "log.level", settings.log_level);
  page.value("  ", "max_size_mib", "log.max_size_mib", std::to_string(settings.log_max_size_mib));
  page.value("  ", "files", "log.files", std::to_string(settings.log_files));
  page.raw("history:");
  page.value("  ", "days", "history.days", std::to_string(settings.history_days));
  page.value("  ", "max_size_mib", "history.max_size_mib",
             std::to_string(settings.history_max_size_mib));

  const auto& metrics = settings.metrics;
  if (metrics.address.empty() && metrics.textfile.empty()) {
    page.raw("metrics: {}");
  } else {
    page.raw("metrics:");
    if (!metrics.address.empty()) {
      page.value("  ", "listen", "metrics.listen", scalar(metrics.listen()));
    }
    if (!metrics.textfile.empty()) {
      page.value("  ", "textfile", "metrics.textfile", scalar(metrics.textfile));
    }
  }
  page.raw("heartbeat:");
  page.value("  ", "enabled", "heartbeat.enabled", settings.heartbeat ? "true" : "false");
  page.value("  ", "interval", "heartbeat.interval", duration_text(settings.heartbeat_interval));

  page.raw("sinks:");
  for (const auto& sink : settings.sinks) {
    const std::string key = "sinks." + sink.name;
    page.raw(fmt::format(
        "  {:<38}  # {}", sink.name + ":",
        settings.origins.contains(key) ? describe(settings.origins.at(key)) : "built-in"));
    std::istringstream lines(base::to_yaml(sink.node));
    for (std::string text; std::getline(lines, text);) {
      page.raw("    " + text);
    }
  }
  return page.take();
}

}  // namespace cmgmon::settings
