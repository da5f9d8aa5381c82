#pragma once
// What records that nobody framed say of those behind them: their newest time and bias, looked up from the end of a stretch of
// the log, the newest record first, until one answers.
//
// What is found is what framing the stretch forward finds. A record that is read with the bias of an earlier one asks for that
// one, too; where hardly any record has a bias, only those are framed that may.
//
// Life:    everything given outlives it; it is made for one look.
// Tests:   tests/unit/matches/stream_matcher_test.cpp, against framing forward

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "matches/character_form.h"
#include "records/framer.h"

namespace cmgmon::matches {

class LookBack {
 public:
  using Memory = records::Framer::Memory;

  // `framer` stands at `here` in `text`; from there on no directive stands in what is looked at. The scout is of the caller,
  // because what it has allocated is used again.
  LookBack(const records::Framer& framer, std::string_view text, std::size_t here, base::Time now,
           records::Framer& scout);

  // What is known at `end` when `before` is known at `from`. Both are landmarks, or `from` is the framer's place.
  Memory newest(std::size_t from, std::size_t end, const Memory& before);
  // The same of a part that starts at a landmark and may end anywhere, when `known()` tells what is known at its start; it is
  // asked when the part itself does not answer.
  template <typename Known>
  std::optional<base::Time> newest_time(std::size_t start, std::size_t end, const Known& known) {
    const Answer alone = frame(start, end, {});
    if (alone.memory.time && alone.is_exact) {
      return alone.memory.time;
    }
    return frame(start, end, known()).memory.time;
  }

 private:
  struct Answer {
    Memory memory;
    bool is_exact = false;  // the time needs no bias of an earlier record
  };

  Answer frame(std::size_t start, std::size_t end, const Memory& before);
  std::optional<std::chrono::minutes> newest_bias(
      std::size_t from, std::size_t end, const std::optional<std::chrono::minutes>& before);
  bool may_hold_stamps(std::size_t from, std::size_t end) const;
  std::size_t start_before(std::size_t from, std::size_t end) const;

  const records::Framer& framer_;
  std::string_view text_;
  std::size_t here_;
  base::Time now_;
  records::Framer& scout_;
  CharacterForm form_;
};

}  // namespace cmgmon::matches
