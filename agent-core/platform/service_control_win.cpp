#include <windows.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "platform/native_path.h"
#include "platform/os_error.h"
#include "platform/service_control.h"
#include "platform/unique_handle.h"

namespace cmgmon::platform {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};
constexpr std::chrono::milliseconds kStopBeforeRemoval{30'000};

struct CloseService {
  using pointer = SC_HANDLE;
  void operator()(SC_HANDLE handle) const { ::CloseServiceHandle(handle); }
};
using UniqueService = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, CloseService>;

base::Error service_error(DWORD code, std::string_view action, const std::string& name) {
  base::Error error = os_error(static_cast<int>(code), action, "service " + name);
  switch (code) {
    case ERROR_ACCESS_DENIED:
      error.remedy = "Run it from a console opened with 'Run as administrator'";
      break;
    case ERROR_SERVICE_DOES_NOT_EXIST:
      error.remedy = "Install it first: cmgmon service install";
      break;
    case ERROR_SERVICE_EXISTS:
      error.remedy = "It is installed already; to change it, uninstall it first";
      break;
    case ERROR_SERVICE_MARKED_FOR_DELETE:
      error.remedy =
          "Close the Services console and every other program that shows the service, then try "
          "again";
      break;
    case ERROR_SERVICE_DISABLED:
      error.remedy = "Set its startup type to Automatic";
      break;
    default:
      break;
  }
  return error;
}

base::Error last_service_error(std::string_view action, const std::string& name) {
  return service_error(::GetLastError(), action, name);
}

base::Result<UniqueService> open_manager(DWORD access, std::string_view action,
                                         const std::string& name) {
  UniqueService manager(::OpenSCManagerW(nullptr, nullptr, access));
  if (!manager) {
    return last_service_error(action, name);
  }
  return manager;
}

base::Result<UniqueService> open_service(DWORD access, std::string_view action,
                                         const std::string& name) {
  const auto manager = open_manager(SC_MANAGER_CONNECT, action, name);
  if (!manager) {
    return manager.error();
  }
  UniqueService service(::OpenServiceW(manager->get(), to_wide(name).c_str(), access));
  if (!service) {
    return last_service_error(action, name);
  }
  return service;
}

ServiceState to_state(DWORD state) {
  switch (state) {
    case SERVICE_STOPPED:
      return ServiceState::kStopped;
    case SERVICE_START_PENDING:
      return ServiceState::kStartPending;
    case SERVICE_STOP_PENDING:
      return ServiceState::kStopPending;
    case SERVICE_RUNNING:
      return ServiceState::kRunning;
    default:
      return ServiceState::kOther;
  }
}

base::Result<ServiceStatus> status_of(SC_HANDLE service, const std::string& name) {
  SERVICE_STATUS_PROCESS status{};
  DWORD needed = 0;
  if (::QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&status),
                             sizeof status, &needed) == 0) {
    return last_service_error("query", name);
  }
  return ServiceStatus{to_state(status.dwCurrentState), status.dwProcessId, status.dwWin32ExitCode,
                       status.dwServiceSpecificExitCode};
}

// Asks until the service is in one of the states or the deadline is over, and says the last answer.
base::Result<ServiceStatus> wait_for(SC_HANDLE service, const std::string& name,
                                     std::initializer_list<ServiceState> wanted,
                                     std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    auto status = status_of(service, name);
    if (!status || std::find(wanted.begin(), wanted.end(), status->state) != wanted.end() ||
        std::chrono::steady_clock::now() >= deadline) {
      return status;
    }
    ::Sleep(static_cast<DWORD>(kPollInterval.count()));
  }
}

base::Error stopped_at_once(const ServiceStatus& status, const std::string& name) {
  const unsigned long code = status.exit_code == ERROR_SERVICE_SPECIFIC_ERROR
                                 ? status.specific_exit_code
                                 : status.exit_code;
  return {base::ErrorKind::kIo, static_cast<int>(status.exit_code),
          "Service " + name + " stopped while starting, with exit code " + std::to_string(code),
          "Its events in the Application log and its own log folder say why"};
}

