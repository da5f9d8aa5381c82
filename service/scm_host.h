#pragma once
// Runs the program as a Windows service, under the service control manager (SCM).
//
// Call it before anything slow: the SCM waits 30 seconds for a process that it has started to come
// here.
//
// Errors:  kUnsupported with error 1063 when a person and not the SCM started the process, and on
// Linux. Threads: the body runs on a thread of the SCM's, the caller waits meanwhile. Once in a
// process. Tests:   tests/unit/service/scm_host_{posix,win}_test.cpp (with a service of its own)

#include <functional>
#include <string>

#include "base/result.h"
#include "service/service_session.h"

namespace cmgmon::service {

// What the service does, from start to end. Says running() on the session when it works, returns
// the exit code when it has stopped: on a request, or because it cannot go on. A body that throws
// ends with exit code 1.
using ServiceBody = std::function<int(ServiceSession&)>;

// Blocks until the service has stopped; gives the exit code of the body. The SCM is told
// ERROR_SERVICE_SPECIFIC_ERROR and that code when it is not 0. STOP and SHUTDOWN ask the session to
// stop; PARAMCHANGE is passed on.
base::Result<int> run_under_scm(const std::string& service_name, const ServiceBody& body);

}  // namespace cmgmon::service
