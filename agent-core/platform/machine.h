#pragma once
// What this machine is called and where programs keep things on it.
//
// Errors:  none; what the system does not tell has a stand-in ("localhost", the loopback
// addresses). Tests:   tests/unit/platform/machine_test.cpp

#include <string>
#include <vector>

#include "base/result.h"

namespace cmgmon::platform {

std::string host_name();  // in full on Windows, as Configuration Manager names its site systems
// IPv4 and IPv6 addresses of this machine, loopback included, without zone ids.
std::vector<std::string> local_addresses();
std::string executable_path();
// %ProgramData%\CmgHealthMonitor, or on Linux /var/lib/cmgmon as root and $XDG_STATE_HOME/cmgmon
// otherwise.
std::string default_data_folder();
// %NAME% of the environment; unknown names stay as they are.
std::string expand_environment(const std::string& text);

}  // namespace cmgmon::platform
