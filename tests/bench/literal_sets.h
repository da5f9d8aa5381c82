#pragma once
// The sets of literals that the benchmarks search for. Made up from word lists, so that no machine has others.
//
// None is a part of another, in any letter case: so occurrences and lines that hold one are the same number, and every
// program can be asked for either.

#include <cstddef>
#include <string>
#include <vector>

namespace cmgmon::bench {

struct LiteralSet {
  std::string name;
  std::vector<std::string> literals;  // the first kDocumented are the same in every set
};

// What the documentation of the failures names.
inline constexpr std::size_t kDocumented = 12;

// 12, 100 and 500 that share prefixes with one another and with the healthy part of a log (the first 100 of them are the
// set of 100), 500 and 1,000 diverse ones.
const std::vector<LiteralSet>& literal_sets();
const LiteralSet& literal_set(const std::string& name);  // ends the program when there is none

}  // namespace cmgmon::bench