bool set_description(SC_HANDLE service, const std::string& text) {
  std::wstring wide = to_wide(text);
  SERVICE_DESCRIPTIONW description{wide.data()};
  return ::ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &description) != 0;
}

bool set_delayed_start(SC_HANDLE service) {
  SERVICE_DELAYED_AUTO_START_INFO delayed{TRUE};
  return ::ChangeServiceConfig2W(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed) != 0;
}

bool set_failure_actions(SC_HANDLE service) {
  std::array<SC_ACTION, 3> actions = {SC_ACTION{SC_ACTION_RESTART, 60'000},
                                      SC_ACTION{SC_ACTION_RESTART, 60'000},
                                      SC_ACTION{SC_ACTION_RESTART, 300'000}};
  SERVICE_FAILURE_ACTIONSW failure{};
  failure.dwResetPeriod = 24 * 60 * 60;  // seconds
  failure.cActions = static_cast<DWORD>(actions.size());
  failure.lpsaActions = actions.data();
  return ::ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, &failure) != 0;
}

// Without it Windows restarts only after a crash, not after a stop with an error.
bool set_failure_flag(SC_HANDLE service) {
  SERVICE_FAILURE_ACTIONS_FLAG flag{TRUE};
  return ::ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag) != 0;
}

bool set_service_sid(SC_HANDLE service) {
  SERVICE_SID_INFO sid{SERVICE_SID_TYPE_UNRESTRICTED};
  return ::ChangeServiceConfig2W(service, SERVICE_CONFIG_SERVICE_SID_INFO, &sid) != 0;
}

bool is_unknown_here(DWORD code) {
  return code == ERROR_INVALID_LEVEL || code == ERROR_INVALID_PARAMETER ||
         code == ERROR_CALL_NOT_IMPLEMENTED || code == ERROR_NOT_SUPPORTED;
}

}  // namespace

base::Result<void> install_service(const ServiceDefinition& definition) {
  const auto manager =
      open_manager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE, "install", definition.name);
  if (!manager) {
    return manager.error();
  }
  const UniqueService service(::CreateServiceW(
      manager->get(), to_wide(definition.name).c_str(), to_wide(definition.display_name).c_str(),
      SERVICE_CHANGE_CONFIG | DELETE, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
      SERVICE_ERROR_NORMAL, to_wide(definition.command_line).c_str(), nullptr, nullptr, nullptr,
      nullptr, nullptr));
  if (!service) {
    return last_service_error("install", definition.name);
  }
  if (!set_description(service.get(), definition.description)) {
    base::Error error = last_service_error("describe", definition.name);
    ::DeleteService(service.get());
    return error;
  }
  return {};
}

base::Result<void> uninstall_service(const std::string& name) {
  const auto service = open_service(DELETE, "uninstall", name);
  if (!service) {
    return service.error();
  }
  if (auto stopped = stop_service(name, kStopBeforeRemoval); !stopped) {
    return stopped;
  }
  if (::DeleteService(service->get()) == 0) {
    return last_service_error("uninstall", name);
  }
  return {};
}

base::Result<std::vector<std::string>> configure_service(const std::string& name) {
  // Windows wants the right to start from whoever sets a restart.
  const auto service = open_service(SERVICE_CHANGE_CONFIG | SERVICE_START, "configure", name);
  if (!service) {
    return service.error();
  }
  struct Step {
    const char* name;
    bool (*apply)(SC_HANDLE);
  };
  constexpr std::array<Step, 4> kSteps = {{{"delayed start", set_delayed_start},
                                           {"failure actions", set_failure_actions},
                                           {"restart after a failing exit", set_failure_flag},
                                           {"service SID", set_service_sid}}};
  std::vector<std::string> skipped;
  for (const Step& step : kSteps) {
    if (step.apply(service->get())) {
      continue;
    }
    const DWORD code = ::GetLastError();
    if (!is_unknown_here(code)) {
      return service_error(code, std::string("set the ") + step.name + " of", name);
    }
    skipped.push_back(std::string(step.name) + " (error " + std::to_string(code) + ")");
  }
  return skipped;
}

