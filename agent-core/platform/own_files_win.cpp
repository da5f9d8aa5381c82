#include <windows.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "platform/files.h"
#include "platform/open_win.h"
#include "platform/os_error.h"

namespace cmgmon::platform {
namespace {

constexpr std::size_t kMaxTransfer = std::size_t{1} << 30U;

base::Result<void> write_all_at(HANDLE handle, std::uint64_t offset, std::string_view bytes,
                                const std::string& path) {
  while (!bytes.empty()) {
    OVERLAPPED at{};
    at.Offset = static_cast<DWORD>(offset & 0xFFFFFFFFU);
    at.OffsetHigh = static_cast<DWORD>(offset >> 32U);
    DWORD count = 0;
    if (::WriteFile(handle, bytes.data(), static_cast<DWORD>(std::min(bytes.size(), kMaxTransfer)),
                    &count, &at) == 0) {
      return last_file_error("write", path);
    }
    bytes.remove_prefix(count);
    offset += count;
  }
  return {};
}

base::Result<void> set_size(HANDLE handle, std::uint64_t size, const std::string& path) {
  FILE_END_OF_FILE_INFO end{};
  end.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
  if (::SetFileInformationByHandle(handle, FileEndOfFileInfo, &end, sizeof end) == 0) {
    return last_file_error("shorten", path);
  }
  return {};
}

base::Result<void> write_new_file(const std::string& path, std::string_view bytes) {
  // Shared with nobody: a second writer is told kBusy. A file that a crash left behind is taken
  // over.
  OpenRequest request;
  request.access = GENERIC_WRITE;
  request.share = 0;
  request.disposition = OPEN_ALWAYS;
  const auto handle = open_disk_file(path, request, "write");
  if (!handle) {
    return handle.error();
  }
  if (auto emptied = set_size(handle->get(), 0, path); !emptied) {
    return emptied;
  }
  if (auto written = write_all_at(handle->get(), 0, bytes, path); !written) {
    return written;
  }
  if (::FlushFileBuffers(handle->get()) == 0) {
    return last_file_error("flush", path);
  }
  return {};
}

}  // namespace

base::Result<std::string> read_small_file(const std::string& path, std::size_t max_bytes) {
  OpenRequest request;
  // Configuration may be a link to where it is kept, unlike logs.
  request.links = Links::kFollow;
  const auto handle = open_disk_file(path, request, "read");
  if (!handle) {
    return handle.error();
  }
  const auto size = size_of(handle->get(), path);
  if (!size) {
    return size.error();
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
    DWORD count = 0;
    if (::ReadFile(handle->get(), bytes.data() + done,
                   static_cast<DWORD>(std::min(bytes.size() - done, kMaxTransfer)), &count,
                   nullptr) == 0) {
      return last_file_error("read", path);
    }
    if (count == 0) {
      break;
    }
    done += count;
  }
  bytes.resize(done);
  return bytes;
}

base::Result<void> replace_file(const std::string& path, std::string_view bytes) {
  const std::string fresh = path + ".new";
  auto replaced = write_new_file(fresh, bytes);
  if (!replaced && replaced.error().kind == base::ErrorKind::kBusy) {
    return replaced;  // another writer's file
  }
  if (replaced) {
    replaced = rename_file(fresh, path);
  }
  if (!replaced) {
    base::ignore(remove_file(fresh), "the next write takes it over");
  }
  return replaced;
}

struct AppendFile::Handle {
  UniqueHandle handle;
  std::string path;
};

AppendFile::AppendFile(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
AppendFile::AppendFile(AppendFile&&) noexcept = default;
AppendFile& AppendFile::operator=(AppendFile&&) noexcept = default;
AppendFile::~AppendFile() = default;

base::Result<AppendFile> AppendFile::open(const std::string& path) {
  OpenRequest request;
  request.access = GENERIC_WRITE;
  request.share = FILE_SHARE_READ | FILE_SHARE_DELETE;  // one writer
  request.disposition = OPEN_ALWAYS;
  auto handle = open_disk_file(path, request, "write");
  if (!handle) {
    return std::move(handle).error();
  }
  return AppendFile(std::make_unique<Handle>(Handle{*std::move(handle), path}));
}

base::Result<void> AppendFile::append(std::string_view bytes) {
  const auto before = size();
  if (!before) {
    return before.error();
  }
  auto written = write_all_at(handle_->handle.get(), *before, bytes, handle_->path);
  if (written && ::FlushFileBuffers(handle_->handle.get()) == 0) {
    written = last_file_error("flush", handle_->path);
  }
  if (!written) {
    base::ignore(truncate(*before), "half a line is cut at the next start as well");
  }
  return written;
}

base::Result<std::uint64_t> AppendFile::size() const {
  return size_of(handle_->handle.get(), handle_->path);
}

base::Result<void> AppendFile::truncate(std::uint64_t size) {
  return set_size(handle_->handle.get(), size, handle_->path);
}

struct InstanceLock::Handle {
  UniqueHandle handle;
};

InstanceLock::InstanceLock(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
InstanceLock::InstanceLock(InstanceLock&&) noexcept = default;
InstanceLock& InstanceLock::operator=(InstanceLock&&) noexcept = default;
InstanceLock::~InstanceLock() = default;

base::Result<InstanceLock> InstanceLock::acquire(const std::string& path) {
  OpenRequest request;
  request.access = GENERIC_READ | GENERIC_WRITE;
  // Not for deletion: the lock would stay with a file that nobody finds any more.
  request.share = FILE_SHARE_READ | FILE_SHARE_WRITE;
  request.disposition = OPEN_ALWAYS;
  auto handle = open_disk_file(path, request, "lock");
  if (!handle) {
    return std::move(handle).error();
  }
  OVERLAPPED whole{};
  if (::LockFileEx(handle->get(), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
                   &whole) == 0) {
    const int code = static_cast<int>(::GetLastError());
    if (code == ERROR_LOCK_VIOLATION || code == ERROR_IO_PENDING) {
      return base::Error{base::ErrorKind::kExists, code,
                         "Another cmgmon is running and holds " + path,
                         "Stop it first, or give this one a data folder of its own"};
    }
    return os_error(code, "lock", path);
  }
  return InstanceLock(std::make_unique<Handle>(Handle{*std::move(handle)}));
}

}  // namespace cmgmon::platform
