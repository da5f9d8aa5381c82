#include <windows.h>

#include <winioctl.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/path.h"
#include "platform/files.h"
#include "platform/native_path.h"
#include "platform/open_win.h"
#include "platform/os_error.h"

namespace cmgmon::platform {
namespace {

// The headers show the name for a newer API level only; systems without it refuse it.
constexpr auto kFileRenameInfoEx = static_cast<FILE_INFO_BY_HANDLE_CLASS>(22);

constexpr std::uint64_t make_64(DWORD high, DWORD low) {
  return std::uint64_t{high} << 32U | low;
}

// 100 ns since 1601.
base::Time to_time(FILETIME time) {
  constexpr std::int64_t kTo1970Microseconds = 11'644'473'600'000'000;
  const auto ticks = static_cast<std::int64_t>(make_64(time.dwHighDateTime, time.dwLowDateTime));
  return base::Time(base::Duration(ticks / 10 - kTo1970Microseconds));
}

// Windows says "access denied" for a file whose deletion waits for its last handle; the NT status
// tells.
bool deletion_is_pending() {
  constexpr ULONG kStatusDeletePending = 0xC0000056;
  using GetLastStatus = ULONG(NTAPI*)();
  static const auto get_last_status = reinterpret_cast<GetLastStatus>(reinterpret_cast<void*>(
      ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "RtlGetLastNtStatus")));
  return get_last_status != nullptr && get_last_status() == kStatusDeletePending;
}

// Symbolic links, junctions and mount points lead elsewhere; other reparse points (deduplicated or
// archived files) are the file itself, kept in another way.
bool leads_elsewhere(DWORD tag) {
  return (tag & 0x20000000U) != 0;
}

EntryKind kind_of(const WIN32_FIND_DATAW& found) {
  const DWORD attributes = found.dwFileAttributes;
  if ((attributes & FILE_ATTRIBUTE_DEVICE) != 0 ||
      ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 && leads_elsewhere(found.dwReserved0))) {
    return EntryKind::kOther;
  }
  return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? EntryKind::kFolder : EntryKind::kFile;
}

