// A library for LD_PRELOAD that puts servers with shares before a program, and lets them hang (Linux).
//
//   DEAD_SERVERS   a folder: //name/... is its folder name/..., and as long as it holds a file name.hangs, every open there
//                  hangs

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

// Comes back when the server answers.
std::string reach(const char* path) {
  static const char* const kServers = std::getenv("DEAD_SERVERS");
  if (kServers == nullptr || std::strncmp(path, "//", 2) != 0) {
    return path;
  }
  const std::string rest = path + 2;
  const std::string folder = std::string(kServers) + "/";
  const std::string hangs = folder + rest.substr(0, rest.find('/')) + ".hangs";
  while (::access(hangs.c_str(), F_OK) == 0) {
    ::usleep(10000);
  }
  return folder + rest;
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int open_as(const char* name, const char* path, int flags, va_list arguments) {
  const mode_t mode = (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
  return real<int (*)(const char*, int, ...)>(name)(reach(path).c_str(), flags, mode);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const int fd = open_as("open", path, flags, arguments);
  va_end(arguments);
  return fd;
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const int fd = open_as("open64", path, flags, arguments);
  va_end(arguments);
  return fd;
}

DIR* opendir(const char* path) {
  return real<DIR* (*)(const char*)>("opendir")(reach(path).c_str());
}

}  // extern "C"
