#include <fmt/format.h>

#include <chrono>

#include "platform/machine.h"
#include "platform/service_control.h"
#include "service/product.h"
#include "service/verbs.h"
#include "service/workspace.h"

namespace cmgmon::service {

namespace {

constexpr std::chrono::seconds kStartPatience{30};
constexpr std::chrono::seconds kStopPatience{15};

ExitCode report(const base::Result<void>& outcome, std::string_view done, const Console& console) {
  if (!outcome) {
    print(outcome.error(), console);
    return exit_code_of(outcome.error());
  }
  console.out << done << '\n';
  return ExitCode::kOk;
}

std::string_view name_of(platform::ServiceState state) {
  switch (state) {
    case platform::ServiceState::kNotInstalled:
      return "not-installed";
    case platform::ServiceState::kStopped:
      return "stopped";
    case platform::ServiceState::kStartPending:
      return "start-pending";
    case platform::ServiceState::kStopPending:
      return "stop-pending";
    case platform::ServiceState::kRunning:
      return "running";
    case platform::ServiceState::kOther:
      break;
  }
  return "other";
}

}  // namespace

ExitCode service_install(const CommonOptions& common, const Console& console) {
  platform::ServiceDefinition definition{kServiceName, kProductName, kServiceDescription, ""};
  definition.command_line = "\"" + platform::executable_path() + "\" service run";
  if (common.overrides.config_file) {
    definition.command_line += " --config \"" + *common.overrides.config_file + "\"";
  }
  if (common.overrides.data_folder) {
    definition.command_line += " --data \"" + *common.overrides.data_folder + "\"";
  }
  if (const auto installed = platform::install_service(definition); !installed) {
    return report(installed, "", console);
  }
  console.out << "Service " << kServiceName << " installed.\n";
  return service_configure(console);
}

ExitCode service_uninstall(const Console& console) {
  return report(platform::uninstall_service(kServiceName),
                "Service removed. Data and settings were kept.", console);
}

ExitCode service_configure(const Console& console) {
  const auto skipped = platform::configure_service(kServiceName);
  if (!skipped) {
    print(skipped.error(), console);
    return exit_code_of(skipped.error());
  }
  console.out
      << "Service configured: delayed start, restart after 1, 1 and 5 minutes, own service SID.\n";
  for (const auto& step : *skipped) {
    console.err << "cmgmon: this system does not know: " << step << '\n';
  }
  return ExitCode::kOk;
}

ExitCode service_start(const Console& console) {
  return report(platform::start_service(kServiceName, kStartPatience), "Service started.", console);
}

ExitCode service_stop(const Console& console) {
  return report(platform::stop_service(kServiceName, kStopPatience), "Service stopped.", console);
}

ExitCode service_status(const CommonOptions& common, const Console& console) {
  const auto status = platform::query_service(kServiceName);
  if (!status) {
    print(status.error(), console);
    return exit_code_of(status.error());
  }
  const auto state = name_of(status->state);
  const unsigned long code =
      status->specific_exit_code != 0 ? status->specific_exit_code : status->exit_code;
  if (common.json) {
    console.out
        << fmt::format(
               R"({{"schema":"cmgmon/service/1","service":"{}","state":"{}","process_id":{},"exit_code":{}}})",
               kServiceName, state, status->process_id, code)
        << '\n';
  } else if (status->state == platform::ServiceState::kRunning) {
    console.out << fmt::format("{} is running (process {}).\n", kServiceName, status->process_id);
  } else {
    console.out << fmt::format("{} is {} (last exit code {}).\n", kServiceName, state, code);
  }
  return status->state == platform::ServiceState::kRunning ? ExitCode::kOk : ExitCode::kFailure;
}

}  // namespace cmgmon::service
