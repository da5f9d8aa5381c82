#pragma once
// What tail needs of a file system: open, ask, read, list. A seam, so that tests can put a writer between any two calls.
//
// Errors:  as in platform/files.h.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/files.h"

namespace cmgmon::tail {

class OpenFile {
 public:
  OpenFile() = default;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  virtual ~OpenFile() = default;
  virtual base::Result<platform::FileInfo> info() const = 0;
  virtual base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const = 0;
};

class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;
  virtual base::Result<std::unique_ptr<OpenFile>> open(const std::string& path) = 0;
  virtual base::Result<std::vector<platform::FolderEntry>> list(const std::string& path) = 0;
};

// The real one.
FileSystem& local_files();

}  // namespace cmgmon::tail
