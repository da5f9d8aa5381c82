#pragma once
// What is remembered of the files of a stream that are not being read: which are old, and how far they were read.
//
// Tests: tests/unit/tail/sibling_memory_test.cpp

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "tail/checkpoint.h"

namespace cmgmon::tail {

inline constexpr std::size_t kMaxBehind = 8;

// A file that was read before the current one, or that we know to be older.
struct Behind {
  FilePlace place;
  bool delivered = false;  // by us: what comes behind the place is a late line
  bool watched = false;    // for such lines
  std::optional<base::Time> quiet_since{};
};

struct SiblingMemory {
  std::vector<Behind> behind;  // newest first, at most kMaxBehind
  std::string watermark;       // dated files up to this order are old

  void remember(Behind file);
  // Delivered files and the watermark.
  std::string save() const;
  // Damaged or newer bytes leave it empty; false says so.
  bool load(std::string_view bytes);
};

}  // namespace cmgmon::tail
