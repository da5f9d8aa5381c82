#pragma once
// Finds literals in a text at a cost that depends on nothing but the text's length: for texts that defeat the
// LiteralFilter, and for literals that are too short for it.
//
// Memory:  one transition per state and byte class; build it when it is needed.
// Threads: immutable after construction.   Tests: tests/unit/matches/literal_automaton_test.cpp

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "matches/literal_hits.h"

namespace cmgmon::matches {

class LiteralAutomaton {
 public:
  // `literals` are lower case, ASCII and not empty; letter case of the text is ignored.
  explicit LiteralAutomaton(const std::vector<std::string>& literals);

  // Position of the last byte of the first occurrence that lies in [from, end) of the text; npos if there is none.
  std::size_t find(std::string_view text, std::size_t from) const;
  // Adds every literal that occurs in the text from `from` on.
  void collect(std::string_view text, std::size_t from, LiteralHits& hits) const;

 private:
  using State = std::uint32_t;

  std::array<std::uint8_t, 256> class_of_{};  // bytes that no literal holds share class 0
  std::size_t classes_ = 1;
  std::vector<State> next_;  // [state * classes_ + class]
  std::vector<std::uint32_t>
      outputs_;  // by state: first of its ids in ids_; one entry more than states
  std::vector<LiteralId> ids_;
};

}  // namespace cmgmon::matches
