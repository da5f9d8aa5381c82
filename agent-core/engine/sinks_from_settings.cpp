#include "engine/sinks_from_settings.h"

#include <utility>
#include <variant>

#include "base/path.h"
#include "base/time.h"
#include "platform/event_log.h"
#include "sinks/alertmanager_sink.h"
#include "sinks/console_sink.h"
#include "sinks/dead_man_sink.h"
#include "sinks/event_log_sink.h"
#include "sinks/jsonl_sink.h"
#include "sinks/notices.h"
#include "sinks/secret.h"
#include "sinks/sink_options.h"
#include "sinks/smtp_sink.h"
#include "sinks/syslog_sink.h"
#include "sinks/webhook_sink.h"

namespace cmgmon::engine {

namespace {

constexpr const char* kEventSource = "CmgHealthMonitor";

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
// clang 14 does not deduce aggregates by itself.
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

class Opener {
 public:
  Opener(const settings::Settings& settings, const Terminal& terminal, OpenedSinks& opened)
      : settings_(settings), terminal_(terminal), opened_(opened) {}

  void open(const settings::SinkSetting& setting, const sinks::SinkOptions& options) {
    std::visit(
        Overloaded{
            [&](const sinks::EventLogOptions& event_log) { open_event_log(setting, event_log); },
            [&](const sinks::JsonlOptions& jsonl) { open_jsonl(jsonl); },
            [&](const sinks::ConsoleOptions& console) { open_console(console); },
            [&](const sinks::SmtpOptions& smtp) {
              open_server<sinks::SmtpSink>(smtp, sinks::secrets_folder(settings_.state_folder),
                                           clock());
            },
            [&](const sinks::SyslogOptions& syslog) { open_server<sinks::SyslogSink>(syslog); },
            [&](const sinks::AlertmanagerOptions& alertmanager) {
              open_http<sinks::AlertmanagerSink>(alertmanager, clock());
            },
            [&](const sinks::WebhookOptions& webhook) { open_http<sinks::WebhookSink>(webhook); },
            [&](const sinks::DeadManOptions& dead_man) {
              if (wants_http(dead_man)) {  // the address says whose call it is
                opened_.sinks.push_back(std::make_unique<sinks::DeadManSink>(
                    dead_man, sinks::secrets_folder(settings_.state_folder)));
              }
            }},
        options);
  }

 private:
  void open_event_log(const settings::SinkSetting& setting, const sinks::EventLogOptions& options) {
    if (!options.enabled) {
      return;
    }
    auto log = platform::open_event_log(kEventSource);
    if (log) {
      const sinks::BudgetOptions budget{static_cast<std::size_t>(settings_.event_budget_events),
                                        settings_.event_budget_window};
      opened_.sinks.push_back(
          std::make_unique<sinks::EventLogSink>(std::move(*log), options, budget, settings_.host));
    } else if (!setting.built_in || log.error().kind != base::ErrorKind::kUnsupported) {
      opened_.unavailable.push_back(log.error());
    }
  }

  void open_jsonl(sinks::JsonlOptions options) {
    if (!options.enabled) {
      return;
    }
    if (options.path.empty()) {
      options.path = base::join_path(settings_.alerts_folder, "alerts.jsonl");
    }
    opened_.sinks.push_back(std::make_unique<sinks::JsonlSink>(std::move(options), settings_.host));
  }

  void open_console(const sinks::ConsoleOptions& options) {
    if (options.enabled && terminal_.out != nullptr) {
      opened_.sinks.push_back(std::make_unique<sinks::ConsoleSink>(*terminal_.out, terminal_.style,
                                                                   options, settings_.host));
    }
  }

  // Sinks that need little of this machine but its name.
  template <typename Sink, typename Options, typename... More>
  void open_server(const Options& options, More&&... more) {
    if (options.enabled) {
      opened_.sinks.push_back(
          std::make_unique<Sink>(options, settings_.host, std::forward<More>(more)...));
    }
  }

  // Sinks that are HTTP clients.
  template <typename Sink, typename Options, typename... More>
  void open_http(const Options& options, More&&... more) {
    if (wants_http(options)) {
      opened_.sinks.push_back(std::make_unique<Sink>(
          options, settings_.host, sinks::secrets_folder(settings_.state_folder), more...));
    }
  }

  template <typename Options>
  bool wants_http(const Options& options) {
    if (options.enabled && !options.access.tls.verify) {
      opened_.notices.push_back(sinks::verification_off(options.name));
    }
    return options.enabled;
  }

  static const base::Clock& clock() {
    static const base::SystemClock kSystem;
    return kSystem;
  }

  const settings::Settings& settings_;
  const Terminal& terminal_;
  OpenedSinks& opened_;
};

std::vector<std::pair<const settings::SinkSetting*, sinks::SinkOptions>> read_all(
    const settings::Settings& settings, base::Complaints& complaints) {
  std::vector<std::pair<const settings::SinkSetting*, sinks::SinkOptions>> all;
  for (const auto& setting : settings.sinks) {
    if (auto options = sinks::read_sink_options(setting.name, setting.type, setting.node,
                                                setting.file, complaints)) {
      all.emplace_back(&setting, std::move(*options));
    }
  }
  return all;
}

}  // namespace

base::Complaints check_sinks(const settings::Settings& settings) {
  base::Complaints complaints;
  static_cast<void>(read_all(settings, complaints));
  return complaints;
}

OpenedSinks open_sinks(const settings::Settings& settings, const Terminal& terminal) {
  OpenedSinks opened;
  const auto all = read_all(settings, opened.complaints);
  if (opened.complaints.empty()) {
    Opener opener(settings, terminal, opened);
    for (const auto& [setting, options] : all) {
      opener.open(*setting, options);
    }
  }
  return opened;
}

}  // namespace cmgmon::engine
