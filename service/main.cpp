// cmgmon: one program for the service, the console and every tool around them.

#include <cstdlib>
#include <exception>
#include <iostream>

#include "engine/detachable_worker.h"
#include "engine/patient_store.h"
#include "net/line_connection.h"
#include "service/command_line.h"
#include "service/console.h"
#include "service/exit_code.h"

int main(int argc, char** argv) {
  try {
    const auto console = cmgmon::service::this_console();
    const auto code =
        cmgmon::service::run_command_line(cmgmon::service::arguments(argc, argv), console);
    if (cmgmon::engine::DetachableWorker::left_behind() +
            cmgmon::engine::PatientStore::left_behind() + cmgmon::net::names_being_resolved() >
        0) {
      // A thread hangs in a sink, on a share, on the disk or for a name: what it uses must stay until the process is gone.
      std::cout.flush();
      std::cerr.flush();
      std::_Exit(static_cast<int>(code));
    }
    return static_cast<int>(code);
  } catch (const std::exception& error) {
    std::cerr << "cmgmon: internal error: " << error.what()
              << ". Please report it with the command line and the diary (log folder).\n";
    return static_cast<int>(cmgmon::service::ExitCode::kFailure);
  }
}
