#pragma once
// One look at a log: opened, held against the place where we left it, read on from there, closed by destruction.
//
// Life:    keep it short: on Windows a file that somebody has open cannot be replaced.
// Errors:  what the system says; a file that is no longer the one we knew is an answer, not an error.
// Tests:   tests/unit/tail/visit_test.cpp

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "tail/checkpoint.h"
#include "tail/file_system.h"

namespace cmgmon::tail {

// Whether two ids name one file; a volume that is not known (0) agrees with every other.
bool same_id(const platform::FileId& a, const platform::FileId& b);

class Visit {
 public:
  static base::Result<Visit> open(FileSystem& files, const std::string& path);

  const platform::FileInfo& info() const { return info_; }
  base::Result<void> refresh();  // asks for info() again

  // The bytes before place.offset are the ones that were read there (as far as its hashes tell). True for offset 0.
  base::Result<bool> holds(const FilePlace& place);
  // The file is shorter than what was read there, and begins with the same bytes.
  base::Result<bool> begins(const FilePlace& place);
  // The place at `offset`, which must lie within the file: nullopt if it does not.
  base::Result<std::optional<FilePlace>> place_at(std::uint64_t offset);

  // Reads at most max_bytes after place.offset and moves the place behind them; empty at the end of the file.
  // nullopt: the bytes before the offset are no longer the same.
  base::Result<std::optional<std::string>> read_on(FilePlace& place, std::size_t max_bytes);

  // The last bytes (kBeforeBytes or fewer) before the place that was last read on, held, or made.
  const std::string& bytes_before() const { return before_; }

 private:
  Visit(std::string path, std::unique_ptr<OpenFile> file, const platform::FileInfo& info);
  base::Result<std::string> read(std::uint64_t offset, std::size_t count) const;
  base::Result<void> need_head(std::uint64_t length);

  std::string path_;
  std::unique_ptr<OpenFile> file_;
  platform::FileInfo info_;
  std::string head_;  // read when first needed
  std::string before_;
};

}  // namespace cmgmon::tail
