#pragma once
// What the program tells its caller (docs/operations.md).

namespace cmgmon::service {

enum class ExitCode : int {
  kOk = 0,
  kFailure = 1,  // at run time; no readable input; second instance; lint or test failures
  kUsage = 2,    // wrong command line or invalid configuration
  kPartial = 3,  // some input could not be read
  kFiring = 4,   // scan --fail-on LEVEL and such an incident is firing
  kAccessDenied = 5,
};

}  // namespace cmgmon::service
