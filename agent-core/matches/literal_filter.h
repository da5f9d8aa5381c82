#pragma once
// Finds which of many literals occur in a text, in one pass, ignoring ASCII letter case.
//
// Threads: immutable after construction.   Tests: tests/unit/matches/literal_filter_test.cpp

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::matches {

class LiteralFilter {
 public:
  using Id = std::uint32_t;  // position in the list of literals

  // What one search found; reused between searches so that no search allocates.
  class Hits {
   public:
    const std::vector<Id>& ids() const { return ids_; }  // each once, in no order

   private:
    friend class LiteralFilter;
    std::vector<Id> ids_;
    std::vector<bool> seen_;
  };

  // `literals` are lower case, ASCII and not empty.
  explicit LiteralFilter(const std::vector<std::string>& literals);

  void find(std::string_view text, Hits& hits) const;

 private:
  using State = std::uint32_t;

  std::array<std::uint8_t, 256> class_of_{};  // bytes that no literal holds share class 0
  std::size_t classes_ = 1;
  std::vector<State> next_;  // [state * classes_ + class]
  std::vector<std::uint32_t>
      outputs_;  // by state: first of its ids in ids_; one entry more than states
  std::vector<Id> ids_;
  std::size_t literals_ = 0;
};

}  // namespace cmgmon::matches
