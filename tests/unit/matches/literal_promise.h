#pragma once
// What a search from one place of a text promises, checked against all occurrences.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/literal_texts.h"

namespace cmgmon::matches {

// `at`: what a search from `from` found, npos for nothing. It is a byte of an occurrence, and none ends before it.
inline void expect_kept_promise(const std::vector<test::Occurrence>& all, std::size_t from,
                                std::size_t at) {
  std::size_t first_end = std::string::npos;
  bool covered = false;
  for (const auto& one : all) {
    if (one.start >= from) {
      first_end = std::min(first_end, one.end);
      covered = covered || (one.start <= at && at < one.end);
    }
  }
  if (first_end == std::string::npos) {
    ASSERT_EQ(at, std::string::npos) << "nothing is there, from " << from;
    return;
  }
  ASSERT_NE(at, std::string::npos) << "missed what ends at " << first_end << ", from " << from;
  ASSERT_TRUE(covered) << "no occurrence at " << at << ", from " << from;
  ASSERT_LT(at, first_end) << "passed over an occurrence, from " << from;
}

}  // namespace cmgmon::matches
