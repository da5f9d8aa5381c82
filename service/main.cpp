// cmgmon: one program for the service, the console and every tool around them.

#include <exception>
#include <iostream>

#include "service/command_line.h"
#include "service/console.h"
#include "service/exit_code.h"

int main(int argc, char** argv) {
  try {
    const auto console = cmgmon::service::this_console();
    const auto code =
        cmgmon::service::run_command_line(cmgmon::service::arguments(argc, argv), console);
    return static_cast<int>(code);
  } catch (const std::exception& error) {
    std::cerr << "cmgmon: internal error: " << error.what()
              << ". Please report it with the command line and the diary (log folder).\n";
    return static_cast<int>(cmgmon::service::ExitCode::kFailure);
  }
}
