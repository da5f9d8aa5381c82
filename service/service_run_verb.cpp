#include <fmt/format.h>

#include <chrono>
#include <sstream>
#include <utility>

#include "base/path.h"
#include "base/text.h"
#include "platform/event_log.h"
#include "platform/files.h"
#include "platform/private_folder.h"
#include "platform/service_control.h"
#include "service/agent_host.h"
#include "service/product.h"
#include "service/scm_host.h"
#include "service/verbs.h"
#include "service/workspace.h"
#include "sinks/event_log_sink.h"
#include "sinks/notices.h"
#include "sinks/secret.h"

namespace cmgmon::service {

namespace {

constexpr std::chrono::seconds kStartHint{30};

// What a service has instead of a terminal: everything is collected and told as one event.
class Unseen {
 public:
  Unseen() : console_{text_, text_} {}
  const Console& console() const { return console_; }
  std::string text() const { return std::string(base::trim(text_.str())); }

 private:
  std::ostringstream text_;
  Console console_;
};

std::string last_good_path(const settings::Machine& machine, const CommonOptions& common) {
  const std::string data = common.overrides.data_folder.value_or(machine.data_folder);
  return base::join_path(base::join_path(data, "state"), "cmgmon.last-good.yaml");
}

void keep_last_good(const std::string& file, const std::string& copy) {
  if (file.empty()) {
    return;
  }
  if (const auto text = platform::read_small_file(file, base::kMaxYamlBytes)) {
    base::ignore(platform::replace_file(copy, *text),
                 "without the copy the next mistake stops the service");
  }
}

// The settings in force; an invalid file gives way to the copy of the last valid one, with a notice.
std::optional<settings::Settings> settings_or_last_good(const CommonOptions& common,
                                                        std::vector<sinks::Notice>& at_start,
                                                        const Console& console) {
  const auto machine = settings::this_machine();
  const std::string last_good = last_good_path(machine, common);
  auto loaded = settings::load_settings(machine, common.overrides);
  if (loaded.settings) {
    keep_last_good(loaded.file, last_good);
    return std::move(loaded.settings);
  }
  const std::string mistake = loaded.unreadable ? loaded.unreadable->message
                              : loaded.complaints.empty()
                                  ? "unknown mistake"
                                  : base::describe(loaded.complaints.front());
  // Read as if it stood where it was written: relative paths in it start there.
  if (const auto text = platform::read_small_file(last_good, base::kMaxYamlBytes)) {
    base::Complaints complaints;
    auto earlier =
        settings::parse_settings(*text, loaded.file, machine, common.overrides, complaints);
    if (earlier) {
      at_start.push_back(sinks::configuration_rejected(loaded.file, mistake));
      return std::move(*earlier);
    }
  }
  print(loaded.complaints, console);
  if (loaded.unreadable) {
    print(*loaded.unreadable, console);
  }
  return std::nullopt;
}

void tell_failure(const std::string& reason) {
  auto log = platform::open_event_log(kServiceName);
  if (!log) {
    return;
  }
  const auto notice = sinks::service_failed(reason,
                                            "Run 'cmgmon config validate' and 'cmgmon rules lint' "
                                            "on the server, correct what they name, and start the "
                                            "service again; it does not restart by itself.");
  base::ignore((*log)->report(sinks::event_of(notice, base::SystemClock().now(), "")),
               "there is nobody else to tell");
}

// What tells a service of the system what to do must not be somebody else's.
bool is_ours(const settings::Settings& settings, const Console& console) {
  for (const auto& path : {settings.data_folder, settings.file, settings.state_folder,
                           sinks::secrets_folder(settings.state_folder)}) {
    if (path.empty()) {
      continue;
    }
    if (const auto checked = platform::check_owner(path); !checked) {
      print(checked.error(), console);
      return false;
    }
  }
  return true;
}

ExitCode serve(const CommonOptions& common, ServiceSession& session) {
  session.start_pending(kStartHint);
  Unseen unseen;
  ExitCode failure = ExitCode::kUsage;
  std::vector<sinks::Notice> at_start;
  std::unique_ptr<AgentHost> host;
  auto settings = settings_or_last_good(common, at_start, unseen.console());
  if (settings && is_ours(*settings, unseen.console())) {
    host = AgentHost::make(std::move(*settings), common.overrides, false, {}, std::move(at_start),
                           unseen.console(), failure);
  }
  // A mistake in the configuration does not go away by trying again: no restart loop.
  base::ignore(platform::restart_after_failing_exit(kServiceName, host != nullptr),
               "older systems have no such flag");
  if (!host) {
    tell_failure(unseen.text());
    return failure;
  }
  host->on_reload = [&common](const settings::Settings& in_force) {
    keep_last_good(in_force.file, last_good_path(settings::this_machine(), common));
  };
  session.on_stop([&host] { host->stop("the service was told to stop"); });
  session.on_parameter_change([&host] { host->look_for_changes(); });
  host->run([&session] { session.running(); });
  session.on_parameter_change({});
  session.on_stop({});
  return ExitCode::kOk;
}

}  // namespace

ExitCode service_run(const CommonOptions& common, const Console& console) {
  const auto code = run_under_scm(kServiceName, [&](ServiceSession& session) {
    return static_cast<int>(serve(common, session));
  });
  if (!code) {
    print(code.error(), console);
    console.err << "  'cmgmon service start' starts the service; 'cmgmon run' follows the logs in "
                   "this terminal.\n";
    return ExitCode::kFailure;
  }
  return static_cast<ExitCode>(*code);
}

}  // namespace cmgmon::service
