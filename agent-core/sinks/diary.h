#pragma once
// The program's own log: what it did and what went wrong with it. Never alerts.
//
// Text of others is made printable; each entry is one line: time (UTC), level, text. Files rotate by size:
// cmgmon.log, cmgmon.1.log, ...
//
// Errors:  only open() fails. An entry that cannot be written is counted.
// Threads: any.
// Tests:   tests/unit/sinks/diary_test.cpp

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cmgmon::sinks {

enum class DiaryLevel { kDebug, kInfo, kWarning, kError };
std::optional<DiaryLevel> diary_level_named(std::string_view name);  // debug info warning error

struct DiaryOptions {
  std::string path;
  DiaryLevel level = DiaryLevel::kInfo;
  std::size_t max_size_bytes = 10U << 20U;
  std::size_t files = 5;  // the live one included
};

class Diary {
 public:
  // Creates the folder. Each entry is handed to the system at once.
  static base::Result<std::unique_ptr<Diary>> open(const DiaryOptions& options);
  ~Diary();
  Diary(const Diary&) = delete;
  Diary& operator=(const Diary&) = delete;

  void write(DiaryLevel level, std::string_view text);
  void flush();
  std::uint64_t lost() const;  // entries that could not be written

 private:
  class Impl;
  explicit Diary(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::sinks
