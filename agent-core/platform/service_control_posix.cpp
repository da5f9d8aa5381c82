#include "platform/os_error.h"
#include "platform/service_control.h"

namespace cmgmon::platform {
namespace {

base::Error no_services() {
  return refusal(base::ErrorKind::kUnsupported, "Windows services exist on Windows only",
                 "Run 'cmgmon run' under this system's own service manager");
}

}  // namespace

base::Result<void> install_service(const ServiceDefinition& /*definition*/) {
  return no_services();
}
base::Result<void> uninstall_service(const std::string& /*name*/) {
  return no_services();
}
base::Result<std::vector<std::string>> configure_service(const std::string& /*name*/) {
  return no_services();
}
base::Result<void> restart_after_failing_exit(const std::string& /*name*/, bool /*on*/) {
  return no_services();
}
base::Result<void> start_service(const std::string& /*name*/, std::chrono::milliseconds /*wait*/) {
  return no_services();
}
base::Result<void> stop_service(const std::string& /*name*/, std::chrono::milliseconds /*wait*/) {
  return no_services();
}
base::Result<ServiceStatus> query_service(const std::string& /*name*/) {
  return no_services();
}

}  // namespace cmgmon::platform
