#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/path.h"
#include "platform/files.h"
#include "platform/open_posix.h"
#include "platform/os_error.h"

namespace cmgmon::platform {
namespace {

base::Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return last_os_error("write", path);
    }
  }
  return {};
}

base::Result<std::uint64_t> size_of(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    return last_os_error("ask about", path);
  }
  return static_cast<std::uint64_t>(status.st_size);
}

// A name in a folder is durable only when the folder is.
base::Result<void> flush_folder(const std::string& path) {
  const std::string parent(base::parent_path(path));
  const UniqueFd folder(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some network file systems cannot flush a folder and say EINVAL.
  if (!folder || (::fsync(folder.get()) != 0 && errno != EINVAL)) {
    return last_os_error("flush the folder of", path);
  }
  return {};
}

bool names_this_file(const std::string& path, int fd) {
  struct stat by_name {};
  struct stat by_fd {};
  return ::lstat(path.c_str(), &by_name) == 0 && ::fstat(fd, &by_fd) == 0 &&
         by_name.st_dev == by_fd.st_dev && by_name.st_ino == by_fd.st_ino;
}

// The new file, empty and locked against a second writer. A crash leaves it behind; the next write
// takes it over.
base::Result<UniqueFd> open_new_file(const std::string& path) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto fd = open_regular(path, O_WRONLY | O_CREAT, Links::kRefuse, "write");
    if (!fd) {
      return fd;
    }
    if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
      return last_os_error("write", path);
    }
    // Between open and lock its owner may have published it: then it is not ours to empty.
    if (!names_this_file(path, fd->get())) {
      continue;
    }
    if (::ftruncate(fd->get(), 0) != 0) {
      return last_os_error("write", path);
    }
    return fd;
  }
  return refusal(base::ErrorKind::kBusy, "Another program keeps replacing " + path,
                 "See that only one cmgmon uses the folder");
}

base::Result<void> write_and_publish(const UniqueFd& fd, const std::string& fresh,
                                     const std::string& path, std::string_view bytes) {
  if (auto written = write_all(fd.get(), bytes, fresh); !written) {
    return written;
  }
  if (::fsync(fd.get()) != 0) {
    return last_os_error("flush", fresh);
  }
  return rename_file(fresh, path);
}

}  // namespace

base::Result<std::string> read_small_file(const std::string& path, std::size_t max_bytes) {
  // Configuration is often a link to where it is kept, unlike logs.
  auto fd = open_regular(path, O_RDONLY, Links::kFollow, "read");
  if (!fd) {
    return std::move(fd).error();
  }
  auto size = size_of(fd->get(), path);
  if (!size) {
    return std::move(size).error();
  }
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(*size, max_bytes)) + 1, '\0');
  std::size_t done = 0;
  for (;;) {
    if (done > max_bytes) {
      return refusal(base::ErrorKind::kInvalid,
                     path + " is larger than the " + std::to_string(max_bytes) + " bytes allowed",
                     "Check that this is the right file");
    }
    if (done == bytes.size()) {  // it grew meanwhile
      bytes.resize(std::min(bytes.size() * 2, max_bytes + 1));
    }
    const ssize_t count = ::read(fd->get(), bytes.data() + done, bytes.size() - done);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count == 0) {
      break;
    } else if (errno != EINTR) {
      return last_os_error("read", path);
    }
  }
  bytes.resize(done);
  return bytes;
}

base::Result<void> replace_file(const std::string& path, std::string_view bytes) {
  const std::string fresh = path + ".new";
  auto fd = open_new_file(fresh);
  if (!fd) {
    return std::move(fd).error();
  }
  if (auto published = write_and_publish(*fd, fresh, path, bytes); !published) {
    ::unlink(fresh.c_str());
    return published;
  }
  return flush_folder(path);
}

struct AppendFile::Handle {
  UniqueFd fd;
  std::string path;
};

AppendFile::AppendFile(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
AppendFile::AppendFile(AppendFile&&) noexcept = default;
AppendFile& AppendFile::operator=(AppendFile&&) noexcept = default;
AppendFile::~AppendFile() = default;

base::Result<AppendFile> AppendFile::open(const std::string& path) {
  auto fd = open_regular(path, O_WRONLY | O_CREAT | O_APPEND, Links::kRefuse, "write");
  if (!fd) {
    return std::move(fd).error();
  }
  if (auto flushed = flush_folder(path); !flushed) {
    return std::move(flushed).error();
  }
  return AppendFile(std::make_unique<Handle>(Handle{*std::move(fd), path}));
}

base::Result<void> AppendFile::append(std::string_view bytes) {
  const auto before = size();
  if (!before) {
    return before.error();
  }
  auto written = write_all(handle_->fd.get(), bytes, handle_->path);
  if (written && ::fdatasync(handle_->fd.get()) != 0) {
    written = last_os_error("flush", handle_->path);
  }
  if (!written) {
    base::ignore(truncate(*before), "half a line is cut at the next start as well");
  }
  return written;
}

base::Result<std::uint64_t> AppendFile::size() const {
  return size_of(handle_->fd.get(), handle_->path);
}

base::Result<void> AppendFile::truncate(std::uint64_t size) {
  if (::ftruncate(handle_->fd.get(), static_cast<off_t>(size)) != 0) {
    return last_os_error("shorten", handle_->path);
  }
  return {};
}

struct InstanceLock::Handle {
  UniqueFd fd;
};

InstanceLock::InstanceLock(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
InstanceLock::InstanceLock(InstanceLock&&) noexcept = default;
InstanceLock& InstanceLock::operator=(InstanceLock&&) noexcept = default;
InstanceLock::~InstanceLock() = default;

base::Result<InstanceLock> InstanceLock::acquire(const std::string& path) {
  auto fd = open_regular(path, O_RDWR | O_CREAT, Links::kRefuse, "lock");
  if (!fd) {
    return std::move(fd).error();
  }
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
    const int code = errno;
    if (code == EWOULDBLOCK) {
      return base::Error{base::ErrorKind::kExists, code,
                         "Another cmgmon is running and holds " + path,
                         "Stop it first, or give this one a data folder of its own"};
    }
    return os_error(code, "lock", path);
  }
  return InstanceLock(std::make_unique<Handle>(Handle{*std::move(fd)}));
}

}  // namespace cmgmon::platform
