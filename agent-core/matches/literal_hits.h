#pragma once
// Which literals of a set one text holds: each once, in no order. Reused between texts, so that no search allocates.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cmgmon::matches {

using LiteralId = std::uint32_t;  // position in the list of literals

class LiteralHits {
 public:
  const std::vector<LiteralId>& ids() const { return ids_; }

  bool holds(LiteralId id) const { return seen_[id]; }

  void clear(std::size_t literals) {
    for (const LiteralId id : ids_) {
      seen_[id] = false;
    }
    ids_.clear();
    seen_.resize(literals);
  }
  void add(LiteralId id) {
    if (!seen_[id]) {
      seen_[id] = true;
      ids_.push_back(id);
    }
  }

 private:
  std::vector<LiteralId> ids_;
  std::vector<bool> seen_;
};

}  // namespace cmgmon::matches
