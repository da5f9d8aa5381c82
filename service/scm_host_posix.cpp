#include "service/scm_host.h"

namespace cmgmon::service {

base::Result<int> run_under_scm(const std::string& service_name, const ServiceBody& /*body*/) {
  return base::Error{base::ErrorKind::kUnsupported, 0,
                     "There is no service control manager here that could run " + service_name,
                     "Use 'cmgmon run' under this system's own service manager"};
}

}  // namespace cmgmon::service
