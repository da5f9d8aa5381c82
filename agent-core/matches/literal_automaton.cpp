#include "matches/literal_automaton.h"

// Aho-Corasick with a complete transition table over byte classes: a trie of the literals, in which every missing
// transition leads to where the longest suffix that is still a prefix of a literal would go.

#include <deque>
#include <limits>

#include "base/text.h"

namespace cmgmon::matches {

LiteralAutomaton::LiteralAutomaton(const std::vector<std::string>& literals) {
  for (const auto& literal : literals) {
    for (const char c : literal) {
      auto& known = class_of_[static_cast<unsigned char>(c)];
      if (known == 0) {
        known = static_cast<std::uint8_t>(classes_++);  // ASCII: at most 128
      }
    }
  }
  for (int c = 'A'; c <= 'Z'; ++c) {
    class_of_[static_cast<std::size_t>(c)] =
        class_of_[static_cast<unsigned char>(base::to_lower(static_cast<char>(c)))];
  }

  constexpr State kNone = std::numeric_limits<State>::max();
  std::vector<std::vector<LiteralId>> found(1);  // by state
  next_.assign(classes_, kNone);
  for (LiteralId id = 0; id < literals.size(); ++id) {
    State state = 0;
    for (const char c : literals[id]) {
      const std::size_t slot = state * classes_ + class_of_[static_cast<unsigned char>(c)];
      if (next_[slot] == kNone) {
        next_[slot] = static_cast<State>(found.size());
        found.emplace_back();
        next_.resize(next_.size() + classes_, kNone);
      }
      state = next_[slot];
    }
    found[state].push_back(id);
  }

  // Breadth first, so that the state of the longest proper suffix is complete before it is used.
  std::vector<State> suffix(found.size(), 0);
  std::deque<State> queue;
  for (std::size_t c = 0; c < classes_; ++c) {
    if (next_[c] == kNone) {
      next_[c] = 0;
    } else {
      queue.push_back(next_[c]);
    }
  }
  while (!queue.empty()) {
    const State state = queue.front();
    queue.pop_front();
    const auto& inherited = found[suffix[state]];
    found[state].insert(found[state].end(), inherited.begin(), inherited.end());
    for (std::size_t c = 0; c < classes_; ++c) {
      State& to = next_[state * classes_ + c];
      const State fallback = next_[suffix[state] * classes_ + c];
      if (to == kNone) {
        to = fallback;
      } else {
        suffix[to] = fallback;
        queue.push_back(to);
      }
    }
  }
  for (const auto& ids : found) {
    outputs_.push_back(static_cast<std::uint32_t>(ids_.size()));
    ids_.insert(ids_.end(), ids.begin(), ids.end());
  }
  outputs_.push_back(static_cast<std::uint32_t>(ids_.size()));
}

std::size_t LiteralAutomaton::find(std::string_view text, std::size_t from) const {
  State state = 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    state = next_[state * classes_ + class_of_[static_cast<unsigned char>(text[at])]];
    if (outputs_[state] != outputs_[state + 1]) {
      return at;
    }
  }
  return std::string_view::npos;
}

void LiteralAutomaton::collect(std::string_view text, std::size_t from, LiteralHits& hits) const {
  State state = 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    state = next_[state * classes_ + class_of_[static_cast<unsigned char>(text[at])]];
    for (std::uint32_t i = outputs_[state]; i < outputs_[state + 1]; ++i) {
      hits.add(ids_[i]);
    }
  }
}

}  // namespace cmgmon::matches