base::Result<void> restart_after_failing_exit(const std::string& name, bool on) {
  const auto service = open_service(SERVICE_CHANGE_CONFIG | SERVICE_START, "configure", name);
  if (!service) {
    return service.error();
  }
  SERVICE_FAILURE_ACTIONS_FLAG flag{on ? TRUE : FALSE};
  if (::ChangeServiceConfig2W(service->get(), SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag) == 0) {
    return last_service_error("configure", name);
  }
  return {};
}

base::Result<void> start_service(const std::string& name, std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  const auto service = open_service(SERVICE_START | SERVICE_QUERY_STATUS, "start", name);
  if (!service) {
    return service.error();
  }
  if (::StartServiceW(service->get(), 0, nullptr) == 0) {
    const DWORD code = ::GetLastError();
    if (code != ERROR_SERVICE_ALREADY_RUNNING) {
      return service_error(code, "start", name);
    }
  }
  const auto status =
      wait_for(service->get(), name, {ServiceState::kRunning, ServiceState::kStopped}, deadline);
  if (!status) {
    return status.error();
  }
  if (status->state == ServiceState::kStopped) {
    return stopped_at_once(*status, name);
  }
  if (status->state != ServiceState::kRunning) {
    return refusal(
        base::ErrorKind::kBusy,
        "Service " + name + " is still starting after " + std::to_string(wait.count()) + " ms",
        "Ask again with: cmgmon service status");
  }
  return {};
}

base::Result<void> stop_service(const std::string& name, std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  const auto service = open_service(SERVICE_STOP | SERVICE_QUERY_STATUS, "stop", name);
  if (!service) {
    return service.error();
  }
  const auto before = status_of(service->get(), name);
  if (!before) {
    return before.error();
  }
  // The service says "stopped" a moment before its process is gone, and with it its hold on files.
  const UniqueHandle process(
      before->process_id == 0 ? nullptr : ::OpenProcess(SYNCHRONIZE, FALSE, before->process_id));
  for (;;) {
    SERVICE_STATUS status{};
    if (::ControlService(service->get(), SERVICE_CONTROL_STOP, &status) != 0) {
      break;
    }
    const DWORD code = ::GetLastError();
    if (code == ERROR_SERVICE_NOT_ACTIVE) {
      break;
    }
    // It takes no stop while it is starting or already stopping.
    if (code != ERROR_SERVICE_CANNOT_ACCEPT_CTRL || std::chrono::steady_clock::now() >= deadline) {
      return service_error(code, "stop", name);
    }
    ::Sleep(static_cast<DWORD>(kPollInterval.count()));
  }
  const auto status = wait_for(service->get(), name, {ServiceState::kStopped}, deadline);
  if (!status) {
    return status.error();
  }
  const auto left = std::max(std::chrono::duration_cast<std::chrono::milliseconds>(
                                 deadline - std::chrono::steady_clock::now()),
                             std::chrono::milliseconds(0));
  const bool process_ended =
      !process ||
      ::WaitForSingleObject(process.get(), static_cast<DWORD>(left.count())) == WAIT_OBJECT_0;
  if (status->state != ServiceState::kStopped || !process_ended) {
    return refusal(
        base::ErrorKind::kBusy,
        "Service " + name + " is still stopping after " + std::to_string(wait.count()) + " ms",
        "Ask again with: cmgmon service status");
  }
  return {};
}

base::Result<ServiceStatus> query_service(const std::string& name) {
  const auto service = open_service(SERVICE_QUERY_STATUS, "query", name);
  if (!service) {
    if (service.error().os_code == ERROR_SERVICE_DOES_NOT_EXIST) {
      return ServiceStatus{};
    }
    return service.error();
  }
  return status_of(service->get(), name);
}

}  // namespace cmgmon::platform
