#pragma once
// A sink's part of the settings: each kind of sink says which keys it has and checks them.
//
// Errors:  every mistake is a Complaint with line and column.
// Source:  docs/configuration.md.   Tests: tests/unit/sinks/sink_options_test.cpp

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/yaml.h"
#include "sinks/alertmanager_options.h"
#include "sinks/common_options.h"
#include "sinks/dead_man_options.h"
#include "sinks/smtp_options.h"
#include "sinks/syslog_options.h"
#include "sinks/webhook_options.h"

namespace cmgmon::sinks {

struct EventLogOptions : CommonOptions {};

struct JsonlOptions : CommonOptions {
  std::string path;  // empty: alerts.jsonl in the alerts folder
  std::uint64_t max_size_bytes = 10ULL << 20U;
  int files = 3;  // the live one included
  bool updates = false;
};

struct ConsoleOptions : CommonOptions {};

using SinkOptions = std::variant<EventLogOptions, JsonlOptions, ConsoleOptions, SyslogOptions,
                                 AlertmanagerOptions, WebhookOptions, DeadManOptions, SmtpOptions>;

// nullopt after a complaint.
std::optional<SinkOptions> read_sink_options(const std::string& name, const std::string& type,
                                             const base::YamlNode& node, const std::string& file,
                                             base::Complaints& complaints);

}  // namespace cmgmon::sinks
