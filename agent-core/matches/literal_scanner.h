#pragma once
// Finds literals in the bytes of logs, as fast as the logs allow: with a LiteralFilter that is trained on them, and, for as
// long as a log defeats it, with a LiteralAutomaton. One per log service and set of literals, shared by its streams.
//
// Threads: not thread-safe; searching learns.
// Tests:   tests/unit/matches/literal_scanner_test.cpp

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "matches/character_form.h"
#include "matches/literal_automaton.h"
#include "matches/literal_filter.h"
#include "matches/literal_hits.h"

namespace cmgmon::matches {

class LiteralScanner {
 public:
  // `literals` are lower case, ASCII and not empty; letter case of the text is ignored. Text of two-byte characters starts
  // with a whole one.
  explicit LiteralScanner(std::vector<std::string> literals,
                          CharacterForm form = CharacterForm::kOneByte);

  // Says what the log looks like. Trains when there is need, which is seldom.
  void learn(std::string_view text);

  // A byte of the next occurrence that lies in [from, end) of the text; npos if there is none. All others of which no
  // byte stands at or before it lie behind it; so whoever goes on from there, or from any place before, misses nothing.
  std::size_t find(std::string_view text, std::size_t from);
  // Which literals the text holds.
  void collect(std::string_view text, LiteralHits& hits);

  std::size_t longest() const { return longest_; }  // bytes
  bool empty() const { return longest_ == 0; }

  struct Counters {
    std::size_t trainings = 0;
    std::size_t fallbacks = 0;  // times the filter was given up on
  };
  const Counters& counters() const { return counters_; }

 private:
  LiteralAutomaton& automaton();
  void note(std::size_t bytes, std::size_t spent);
  void give_up();

  std::vector<std::string> short_literals_;  // all of them, when one is too short for the filter
  std::size_t longest_ = 0;
  std::unique_ptr<LiteralFilter> filter_;        // null: the literals are too short for it
  std::unique_ptr<LiteralAutomaton> automaton_;  // built when it is first needed

  std::size_t credit_;
  std::size_t hostile_bytes_ = 0;  // left to the automaton
  std::size_t next_hostile_bytes_;
  bool trained_ = false;
  std::size_t patience_;    // bytes between two trainings
  std::size_t bytes_ = 0;   // searched since the last one
  std::size_t effort_ = 0;  // spent on them
  Counters counters_;
};

}  // namespace cmgmon::matches
