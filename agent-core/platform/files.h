#pragma once
// Files as this program needs them: logs that other programs write, small files of our own that
// must survive a crash.
//
// Logs are opened so that their writer never notices us: shared for reading, writing and deletion,
// and never across a symbolic link, junction or device. Paths are UTF-8; on Windows long paths and
// UNC paths work.
//
// Units:   sizes and offsets are bytes.
// Errors:  Result. Sharing violations, lock violations and delete-pending are ErrorKind::kBusy: try
// again later.
//          Device names, alternate data streams and pipes are kInvalid, like everything that is no
//          regular file.
// Threads: free functions are safe from any thread; objects belong to one thread at a time.
// Tests:   tests/unit/platform/files_test.cpp, files_win_test.cpp, files_posix_test.cpp,
// own_files_test.cpp

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace cmgmon::platform {

// Says whether two names are the same file. `volume` is 0 when the system would not tell (Wine:
// after a rename).
struct FileId {
  std::uint64_t volume = 0;
  std::uint64_t index = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

struct FileInfo {
  FileId id;
  std::uint64_t size = 0;  // asked of the open handle: directory entries lag on NTFS
  base::Time modified{};
};

// A log opened for reading. Not kept open between polls: an open handle delays deletion on older
// Windows.
class LogFile {
 public:
  // Refuses everything but a regular file (kInvalid), without blocking on FIFOs and devices.
  static base::Result<LogFile> open(const std::string& path);

  LogFile(LogFile&&) noexcept;
  LogFile& operator=(LogFile&&) noexcept;
  ~LogFile();

  base::Result<FileInfo> info() const;
  // Bytes read into `into`; fewer than asked only at the end of the file.
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const;

 private:
  struct Handle;
  explicit LogFile(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

enum class EntryKind {
  kFile,
  kFolder,
  kOther
};  // kOther: link, junction, device, FIFO; never followed
struct FolderEntry {
  std::string name;
  EntryKind kind = EntryKind::kOther;
};
// Without "." and "..", sorted by name.
base::Result<std::vector<FolderEntry>> list_folder(const std::string& path);

bool file_exists(const std::string& path);  // as a regular file; links are followed
base::Result<void> create_folders(
    const std::string& path);  // those that are missing; fine when none is
base::Result<void> remove_file(const std::string& path);
base::Result<void> rename_file(const std::string& from, const std::string& to);  // replaces `to`

// Whole file, refused above max_bytes (kInvalid). Links are followed: configuration is often linked
// to where it is kept.
base::Result<std::string> read_small_file(const std::string& path, std::size_t max_bytes);

// Writes beside the target (path + ".new"), flushes to the disk, renames over it: readers and
// crashes see the old or the new file. One writer at a time; a second one is kBusy. After an error
// the old file is as it was.
base::Result<void> replace_file(const std::string& path, std::string_view bytes);

// Append-only file of our own (the alert journal). append() returns after the bytes are on the
// disk; when it fails, none of them stay. Other programs may read, rename or delete the file
// meanwhile.
class AppendFile {
 public:
  static base::Result<AppendFile> open(const std::string& path);
  AppendFile(AppendFile&&) noexcept;
  AppendFile& operator=(AppendFile&&) noexcept;
  ~AppendFile();
  base::Result<void> append(std::string_view bytes);
  base::Result<std::uint64_t> size() const;
  // Cuts a torn last line after a crash.
  base::Result<void> truncate(std::uint64_t size);

 private:
  struct Handle;
  explicit AppendFile(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

// Held for the life of the process; a second holder gets ErrorKind::kExists. Freed by the system
// when we die.
class InstanceLock {
 public:
  static base::Result<InstanceLock> acquire(const std::string& path);
  InstanceLock(InstanceLock&&) noexcept;
  InstanceLock& operator=(InstanceLock&&) noexcept;
  ~InstanceLock();

 private:
  struct Handle;
  explicit InstanceLock(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace cmgmon::platform
