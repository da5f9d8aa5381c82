#include <windows.h>

#include <optional>

#include "base/text.h"
#include "platform/os_error.h"
#include "service/scm_host.h"

namespace cmgmon::service {
namespace {

// The SCM calls plain functions, so what they work on is found here.
struct Host {
  std::wstring name;
  const ServiceBody* body = nullptr;
  SERVICE_STATUS_HANDLE status = nullptr;
  std::optional<ServiceSession> session;
  int exit_code = 1;
  DWORD handler_error = ERROR_SUCCESS;
};
Host* host = nullptr;

constexpr std::chrono::milliseconds kStartHint{10'000};

DWORD native_state(ServicePhase phase) {
  switch (phase) {
    case ServicePhase::kStartPending:
      return SERVICE_START_PENDING;
    case ServicePhase::kRunning:
      return SERVICE_RUNNING;
    case ServicePhase::kStopPending:
      return SERVICE_STOP_PENDING;
    case ServicePhase::kStopped:
      break;
  }
  return SERVICE_STOPPED;
}

void tell_scm(SERVICE_STATUS_HANDLE handle, const ServiceReport& report) {
  SERVICE_STATUS status{};
  status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
  status.dwCurrentState = native_state(report.phase);
  if (report.phase == ServicePhase::kRunning) {
    status.dwControlsAccepted =
        SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE;
  }
  if (report.exit_code != 0) {
    status.dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
    status.dwServiceSpecificExitCode = static_cast<DWORD>(report.exit_code);
  }
  status.dwCheckPoint = report.checkpoint;
  status.dwWaitHint = static_cast<DWORD>(report.wait_hint.count());
  // It fails only for a handle that is not ours; there is nobody left to tell.
  ::SetServiceStatus(handle, &status);
}

DWORD WINAPI on_control(DWORD control, DWORD /*event*/, void* /*data*/, void* context) try {
  auto& session = *static_cast<ServiceSession*>(context);
  switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
      session.request_stop();
      return NO_ERROR;
    case SERVICE_CONTROL_PARAMCHANGE:
      session.request_parameter_change();
      return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
      return NO_ERROR;
    default:
      return ERROR_CALL_NOT_IMPLEMENTED;
  }
} catch (...) {
  return ERROR_EXCEPTION_IN_SERVICE;
}

int run_body(ServiceSession& session) try { return (*host->body)(session); } catch (...) {
  return 1;
}

void WINAPI service_main(DWORD /*count*/, wchar_t** /*arguments*/) try {
  host->session.emplace([](const ServiceReport& report) { tell_scm(host->status, report); });
  host->status = ::RegisterServiceCtrlHandlerExW(host->name.c_str(), on_control, &*host->session);
  if (host->status == nullptr) {
    host->handler_error = ::GetLastError();
    return;
  }
  host->session->start_pending(kStartHint);
  host->exit_code = run_body(*host->session);
  // The process may be ended at any moment after this.
  host->session->stopped(host->exit_code);
} catch (...) {
  // Only memory can be short before the body runs. Without a last report the SCM sees the process
  // end.
  host->exit_code = 1;
}

}  // namespace

base::Result<int> run_under_scm(const std::string& service_name, const ServiceBody& body) {
  static Host the_host;
  const std::u16string name = base::to_utf16(service_name);
  the_host.name.assign(name.begin(), name.end());
  the_host.body = &body;
  host = &the_host;
  const SERVICE_TABLE_ENTRYW table[] = {{the_host.name.data(), service_main}, {nullptr, nullptr}};
  if (::StartServiceCtrlDispatcherW(table) == 0) {
    const DWORD code = ::GetLastError();
    if (code == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
      return base::Error{
          base::ErrorKind::kUnsupported, static_cast<int>(code),
          "This command is for the Windows service control manager, which did not start it",
          "Use 'cmgmon service start' to start the service, or 'cmgmon run' to work in this "
          "console"};
    }
    return platform::os_error(static_cast<int>(code), "run", "service " + service_name);
  }
  if (the_host.handler_error != ERROR_SUCCESS) {
    return platform::os_error(static_cast<int>(the_host.handler_error), "answer for",
                              "service " + service_name);
  }
  return the_host.exit_code;
}

}  // namespace cmgmon::service
