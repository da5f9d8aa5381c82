// The smallest service on our SCM host, for scm_host_test.cpp:  scm_probe NAME works|fails|throws
//
// It ends when told to stop, and with exit code 7 when told that parameters have changed.

#include <condition_variable>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>

#include "service/scm_host.h"

namespace {

int serve(cmgmon::service::ServiceSession& session, const std::string& mode) {
  if (mode == "fails") {
    return 2;
  }
  if (mode == "throws") {
    throw std::runtime_error("as asked");
  }
  std::mutex mutex;
  std::condition_variable woken;
  int exit_code = -1;
  const auto wake_with = [&](int code) {
    const std::scoped_lock lock(mutex);
    exit_code = code;
    woken.notify_one();
  };
  session.on_stop([&] { wake_with(0); });
  session.on_parameter_change([&] { wake_with(7); });
  session.running();
  {
    std::unique_lock lock(mutex);
    woken.wait(lock, [&] { return exit_code >= 0; });
  }
  session.on_stop({});
  session.on_parameter_change({});
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  const std::string mode = argc > 2 ? argv[2] : "";
  const auto code =
      cmgmon::service::run_under_scm(name, [&](auto& session) { return serve(session, mode); });
  if (!code) {
    std::cout << describe(code.error()) << '\n';
    return 9;
  }
  return *code;
}
