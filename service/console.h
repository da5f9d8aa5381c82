#pragma once
// The terminal, if there is one. Results go to `out`, talk goes to `err`.

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace cmgmon::service {

struct Console {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool colour = false;  // out is a terminal and NO_COLOR is not set
  int width = 80;
};

// Puts a Windows console into UTF-8 and understands escape sequences.
Console this_console();

// One line of standard input. On a terminal `prompt` is shown on err and nothing that is typed. nullopt: there is none.
std::optional<std::string> read_hidden_line(const Console& console, const std::string& prompt);

// The arguments after the program name, in UTF-8. On Windows they come from the UTF-16 command line: argv has lost
// every character outside the code page.
std::vector<std::string> arguments(int argc, char** argv);

}  // namespace cmgmon::service
