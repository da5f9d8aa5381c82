#include "matches/literal_scanner.h"

#include <algorithm>
#include <utility>

namespace cmgmon::matches {

namespace {

constexpr std::size_t kMinSampleBytes = 64U << 10U;
constexpr std::size_t kMaxSampleBytes = 256U << 10U;

// A training costs about as much as searching a hundred times its sample.
constexpr std::size_t kFirstPatience = 4U << 20U;
constexpr std::size_t kMostPatience = 256U << 20U;

// The automaton costs the same for every byte, more than looking closer at every eighth one. When that is spent, and what was
// saved before, we give up, and come back to see whether the log has changed after a while that doubles each time.
constexpr std::size_t kMostCredit = 4096;
constexpr std::size_t kFirstHostileBytes = 1U << 20U;
constexpr std::size_t kMostHostileBytes = 64U << 20U;

std::string written(const std::string& literal, CharacterForm form) {
  if (form == CharacterForm::kOneByte) {
    return literal;
  }
  std::string text;
  for (const char c : literal) {
    text += form == CharacterForm::kLowHigh ? std::string{c, '\0'} : std::string{'\0', c};
  }
  return text;
}

}  // namespace

LiteralScanner::LiteralScanner(std::vector<std::string> literals, CharacterForm form)
    : credit_(kMostCredit), next_hostile_bytes_(kFirstHostileBytes), patience_(kFirstPatience) {
  bool all_long = true;
  for (auto& literal : literals) {
    all_long = all_long && literal.size() >= LiteralFilter::kMinLiteralLength;
    literal = written(literal, form);
    longest_ = std::max(longest_, literal.size());
  }
  if (all_long) {
    filter_ = std::make_unique<LiteralFilter>(std::move(literals), unit_of(form));
  } else {
    short_literals_ = std::move(literals);
  }
}

LiteralAutomaton& LiteralScanner::automaton() {
  if (!automaton_) {
    automaton_ =
        std::make_unique<LiteralAutomaton>(filter_ ? filter_->literals() : short_literals_);
  }
  return *automaton_;
}

void LiteralScanner::learn(std::string_view text) {
  if (!filter_ || text.size() < kMinSampleBytes) {
    return;
  }
  if (trained_) {
    const double expected = 2 * filter_->expected_effort() + 1.0 / 1024;
    if (bytes_ < patience_ || double(effort_) < expected * double(bytes_)) {
      return;
    }
    patience_ = std::min(2 * patience_, kMostPatience);
  }
  filter_->train(text.substr(0, kMaxSampleBytes));
  ++counters_.trainings;
  trained_ = true;
  bytes_ = 0;
  effort_ = 0;
}

void LiteralScanner::note(std::size_t bytes, std::size_t spent) {
  const std::size_t earned = credit_ + bytes / LiteralFilter::kBytesPerEffort;
  credit_ = std::min(earned - std::min(earned, spent), kMostCredit);
  bytes_ += bytes;
  effort_ += spent;
  if (bytes_ >= 2 * patience_) {  // what was long ago counts less
    bytes_ /= 2;
    effort_ /= 2;
  }
}

void LiteralScanner::give_up() {
  ++counters_.fallbacks;
  credit_ = kMostCredit;
  hostile_bytes_ = next_hostile_bytes_;
  next_hostile_bytes_ = std::min(2 * next_hostile_bytes_, kMostHostileBytes);
}

std::size_t LiteralScanner::find(std::string_view text, std::size_t from) {
  if (longest_ == 0 || from >= text.size()) {
    return std::string_view::npos;
  }
  if (filter_ && hostile_bytes_ == 0) {
    LiteralFilter::Effort effort{credit_, 0};
    const auto search = filter_->find(text, from, effort);
    const std::size_t bytes = std::min(search.at, text.size()) - from;
    note(bytes, effort.spent);
    switch (search.outcome) {
      case LiteralFilter::Outcome::kFound:
        return search.at;
      case LiteralFilter::Outcome::kEnd:
        if (bytes >= kMinSampleBytes) {
          next_hostile_bytes_ = kFirstHostileBytes;
        }
        return std::string_view::npos;
      case LiteralFilter::Outcome::kGivenUp:
        break;
    }
    give_up();
    from = std::max(from, search.at - std::min(search.at, longest_));
  }
  const std::size_t found = automaton().find(text, from);
  hostile_bytes_ -= std::min(hostile_bytes_, std::min(found, text.size()) - from);
  return found;
}

void LiteralScanner::collect(std::string_view text, LiteralHits& hits) {
  if (filter_) {
    hits.clear(filter_->literals().size());
    LiteralFilter::Effort effort{kMostCredit, 0};
    const auto search = filter_->collect(text, hits, effort);
    if (search.outcome == LiteralFilter::Outcome::kGivenUp) {
      automaton().collect(text, search.at - std::min(search.at, longest_), hits);
    }
  } else {
    hits.clear(short_literals_.size());
    automaton().collect(text, 0, hits);
  }
}

}  // namespace cmgmon::matches
