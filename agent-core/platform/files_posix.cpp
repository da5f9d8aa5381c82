#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <utility>

#include "base/path.h"
#include "platform/files.h"
#include "platform/open_posix.h"
#include "platform/os_error.h"

namespace cmgmon::platform {
namespace {

constexpr mode_t kNewFile = 0640;
constexpr mode_t kNewFolder = 0750;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

const char* what_it_is(mode_t mode) {
  if (S_ISDIR(mode)) {
    return "a folder";
  }
  if (S_ISLNK(mode)) {
    return "a symbolic link";
  }
  return S_ISFIFO(mode) || S_ISSOCK(mode) ? "a pipe or socket" : "a device";
}

base::Error not_a_regular_file(const std::string& path, mode_t mode) {
  return refusal(base::ErrorKind::kInvalid, path + " is " + what_it_is(mode) + ", not a file",
                 "Name the file itself");
}

EntryKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) {
    return EntryKind::kFile;
  }
  return S_ISDIR(mode) ? EntryKind::kFolder : EntryKind::kOther;
}

EntryKind kind_of(const dirent& entry, int folder) {
  switch (entry.d_type) {
    case DT_REG:
      return EntryKind::kFile;
    case DT_DIR:
      return EntryKind::kFolder;
    case DT_UNKNOWN:
      break;
    default:
      return EntryKind::kOther;
  }
  // Some file systems do not keep the type in the folder.
  struct stat status {};
  return ::fstatat(folder, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0
             ? kind_of(status.st_mode)
             : EntryKind::kOther;
}

base::Error holds_nul() {
  return refusal(base::ErrorKind::kInvalid, "The path contains a NUL character",
                 "Correct the path");
}

bool unusable(const std::string& path) {
  return path.find('\0') != std::string::npos;
}

}  // namespace

base::Result<UniqueFd> open_regular(const std::string& path, int flags, Links links,
                                    const char* action) {
  if (unusable(path)) {
    return holds_nul();
  }
  int all_flags = flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  if (links == Links::kRefuse) {
    all_flags |= O_NOFOLLOW;
  }
  UniqueFd fd(::open(path.c_str(), all_flags, kNewFile));
  struct stat status {};
  if (!fd) {
    const int code = errno;
    // The codes for these (ELOOP, EISDIR, ENXIO) say it less plainly.
    if ((code == ELOOP || code == EISDIR || code == ENXIO) && ::lstat(path.c_str(), &status) == 0 &&
        !S_ISREG(status.st_mode)) {
      return not_a_regular_file(path, status.st_mode);
    }
    return os_error(code, action, path);
  }
  if (::fstat(fd.get(), &status) != 0) {
    return last_os_error(action, path);
  }
  if (!S_ISREG(status.st_mode)) {
    return not_a_regular_file(path, status.st_mode);
  }
  return fd;
}

struct LogFile::Handle {
  UniqueFd fd;
  std::string path;
};

LogFile::LogFile(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
LogFile::LogFile(LogFile&&) noexcept = default;
LogFile& LogFile::operator=(LogFile&&) noexcept = default;
LogFile::~LogFile() = default;

base::Result<LogFile> LogFile::open(const std::string& path) {
  auto fd = open_regular(path, O_RDONLY, Links::kRefuse, "read");
  if (!fd) {
    return std::move(fd).error();
  }
  return LogFile(std::make_unique<Handle>(Handle{*std::move(fd), path}));
}

base::Result<FileInfo> LogFile::info() const {
  struct stat status {};
  if (::fstat(handle_->fd.get(), &status) != 0) {
    return last_os_error("ask about", handle_->path);
  }
  const auto modified =
      std::chrono::seconds(status.st_mtim.tv_sec) +
      std::chrono::floor<base::Duration>(std::chrono::nanoseconds(status.st_mtim.tv_nsec));
  return FileInfo{
      {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)},
      static_cast<std::uint64_t>(status.st_size),
      base::Time(modified)};
}

base::Result<std::size_t> LogFile::read_at(std::uint64_t offset, std::span<char> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count = ::pread(handle_->fd.get(), into.data() + done, into.size() - done,
                                  static_cast<off_t>(offset + done));
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count == 0) {
      break;
    } else if (errno != EINTR) {
      return last_os_error("read", handle_->path);
    }
  }
  return done;
}

base::Result<std::vector<FolderEntry>> list_folder(const std::string& path) {
  if (unusable(path)) {
    return holds_nul();
  }
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  if (!folder) {
    return last_os_error("list", path);
  }
  std::vector<FolderEntry> entries;
  for (;;) {
    errno = 0;
    // POSIX.1-2024: safe on a stream of one's own.
    const dirent* entry = ::readdir(folder.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) {
      if (errno != 0) {
        return last_os_error("list", path);
      }
      break;
    }
    std::string name = entry->d_name;
    if (name != "." && name != "..") {
      entries.push_back({std::move(name), kind_of(*entry, ::dirfd(folder.get()))});
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

bool file_exists(const std::string& path) {
  struct stat status {};
  return !unusable(path) && ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

base::Result<void> create_folders(const std::string& path) {
  if (unusable(path)) {
    return holds_nul();
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      return {};
    }
    return refusal(base::ErrorKind::kInvalid, path + " is not a folder",
                   "Rename the file or choose another folder");
  }
  const std::string_view parent = base::parent_path(path);
  if (!parent.empty() && parent.size() < path.size()) {
    if (auto above = create_folders(std::string(parent)); !above) {
      return above;
    }
  }
  // Somebody else may make it at the same time.
  if (::mkdir(path.c_str(), kNewFolder) != 0 && errno != EEXIST) {
    return last_os_error("create the folder", path);
  }
  return {};
}

base::Result<void> remove_file(const std::string& path) {
  if (unusable(path)) {
    return holds_nul();
  }
  if (::unlink(path.c_str()) != 0) {
    return last_os_error("delete", path);
  }
  return {};
}

base::Result<void> rename_file(const std::string& from, const std::string& to) {
  if (unusable(from) || unusable(to)) {
    return holds_nul();
  }
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return last_os_error("rename", from + " to " + to);
  }
  return {};
}

}  // namespace cmgmon::platform
