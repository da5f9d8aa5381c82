// A library for LD_PRELOAD that fails one call that writes to a disk, to see what the program makes of it (Linux).
//
//   FAILING_DISK_FOLDERS   what counts are files below these folders, separated by ':'
//   FAILING_DISK_CALL      the number of the call that fails, from 1; 0: none
//   FAILING_DISK_ERROR     the errno it fails with
//   FAILING_DISK_HANG      a file (elsewhere): as long as it is there, every call hangs
//   FAILING_DISK_COUNT     a file (elsewhere) that gets the number of calls so far
//
// Calls: open for writing, write, pwrite, fsync, fdatasync, ftruncate, rename, unlink. The lock that keeps a second
// instance out does not count: without it there is no first one.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

std::atomic<long> calls{0};

long number_in(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atol(text);
}

bool counts(const std::string& path) {
  static const std::string kFolders = [] {
    const char* text = std::getenv("FAILING_DISK_FOLDERS");
    return std::string(text == nullptr ? "" : text);
  }();
  if (path.ends_with(".lock")) {
    return false;
  }
  for (std::size_t begin = 0; begin < kFolders.size();) {
    const std::size_t end = std::min(kFolders.find(':', begin), kFolders.size());
    if (end > begin && path.starts_with(kFolders.substr(begin, end - begin) + "/")) {
      return true;
    }
    begin = end + 1;
  }
  return false;
}

// True: this is the call that fails, and errno says why.
bool fails(const char* path) {
  static const long kCall = number_in("FAILING_DISK_CALL");
  static const int kError = static_cast<int>(number_in("FAILING_DISK_ERROR"));
  static const int kCount = [] {
    const char* name = std::getenv("FAILING_DISK_COUNT");
    return name == nullptr ? -1
                           : static_cast<int>(::syscall(SYS_openat, AT_FDCWD, name,
                                                        O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  }();
  if (path == nullptr || !counts(path)) {
    return false;
  }
  static const char* const kHang = std::getenv("FAILING_DISK_HANG");
  while (kHang != nullptr && ::access(kHang, F_OK) == 0) {
    ::usleep(10000);
  }
  const long call = ++calls;
  char text[32];
  const int length = std::snprintf(text, sizeof text, "%-20ld\n", call);
  ::syscall(SYS_pwrite64, kCount, text, static_cast<std::size_t>(length), 0L);
  if (call != kCall) {
    return false;
  }
  errno = kError;
  return true;
}

bool fails(int fd) {
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = ::readlink(link, path, sizeof path - 1);
  if (length < 0) {
    return false;
  }
  path[length] = '\0';
  return fails(path);
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool writes(int flags) {
  return (flags & O_ACCMODE) != O_RDONLY;
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return writes(flags) && fails(path)
             ? -1
             : real<int (*)(const char*, int, ...)>("open")(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return writes(flags) && fails(path)
             ? -1
             : real<int (*)(const char*, int, ...)>("open64")(path, flags, mode);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  return fails(fd) ? -1 : real<ssize_t (*)(int, const void*, size_t)>("write")(fd, bytes, count);
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t place) {
  return fails(fd) ? -1
                   : real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(fd, bytes, count,
                                                                                  place);
}

ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t place) {
  return fails(fd) ? -1
                   : real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(fd, bytes,
                                                                                      count, place);
}

int fsync(int fd) {
  return fails(fd) ? -1 : real<int (*)(int)>("fsync")(fd);
}

int fdatasync(int fd) {
  return fails(fd) ? -1 : real<int (*)(int)>("fdatasync")(fd);
}

int ftruncate(int fd, off_t size) noexcept {
  return fails(fd) ? -1 : real<int (*)(int, off_t)>("ftruncate")(fd, size);
}

int ftruncate64(int fd, off64_t size) noexcept {
  return fails(fd) ? -1 : real<int (*)(int, off64_t)>("ftruncate64")(fd, size);
}

int rename(const char* from, const char* to) noexcept {
  return fails(to) ? -1 : real<int (*)(const char*, const char*)>("rename")(from, to);
}

int unlink(const char* path) noexcept {
  return fails(path) ? -1 : real<int (*)(const char*)>("unlink")(path);
}

}  // extern "C"
