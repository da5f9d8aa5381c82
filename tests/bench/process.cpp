#include "process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace cmgmon::bench {

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Run run_program(const std::vector<std::string>& arguments, const std::string& folder) {
  const std::string output = folder + "/output.txt";
  std::vector<char*> argv;
  for (const auto& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  std::fflush(nullptr);

  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) {
    fail("fork");
  }
  if (child == 0) {
    const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int nothing = open("/dev/null", O_RDWR);
    if (file < 0 || nothing < 0) {
      _exit(127);
    }
    dup2(nothing, STDIN_FILENO);
    dup2(file, STDOUT_FILENO);
    if (getenv("CMGMON_BENCH_SHOW_ERRORS") == nullptr) {
      dup2(nothing, STDERR_FILENO);
    }
    // One byte is one character to everybody, and nobody asks a language for its letters.
    setenv("LC_ALL", "C", 1);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child) {
    fail("wait4");
  }
  Run run;
  run.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  run.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  run.peak_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  std::ostringstream text;
  text << std::ifstream(output, std::ios::binary).rdbuf();
  run.output = text.str();
  return run;
}

bool is_installed(const std::string& name) {
  std::istringstream folders(getenv("PATH") == nullptr ? "" : getenv("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + '/' + name).c_str(), X_OK) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace cmgmon::bench
