#pragma once
// The Windows service control manager: registering, configuring, starting, stopping and asking
// about a service. On Linux every call answers kUnsupported.
//
// Errors:  Result. Without administrator rights all but query_service() is kAccessDenied; a service that is not
//          installed is kNotFound; a wait that is over is kBusy.
// Tests:   tests/unit/platform/service_control_{posix,win}_test.cpp, tests/unit/service/scm_host_{posix,win}_test.cpp

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace cmgmon::platform {

struct ServiceDefinition {
  std::string name;
  std::string display_name;
  std::string description;
  std::string command_line;  // path quoted by the caller
};

enum class ServiceState { kNotInstalled, kStopped, kStartPending, kStopPending, kRunning, kOther };
struct ServiceStatus {
  ServiceState state = ServiceState::kNotInstalled;
  unsigned long process_id = 0;
  unsigned long exit_code = 0;           // Win32 exit code of the last stop
  unsigned long specific_exit_code = 0;  // ours, when exit_code is ERROR_SERVICE_SPECIFIC_ERROR
};

base::Result<void> install_service(const ServiceDefinition& definition);
base::Result<void> uninstall_service(const std::string& name);  // stops it first

// Delayed start, restart after 1, 1 and 5 minutes also on a failing exit without a crash, own
// service SID. Steps that this system does not know (error 124 under Wine) are skipped and named in
// the returned list.
base::Result<std::vector<std::string>> configure_service(const std::string& name);

// Whether a stop with a failing exit code counts as a failure to restart after. Off while a mistake
// in the configuration keeps the service from starting: trying again would not help.
base::Result<void> restart_after_failing_exit(const std::string& name, bool on);

// Both wait for the end of what they began, and succeed when there is nothing to do. A service that
// stops while it starts is an error with its exit code. stop_service() also waits until the process
// is gone.
base::Result<void> start_service(const std::string& name, std::chrono::milliseconds wait);
base::Result<void> stop_service(const std::string& name, std::chrono::milliseconds wait);
// A service that is not installed is an answer (kNotInstalled), not an error.
base::Result<ServiceStatus> query_service(const std::string& name);

}  // namespace cmgmon::platform
