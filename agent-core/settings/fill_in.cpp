#include "settings/fill_in.h"

#include <utility>

#include "base/path.h"

namespace cmgmon::settings {

void fill_in(Settings& settings, const Machine& machine, const Overrides& overrides) {
  const auto mark = [&settings](const std::string& key, Origin::Kind kind) {
    settings.origins[key] = Origin{kind};
  };
  const auto derive = [&](const std::string& key, std::string& value, std::string derived,
                          Origin::Kind kind) {
    if (value.empty()) {
      value = std::move(derived);
      mark(key, kind);
    }
  };
  if (overrides.host) {
    settings.host = *overrides.host;
    mark("host", Origin::Kind::kCommandLine);
  }
  derive("host", settings.host, machine.host, Origin::Kind::kMachine);
  if (overrides.data_folder) {
    settings.data_folder = *overrides.data_folder;
    mark("data_folder", Origin::Kind::kCommandLine);
  }
  derive("data_folder", settings.data_folder, machine.data_folder, Origin::Kind::kMachine);
  const auto below = [&](const char* name) { return base::join_path(settings.data_folder, name); };
  derive("state_folder", settings.state_folder, below("state"), Origin::Kind::kBuiltIn);
  derive("log_folder", settings.log_folder, below("log"), Origin::Kind::kBuiltIn);
  derive("alerts_folder", settings.alerts_folder, below("alerts"), Origin::Kind::kBuiltIn);

  if (!overrides.packs.empty()) {
    settings.packs.clear();
    for (const auto& folder : overrides.packs) {
      settings.packs.push_back({folder, true});
    }
    mark("packs", Origin::Kind::kCommandLine);
  } else if (settings.packs.empty()) {
    if (!machine.shipped_packs.empty()) {
      settings.packs.push_back({machine.shipped_packs, true});
    }
    settings.packs.push_back({below("packs.d"), false});
    mark("packs", Origin::Kind::kMachine);
  }
  if (overrides.default_sources) {
    settings.default_sources = *overrides.default_sources;
    mark("default_sources", Origin::Kind::kCommandLine);
  }
  for (SourceSetting source : overrides.sources) {
    source.origin = Origin{Origin::Kind::kCommandLine};
    settings.sources.push_back(std::move(source));
  }
  if (!overrides.sources.empty() && !settings.origins.contains("sources")) {
    mark("sources", Origin::Kind::kCommandLine);
  }
  for (const char* key : {"version",
                          "connection_points",
                          "default_sources",
                          "sources",
                          "polling.active",
                          "polling.idle",
                          "polling.network",
                          "polling.backstop",
                          "backlog_horizon",
                          "incidents.clear_hold",
                          "event_budget.events",
                          "event_budget.window",
                          "log.level",
                          "log.max_size_mib",
                          "log.files",
                          "history.days",
                          "history.max_size_mib",
                          "heartbeat.enabled",
                          "heartbeat.interval",
                          "sinks"}) {
    settings.origins.try_emplace(key);
  }
}

}  // namespace cmgmon::settings
