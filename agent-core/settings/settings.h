#pragma once
// What the administrator wants: cmgmon.yaml, the command line and the machine's defaults, put together and checked.
//
// Order, later wins: built-in values, the settings file, the command line. The settings file is the one named on the
// command line, else cmgmon.yaml in the data folder, else there is none and the built-in values hold.
// A sink's mapping is handed on as it was written: the sink checks it (sinks/sink_options.h).
//
// Units:   durations are milliseconds; sizes say MiB in their name.
// Errors:  every mistake of the file is a Complaint with line and column; a Settings comes back only when there is none.
// Source:  docs/configuration.md.   Tests: tests/unit/settings/settings_test.cpp

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"

namespace cmgmon::settings {

struct Origin {
  enum class Kind { kBuiltIn, kMachine, kFile, kCommandLine } kind = Kind::kBuiltIn;
  std::string file{};  // kFile
  int line = 0;
  int column = 0;
};

struct SourceSetting {
  std::string service;
  std::string path;      // absolute glob, environment variables expanded
  bool required = true;  // its absence is worth an event
  Origin origin{};
};

struct PackFolder {
  std::string path;
  bool required = true;  // packs.d may be absent
};

struct SinkSetting {
  std::string name;
  std::string type;
  std::string file;      // where `node` was written, for complaints
  base::YamlNode node;   // the mapping as written; the built-in ones are mappings too
  bool built_in = true;  // nobody asked for it: if the machine cannot do it, that is no mistake
};

// What is different for one rule of a pack; nullopt: as the pack says. Held against the packs by engine/rule_settings.h.
struct RuleSetting {
  std::string name;
  bool enabled = true;
  std::optional<std::string> level;  // one of the five names
  std::optional<std::chrono::milliseconds> hold;
  std::optional<std::chrono::milliseconds> suppress;
  std::optional<std::chrono::milliseconds> keep_firing_for;
  std::optional<std::chrono::milliseconds> quiet;
  bool never_quiet = false;
  Origin origin{};
};

// Where monitoring on this machine finds out how the agent is. Nothing is opened or written unless it is asked for.
struct MetricsSetting {
  std::string address;  // an IP address; empty: no port is opened
  std::uint16_t port = 0;
  std::string textfile;  // absolute path of the file for windows_exporter; empty: none is written

  // "127.0.0.1:9478", "localhost:9478", "[::1]:9478" or "9478", which means this machine only; false: none of these.
  bool read_listen(std::string_view text);
  std::string listen() const;  // "127.0.0.1:9478", "[::1]:9478"; empty: no port is opened
};

struct Settings {
  std::string file;  // the settings file, empty when there is none
  std::string host;
  std::string data_folder;
  std::string state_folder;
  std::string log_folder;
  std::string alerts_folder;
  std::vector<PackFolder> packs;  // each holds packs, one folder per pack, or is a pack itself
  std::vector<std::string> connection_points;
  bool default_sources = true;  // also the default folders of the packs' log services
  std::vector<SourceSetting> sources;
  std::vector<RuleSetting> rules;  // in the order of the file

  std::chrono::milliseconds poll_active = std::chrono::milliseconds(500);
  std::chrono::milliseconds poll_idle = std::chrono::seconds(2);
  std::chrono::milliseconds poll_network = std::chrono::seconds(1);
  std::chrono::milliseconds poll_backstop = std::chrono::seconds(30);
  std::chrono::milliseconds backlog_horizon = std::chrono::hours(24);
  std::chrono::milliseconds clear_hold = std::chrono::minutes(2);
  int event_budget_events = 60;
  std::chrono::milliseconds event_budget_window = std::chrono::minutes(10);
  std::string log_level = "info";  // debug info warning error
  int log_max_size_mib = 10;
  int log_files = 5;
  int history_days = 90;
  int history_max_size_mib = 64;
  MetricsSetting metrics;
  bool heartbeat = true;
  std::chrono::milliseconds heartbeat_interval = std::chrono::hours(1);
  std::vector<SinkSetting> sinks;  // by name

  // Where each value comes from, by its key as written with dots: "polling.active".
  std::map<std::string, Origin> origins;
};

// What the machine says. Tests fill it in.
struct Machine {
  std::string host;
  std::string data_folder;
  std::string shipped_packs;  // empty: none found
};
Machine this_machine();

// Shipped packs stand beside the program; in a build tree (…/build/<preset>/bin) they are the source tree's own.
// Lexical, but for asking `is_folder`.
std::string shipped_packs_folder(const std::string& executable_path,
                                 bool (*is_folder)(const std::string&));

// Relative paths start at the working folder; "." and ".." in them are gone.
std::string absolute_path(const std::string& path);

// What the command line says. load_settings() makes relative paths in it absolute; parse_settings() takes them as given.
struct Overrides {
  std::optional<std::string> config_file;
  std::optional<std::string> data_folder;
  std::optional<std::string> host;
  std::optional<bool> default_sources;
  std::vector<SourceSetting> sources;  // added to those of the file
  std::vector<std::string> packs;      // instead of those of the file
};

// The text of a settings file. `file` is its path: relative paths in it start at its folder.
std::optional<Settings> parse_settings(std::string_view text, const std::string& file,
                                       const Machine& machine, const Overrides& overrides,
                                       base::Complaints& complaints);

struct Loaded {
  std::optional<Settings> settings;
  std::string file;             // that was read, or should have been; empty: built-in values
  base::Complaints complaints;  // not empty: no settings
  std::optional<base::Error> unreadable;  // the file is there, or was asked for, but cannot be read
};
Loaded load_settings(const Machine& machine, const Overrides& overrides);

// The commented default file, config/cmgmon.yaml, as it was when this program was built.
std::string_view default_settings_text();

}  // namespace cmgmon::settings
