#pragma once
// Finds literals in a text while looking at a fraction of its bytes. literal_filter.cpp explains how, and what it costs.
//
// What is searched decides the speed, never the answer: train() with a part of the log makes it fast there. A text that was
// made to defeat it is given up on (Search::kGivenUp), and someone else (LiteralAutomaton) must look.
//
// Threads: not thread-safe while it is trained.
// Tests:   tests/unit/matches/literal_filter_test.cpp, against the obvious search and against Hyperscan

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "matches/literal_hits.h"

namespace cmgmon::matches {

class LiteralFilter {
 public:
  static constexpr std::size_t kMinLiteralLength = 7;

  // `literals` are lower case, ASCII and at least kMinLiteralLength characters of `unit` bytes long; they are found where they
  // start at a multiple of it. Letter case of the text is ignored.
  explicit LiteralFilter(std::vector<std::string> literals, std::size_t unit = 1);

  // Chooses what is rarest in `sample` to search for.
  void train(std::string_view sample);

  enum class Outcome { kFound, kEnd, kGivenUp };
  struct Search {
    Outcome outcome = Outcome::kEnd;
    std::size_t at =
        0;  // kFound: a byte of the occurrence; kGivenUp: everything that ends before here was found
    std::size_t start = 0;  // kFound: where the occurrence starts
    LiteralId id = 0;       // kFound
  };
  // What looking more closely has cost, and how much of that is too much: `credit`, and one for every kBytesPerEffort bytes
  // that were searched.
  static constexpr std::size_t kBytesPerEffort = 8;
  struct Effort {
    std::size_t credit = 0;
    std::size_t spent = 0;
  };
  // An occurrence that lies in [from, end) of the text. All others whose Search::at would be smaller lie behind `from`
  // too: whoever goes on from any place at or before `at` misses nothing.
  Search find(std::string_view text, std::size_t from, Effort& effort) const;
  // Adds every literal that occurs in the text.
  Search collect(std::string_view text, LiteralHits& hits, Effort& effort) const;

  // Effort per byte in a text like the sample.
  double expected_effort() const { return expected_effort_; }
  std::size_t longest() const { return longest_; }
  std::size_t stride() const { return stride_; }
  const std::vector<std::string>& literals() const { return literals_; }

 private:
  // One place of one literal.
  struct Place {
    LiteralId literal = 0;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;  // of the literal
    std::uint64_t last = 0;    // its last four bytes, as a window
  };
  // Where a window leads: places_[first .. first + count).
  struct Slot {
    std::uint64_t window = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;  // 0: the slot is free
  };
  class Census;

  struct Choice {
    std::size_t windows = 0;            // of a literal
    std::size_t width = 0;              // of the windows
    std::vector<std::uint32_t> groups;  // offset of the first window, by literal
    double expected_effort = 0;
  };

  double choose_groups(const Census& census, std::size_t sample_bytes, Choice& choice) const;
  void build(const Choice& choice, std::string_view sample);
  void mark_luckily(std::string_view sample);
  std::size_t mark(std::string_view text);
  std::size_t table_place(std::uint64_t window) const;
  const Slot* slot_of(std::uint64_t window) const;
  bool occurs(std::string_view text, const Place& place, std::size_t at, std::size_t from) const;
  template <unsigned kBits, typename Visit>
  void each_marked(std::string_view text, std::size_t at, const Visit& visit) const;
  template <typename Visit>
  Search walk(std::string_view text, std::size_t from, Effort& effort, const Visit& visit) const;

  std::vector<std::string> literals_;
  std::size_t unit_ = 1;
  std::size_t shortest_ = 0;
  std::size_t longest_ = 0;
  std::size_t stride_ = 1;
  std::size_t width_ = 0;
  double expected_effort_ = 0;
  unsigned mark_bits_ = 0;
  std::uint64_t multiplier_ = 0;  // of the hash that says where a window has its mark
  unsigned table_shift_ = 0;
  std::vector<std::uint8_t> marks_;  // by hash of the window: 1 when it may be one of ours
  std::vector<Slot> table_;
  std::vector<Place> places_;
};

}  // namespace cmgmon::matches
