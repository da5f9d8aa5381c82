#pragma once
// Runs a program and says what it cost: CPU time and peak memory as the system accounts them to it, start and all.
//
// Errors: ends this program when the other cannot be started.

#include <string>
#include <vector>

namespace cmgmon::bench {

struct Run {
  int status = -1;  // exit code; -1: killed
  double cpu_seconds = 0;
  double wall_seconds = 0;
  double peak_mib = 0;  // resident; never less than what this program had when it started the other
  std::string output;   // standard output
};

Run run_program(const std::vector<std::string>& arguments, const std::string& folder);

// Whether a program of that name can be started.
bool is_installed(const std::string& name);

}  // namespace cmgmon::bench
