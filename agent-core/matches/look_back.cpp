#include "matches/look_back.h"

#include <algorithm>

#include "matches/landmarks.h"

namespace cmgmon::matches {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kNone = std::string_view::npos;

}  // namespace

LookBack::LookBack(const records::Framer& framer, std::string_view text, std::size_t here,
                   base::Time now, records::Framer& scout)
    : framer_(framer),
      text_(text),
      here_(here),
      now_(now),
      scout_(scout),
      form_(form_in(framer.encoding())) {}

LookBack::Memory LookBack::newest(std::size_t from, std::size_t end, const Memory& before) {
  if (!may_hold_stamps(from, end)) {
    return before;
  }
  Memory found;
  std::size_t at = end;
  while (at > from && !found.time) {
    const std::size_t start = start_before(from, at);
    const Answer answer = frame(start, at, {});
    if (!found.bias) {
      found.bias = answer.memory.bias;
    }
    if (answer.memory.time && !answer.is_exact) {
      const auto bias = newest_bias(from, start, before.bias);
      return {found.bias ? found.bias : bias, frame(start, at, {bias, {}}).memory.time};
    }
    found.time = answer.memory.time;
    at = start;
  }
  if (!found.bias) {
    found.bias = newest_bias(from, at, before.bias);
  }
  if (!found.time) {
    found.time = before.time;
  }
  return found;
}

LookBack::Answer LookBack::frame(std::size_t start, std::size_t end, const Memory& before) {
  Answer answer;
  scout_.imitate(framer_, start != here_);
  scout_.remember(before);
  scout_.feed(text_.substr(start, end - start), now_, [&answer](const records::Record& record) {
    if (record.time) {
      answer.is_exact = record.time_confidence == records::TimeConfidence::kExact;
    }
  });
  answer.memory = scout_.memory();
  return answer;
}

std::optional<std::chrono::minutes> LookBack::newest_bias(
    std::size_t from, std::size_t end, const std::optional<std::chrono::minutes>& before) {
  if (framer_.format() == records::Format::kW3c) {
    return before;
  }
  while (end > from) {
    const std::size_t sign = last_bias(text_, from, end, form_);
    if (sign == kNone) {
      break;
    }
    const std::size_t start = start_before(from, sign + unit_of(form_));
    scout_.imitate(framer_, start != here_);
    std::size_t fed = start;
    // Most records end with their line; behind it no bias stands.
    while (fed < end && scout_.resume_offset() - framer_.resume_offset() <= sign - start) {
      const std::size_t line = text_.find('\n', std::max(fed, sign));
      const std::size_t stop = line == kNone ? end : std::min(end, line + unit_of(form_));
      scout_.feed(text_.substr(fed, stop - fed), now_, [](const records::Record&) {});
      fed = stop;
    }
    if (scout_.memory().bias) {
      return scout_.memory().bias;
    }
    end = start;
  }
  return before;
}

// False when the stretch is of lines that are no records in an envelope. (In logs of other formats the last record answers.)
bool LookBack::may_hold_stamps(std::size_t from, std::size_t end) const {
  if (framer_.format() != records::Format::kPlain) {
    return true;
  }
  const std::string_view stretch = text_.substr(from, end - from);
  // Parts of a closing "]LOG]!><" and of "$$<". In UTF-16 of either order the zeros stand between the characters.
  const bool wide = form_ != CharacterForm::kOneByte;
  return stretch.find(wide ? "!\0>\0<"sv : "!><"sv) != kNone ||
         stretch.find(wide ? "$\0$\0<"sv : "$$<"sv) != kNone;
}

// The last landmark before `end`, or `from`.
std::size_t LookBack::start_before(std::size_t from, std::size_t end) const {
  const std::size_t found = last_landmark(framer_.landmark(), text_, from, end - 1, form_);
  return found == kNone ? from : found;
}

}  // namespace cmgmon::matches