bool is_folder(const std::wstring& native) {
  const DWORD attributes = ::GetFileAttributesW(native.c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

UniqueHandle create_file(const std::wstring& native, const OpenRequest& request, DWORD flags) {
  // A server is never to act as us.
  return UniqueHandle(
      ::CreateFileW(native.c_str(), request.access, request.share, nullptr, request.disposition,
                    flags | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr));
}

base::Result<BY_HANDLE_FILE_INFORMATION> information(HANDLE handle, const std::string& path) {
  BY_HANDLE_FILE_INFORMATION info{};
  if (::GetFileInformationByHandle(handle, &info) == 0) {
    return last_file_error("ask about", path);
  }
  return info;
}

class FindHandle {
 public:
  explicit FindHandle(HANDLE handle) : handle_(handle) {}
  FindHandle(const FindHandle&) = delete;
  FindHandle& operator=(const FindHandle&) = delete;
  ~FindHandle() {
    if (handle_ != INVALID_HANDLE_VALUE) {
      ::FindClose(handle_);
    }
  }
  HANDLE get() const { return handle_; }

 private:
  HANDLE handle_;
};

// Moves, and says the system's code: 0 when done.
DWORD move_over(const std::wstring& from, const std::wstring& to) {
  return ::MoveFileExW(from.c_str(), to.c_str(),
                       MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0
             ? ERROR_SUCCESS
             : ::GetLastError();
}

// Newer Windows (10, Server 2016) can also take the name from a file that somebody has open and shares for deletion, as a
// scanner does with what was just written. MoveFileEx calls that "access denied".
bool move_over_open_file(const std::wstring& from, const std::wstring& to) {
  const UniqueHandle source(::CreateFileW(
      from.c_str(), DELETE | SYNCHRONIZE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
      nullptr, OPEN_EXISTING,
      FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_WRITE_THROUGH,
      nullptr));
  if (!source) {
    return false;
  }
  const std::size_t name_bytes = to.size() * sizeof(wchar_t);
  std::vector<std::byte> buffer(sizeof(FILE_RENAME_INFO) + name_bytes);
  FILE_RENAME_INFO request{};
  request.Flags = FILE_RENAME_FLAG_REPLACE_IF_EXISTS | FILE_RENAME_FLAG_POSIX_SEMANTICS;
  request.FileNameLength = static_cast<DWORD>(name_bytes);
  std::memcpy(buffer.data(), &request, sizeof request);
  std::memcpy(buffer.data() + offsetof(FILE_RENAME_INFO, FileName), to.data(), name_bytes);
  return ::SetFileInformationByHandle(source.get(), kFileRenameInfoEx, buffer.data(),
                                      static_cast<DWORD>(buffer.size())) != 0;
}

// Whether "access denied" for replacing or moving this file means only that somebody had it open.
bool is_only_held(const std::wstring& native) {
  const DWORD attributes = ::GetFileAttributesW(native.c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES || (attributes & FILE_ATTRIBUTE_READONLY) != 0) {
    return false;
  }
  // Either it is held right now, or we get the right that replacing needs and it was held a moment ago.
  const UniqueHandle handle(::CreateFileW(native.c_str(), DELETE, 0, nullptr, OPEN_EXISTING,
                                          FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  return handle || ::GetLastError() == ERROR_SHARING_VIOLATION;
}

}  // namespace

base::Error last_file_error(const char* action, const std::string& path) {
  const DWORD code = ::GetLastError();
  if (code == ERROR_ACCESS_DENIED && deletion_is_pending()) {
    return os_error(ERROR_DELETE_PENDING, action, path);
  }
  return os_error(static_cast<int>(code), action, path);
}

base::Result<UniqueHandle> open_disk_file(const std::string& path, const OpenRequest& request,
                                          const char* action) {
  const auto native = native_path(path);
  if (!native) {
    return native.error();
  }
  // Links are opened as what they are, so that they can be recognised.
  UniqueHandle handle = create_file(
      *native, request,
      request.flags | (request.links == Links::kRefuse ? FILE_FLAG_OPEN_REPARSE_POINT : 0));
  if (!handle) {
    const base::Error error = last_file_error(action, path);
    if (error.kind == base::ErrorKind::kAccessDenied && is_folder(*native)) {
      return refusal(base::ErrorKind::kInvalid, path + " is a folder, not a file",
                     "Name the file itself");
    }
    return error;
  }
  if (::GetFileType(handle.get()) != FILE_TYPE_DISK) {
    return refusal(base::ErrorKind::kInvalid, path + " is a device or pipe, not a file",
                   "Name the file itself");
  }
  const auto info = information(handle.get(), path);
  if (!info) {
    return info.error();
  }
  if (request.links == Links::kFollow ||
      (info->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) {
    return handle;
  }
  FILE_ATTRIBUTE_TAG_INFO tag{};
  if (::GetFileInformationByHandleEx(handle.get(), FileAttributeTagInfo, &tag, sizeof tag) == 0) {
    return last_file_error(action, path);
  }
  if (leads_elsewhere(tag.ReparseTag)) {
    return refusal(base::ErrorKind::kInvalid, path + " is a symbolic link or junction, not a file",
                   "Name the file that it leads to");
  }
  UniqueHandle through = create_file(*native, request, request.flags);
  if (!through) {
    return last_file_error(action, path);
  }
  const auto same = information(through.get(), path);
  if (!same || same->nFileIndexHigh != info->nFileIndexHigh ||
      same->nFileIndexLow != info->nFileIndexLow) {
    return refusal(base::ErrorKind::kBusy, path + " was replaced while it was being opened",
                   "Try again");
  }
  return through;
}

base::Result<std::uint64_t> size_of(HANDLE handle, const std::string& path) {
  LARGE_INTEGER size{};
  if (::GetFileSizeEx(handle, &size) == 0) {
    return last_file_error("ask about", path);
  }
  return static_cast<std::uint64_t>(size.QuadPart);
}

struct LogFile::Handle {
  UniqueHandle handle;
  std::string path;
};

LogFile::LogFile(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
LogFile::LogFile(LogFile&&) noexcept = default;
LogFile& LogFile::operator=(LogFile&&) noexcept = default;
LogFile::~LogFile() = default;

base::Result<LogFile> LogFile::open(const std::string& path) {
  auto handle = open_disk_file(path, {}, "read");
  if (!handle) {
    return std::move(handle).error();
  }
  return LogFile(std::make_unique<Handle>(Handle{*std::move(handle), path}));
}

base::Result<FileInfo> LogFile::info() const {
  const auto info = information(handle_->handle.get(), handle_->path);
  if (!info) {
    return info.error();
  }
  return FileInfo{{info->dwVolumeSerialNumber, make_64(info->nFileIndexHigh, info->nFileIndexLow)},
                  make_64(info->nFileSizeHigh, info->nFileSizeLow),
                  to_time(info->ftLastWriteTime)};
}

base::Result<std::size_t> LogFile::read_at(std::uint64_t offset, std::span<char> into) const {
  constexpr std::size_t kMaxRead = std::size_t{1} << 30U;
  std::size_t done = 0;
  while (done < into.size()) {
    OVERLAPPED at{};
    at.Offset = static_cast<DWORD>((offset + done) & 0xFFFFFFFFU);
    at.OffsetHigh = static_cast<DWORD>((offset + done) >> 32U);
    DWORD count = 0;
    if (::ReadFile(handle_->handle.get(), into.data() + done,
                   static_cast<DWORD>(std::min(into.size() - done, kMaxRead)), &count, &at) == 0) {
      if (::GetLastError() == ERROR_HANDLE_EOF) {
        break;
      }
      return last_file_error("read", handle_->path);
    }
    if (count == 0) {
      break;
    }
    done += count;
  }
  return done;
}

base::Result<std::vector<FolderEntry>> list_folder(const std::string& path) {
  const auto native = native_path(path);
  if (!native) {
    return native.error();
  }
  WIN32_FIND_DATAW found{};
  const FindHandle search(::FindFirstFileExW(
      (*native + (native->ends_with(L'\\') ? L"*" : L"\\*")).c_str(), FindExInfoBasic, &found,
      FindExSearchNameMatch, nullptr, FIND_FIRST_EX_LARGE_FETCH));
  std::vector<FolderEntry> entries;
  if (search.get() == INVALID_HANDLE_VALUE) {
    const base::Error error = last_file_error("list", path);
    // An empty drive has not even "." to find.
    if (error.os_code == ERROR_FILE_NOT_FOUND && is_folder(*native)) {
      return entries;
    }
    return error;
  }
  do {
    std::string name = from_wide(found.cFileName);
    if (name != "." && name != "..") {
      entries.push_back({std::move(name), kind_of(found)});
    }
  } while (::FindNextFileW(search.get(), &found) != 0);
  if (::GetLastError() != ERROR_NO_MORE_FILES) {
    return last_file_error("list", path);
  }
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

bool file_exists(const std::string& path) {
  const auto native = native_path(path);
  const DWORD attributes = native ? ::GetFileAttributesW(native->c_str()) : INVALID_FILE_ATTRIBUTES;
  return attributes != INVALID_FILE_ATTRIBUTES &&
         (attributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE)) == 0;
}

base::Result<void> create_folders(const std::string& path) {
  const auto native = native_path(path);
  if (!native) {
    return native.error();
  }
  if (is_folder(*native)) {
    return {};
  }
  const std::string_view parent = base::parent_path(path);
  // Above a share there is nothing to make.
  if (!parent.empty() && parent.size() < path.size() && native_path(std::string(parent))) {
    if (auto above = create_folders(std::string(parent)); !above) {
      return above;
    }
  }
  if (::CreateDirectoryW(native->c_str(), nullptr) != 0) {
    return {};
  }
  const base::Error error = last_file_error("create the folder", path);
  // Somebody else may have made it at the same time.
  if (is_folder(*native)) {
    return {};
  }
  if (error.kind == base::ErrorKind::kExists) {
    return refusal(base::ErrorKind::kInvalid, path + " is not a folder",
                   "Rename the file or choose another folder");
  }
  return error;
}

base::Result<void> remove_file(const std::string& path) {
  const auto native = native_path(path);
  if (!native) {
    return native.error();
  }
  if (::DeleteFileW(native->c_str()) == 0) {
    return last_file_error("delete", path);
  }
  return {};
}

base::Result<void> rename_file(const std::string& from, const std::string& to) {
  const auto native_from = native_path(from);
  const auto native_to = native_path(to);
  if (!native_from || !native_to) {
    return native_from ? native_to.error() : native_from.error();
  }
  DWORD code = move_over(*native_from, *native_to);
  // Scanners open what has just been written, for moments. A target that is open is reported as
  // "access denied".
  for (DWORD pause_ms = 1; code != ERROR_SUCCESS && pause_ms <= 16; pause_ms *= 2) {
    if (code != ERROR_ACCESS_DENIED &&
        kind_of_os_code(static_cast<int>(code)) != base::ErrorKind::kBusy) {
      break;
    }
    if (code == ERROR_ACCESS_DENIED && move_over_open_file(*native_from, *native_to)) {
      return {};
    }
    ::Sleep(pause_ms);
    code = move_over(*native_from, *native_to);
  }
  if (code == ERROR_SUCCESS) {
    return {};
  }
  if (code == ERROR_ACCESS_DENIED && is_only_held(*native_to)) {
    code = ERROR_SHARING_VIOLATION;
  }
  return os_error(static_cast<int>(code), "rename", from + " to " + to);
}

}  // namespace cmgmon::platform
