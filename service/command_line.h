#pragma once
// The command line: which verbs there are and what they take. What a verb does is in verbs.h.

#include <string>
#include <vector>

#include "service/console.h"
#include "service/exit_code.h"

namespace cmgmon::service {

ExitCode run_command_line(std::vector<std::string> arguments, const Console& console);

}  // namespace cmgmon::service
