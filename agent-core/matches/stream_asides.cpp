// The part of StreamMatcher that reads records out of turn, and leaves the framer where it is: signs of recovery, and heartbeats.

#include <algorithm>
#include <functional>
#include <utility>

#include "matches/compiled_plan.h"
#include "matches/landmarks.h"
#include "matches/stream_matcher.h"
#include "records/envelope.h"
#include "records/text_window.h"

namespace cmgmon::matches {

namespace {

using Landmark = records::Framer::Landmark;

// After so many failures in a row the next ones get their turn at once.
constexpr int kStorm = 3;
constexpr int kStormEnds = 20;
// Records that hold the literals of a heartbeat and are none, before it is cheaper to frame them all.
constexpr int kMostLooks = 64;

// Without one of these among its last bytes no record ends: of a line, of CCM's attributes, of the opener behind a torn record.
constexpr std::string_view kEnds("\n\r\0<>", 5);

}  // namespace

// Reports the signs of the record with the literal at due_, and leaves the framer where it is.
StreamMatcher::Aside StreamMatcher::look_aside(const Occasion& occasion) {
  if (failures_in_a_row_ >= kStorm) {
    failures_in_a_row_ = failures_in_a_row_ == kStormEnds ? 0 : failures_in_a_row_ + 1;
    return Aside::kNeedsItsTurn;
  }
  const std::string_view text = this->text();
  const std::size_t here = framed();
  const bool lags = text.size() - here > occasion.most_lag;
  if (awaited_ > due_ && !lags && text.find_first_of(kEnds, awaited_) == kNone) {
    awaited_ = text.size();
    return Aside::kWait;
  }
  const std::size_t start = last_landmark(here, due_);
  if (start == kNone) {
    return Aside::kNeedsItsTurn;
  }
  if (undirected_until(start) < start) {
    return Aside::kNeedsItsTurn;
  }
  if (const std::size_t end = idle_until(start, occasion); end != kNone) {
    signs_.in_vain(text_offset_ + due_);
    told_ = text_offset_ + end;
    return Aside::kDone;
  }
  Aside result = Aside::kWait;
  const auto report = [&](const records::Record& record, std::size_t begins) {
    result = report_signs(record, begins, occasion);
  };
  const Seen seen = see(due_, start, occasion.now, std::cref(report));
  if (seen == Seen::kElsewhere || (seen == Seen::kUnfinished && lags)) {
    return Aside::kNeedsItsTurn;
  }
  awaited_ = text.size();
  return result;
}

// The landmark behind due_, if its record, which starts at the landmark `start`, says nothing that matters; kNone if it does, or
// may.
std::size_t StreamMatcher::idle_until(std::size_t start, const Occasion& occasion) {
  const std::size_t unit = unit_of(form());
  const std::string_view text = in_bytes(start);
  std::size_t end = (due_ - start) / unit;
  do {
    end = text.find('\n', end);
    if (end++ == kNone) {
      return kNone;
    }
  } while (framer_.landmark() == Landmark::kOpener &&
           !text.substr(end).starts_with(records::kCcmOpener));
  const std::string_view record = text.substr(0, end);
  const bool may_be_opener =
      framer_.format() == records::Format::kSiteServer && record.find(records::kCcmOpener) != kNone;
  return may_be_opener || matcher_.may_match_signs(record, signs_.wanted(), occasion.wish)
             ? kNone
             : start + end * unit;
}

// The text from `start` to somewhere behind due_, a byte a character; what is not ASCII becomes something else that is not.
std::string_view StreamMatcher::in_bytes(std::size_t start) {
  const std::size_t unit = unit_of(form());
  if (unit == 1) {
    return text().substr(start);
  }
  const std::string_view wide = text().substr(start, due_ - start + unit * kBehind);
  const std::size_t low = form() == CharacterForm::kLowHigh ? 0 : 1;
  narrow_.resize(wide.size() / unit);
  for (std::size_t i = 0; i < narrow_.size(); ++i) {
    narrow_[i] = wide[unit * i + 1 - low] == 0 ? wide[unit * i + low] : '\xFF';
  }
  return narrow_;
}

StreamMatcher::Aside StreamMatcher::report_signs(records::Record record, std::size_t start,
                                                 const Occasion& occasion) {
  if (depends_on_others(record, start)) {
    return Aside::kNeedsItsTurn;
  }
  place_in_stream(record, start);
  if (!matcher_.match_signs(record, occasion.path, signs_.wanted(), occasion.wish,
                            occasion.handle)) {
    ++failures_in_a_row_;
    return Aside::kNeedsItsTurn;
  }
  failures_in_a_row_ = 0;
  told_ = record.offset + record.length;
  return Aside::kDone;
}

// Reports the newest heartbeat of each kind before `end`, of those that the framer has not come to: they are newer than what it
// has reported, and when it comes it reports them no more. False: it must come now.
bool StreamMatcher::listen(std::size_t end, const Occasion& occasion) {
  if (framer_.format() == records::Format::kSiteServer) {
    end = std::min(end, due_);  // may be an opener: behind it no record is complete
  }
  const auto& heartbeats = plan_->compiled_->heartbeats;
  const std::size_t first = std::max(
      framed(), heard_ > text_offset_ ? static_cast<std::size_t>(heard_ - text_offset_) : 0);
  if (heartbeats.empty() || !occasion.heard || end <= first ||
      framer_.landmark() == Landmark::kNone) {
    return true;
  }
  const std::size_t last = last_landmark(first, end);
  std::size_t heard = last == kNone ? first : last;
  std::size_t unfinished = kNone;
  int looks = 0;
  for (std::size_t number = 0; number < heartbeats.size(); ++number) {
    bool is_heard = false;
    bool needs_its_turn = false;
    for (std::size_t before = end; before > first && !is_heard;) {
      const std::size_t place = last_heartbeat(number, first, before);
      if (place == kNone) {
        break;
      }
      const std::size_t landmark = last_landmark(framed(), place);
      const std::size_t start = landmark == kNone ? framed() : landmark;
      if (undirected_until(start) < start || ++looks > kMostLooks) {
        return false;
      }
      const auto hear = [&](records::Record record, std::size_t begins) {
        before = begins;
        heard = std::max(heard, begins + static_cast<std::size_t>(record.length));
        is_heard = matcher_.is_heartbeat(record, number);
        needs_its_turn = is_heard && depends_on_others(record, begins);
        if (is_heard && !needs_its_turn) {
          place_in_stream(record, begins);
          occasion.heard(*heartbeats[number].signature, record);
        }
      };
      const Seen seen = see(place, start, occasion.now, std::cref(hear));
      if (needs_its_turn || seen == Seen::kElsewhere) {
        return false;
      }
      if (seen == Seen::kUnfinished) {
        const std::size_t begins =
            start + static_cast<std::size_t>(scout_.resume_offset() - framer_.resume_offset());
        unfinished = std::min(unfinished, begins);
        before = std::min(begins, place);  // what is no record at all is passed over
      }
    }
  }
  heard_ = text_offset_ + std::min(heard, unfinished);
  return true;
}

// A byte of the last literal of the heartbeat in [from, end); kNone if there is none.
std::size_t StreamMatcher::last_heartbeat(std::size_t number, std::size_t from, std::size_t end) {
  LiteralScanner& scanner = plan_->compiled_->heartbeat_scanner_for(number, form());
  if (scanner.empty()) {
    return kNone;
  }
  scanner.learn(text());
  const std::size_t overlap = scanner.longest() - 1;
  std::size_t last = kNone;
  std::size_t size = 512;
  for (std::size_t to = end; last == kNone && to > from; size *= 4) {
    const std::size_t start = to - from > size ? to - size : from;
    const auto window = text().substr(0, std::min(end, to + overlap));
    for (std::size_t at = scanner.find(window, start); at != kNone;
         at = scanner.find(window, at + 1)) {
      last = at;
    }
    to = start;
  }
  return last;
}

// Shows the record with the byte at `place` to use(record, place where it starts). It starts at the landmark `start`, or behind.
StreamMatcher::Seen StreamMatcher::see(std::size_t place, std::size_t start, base::Time now,
                                       const SeenHandler& use) {
  struct Look {
    StreamMatcher& matcher;
    const SeenHandler& use;
    std::size_t place;
    std::size_t start;
    Seen seen = Seen::kUnfinished;
  } look{*this, use, place, start};
  const std::string_view text = this->text();
  scout_.imitate(framer_, true);
  for (std::size_t fed = start; look.seen == Seen::kUnfinished && fed < text.size();) {
    // Most records end with their line.
    const std::size_t behind = std::min(text.size(), std::max(fed, place) + kBehind);
    const auto line = text.substr(0, behind).find('\n', std::max(fed, place));
    const std::size_t end = line == kNone ? behind : line + 1;
    scout_.feed(text.substr(fed, end - fed), now, [&look](const records::Record& record) {
      // The scout starts where the framer stands, as far as it knows.
      const auto begins = look.start + static_cast<std::size_t>(
                                           record.offset - look.matcher.framer_.resume_offset());
      if (look.seen == Seen::kUnfinished && begins + record.length > look.place) {
        look.seen = begins > look.place ? Seen::kElsewhere : Seen::kRecord;
        if (look.seen == Seen::kRecord) {
          look.use(record, begins);
        }
      }
    });
    fed = end;
  }
  return look.seen;
}

// Its time, or where it starts.
bool StreamMatcher::depends_on_others(const records::Record& record, std::size_t start) const {
  const bool may_be_opener =
      framer_.format() == records::Format::kSiteServer &&
      (form() != CharacterForm::kOneByte ||
       text().substr(start, record.length).find(records::kCcmOpener) != kNone);
  return record.time_confidence == records::TimeConfidence::kAssumed || may_be_opener;
}

// The scout does not know where in the stream it is.
void StreamMatcher::place_in_stream(records::Record& record, std::size_t start) {
  record.offset = text_offset_ + start;
  record.line = line_at(start);
  record.position = framer_.position() + (start - framed());
}

// Of the byte at `place`, which starts a record behind the framer's place. Every byte is counted once.
std::uint64_t StreamMatcher::line_at(std::size_t place) {
  bool after_cr = false;
  if (counted_ <= framed() || counted_ > place) {
    counted_ = framed();
    counted_line_ = framer_.line();
    after_cr = framer_.after_cr();
  } else {
    after_cr = follows_cr(text(), counted_, form());
  }
  const std::string_view passed = text().substr(counted_, place - counted_);
  switch (form()) {
    case CharacterForm::kOneByte:
      counted_line_ += records::count_line_ends(passed, after_cr);
      break;
    case CharacterForm::kLowHigh:
      counted_line_ += records::count_line_ends(passed, after_cr, base::ByteOrder::kLittle);
      break;
    case CharacterForm::kHighLow:
      counted_line_ += records::count_line_ends(passed, after_cr, base::ByteOrder::kBig);
      break;
  }
  counted_ = place;
  return counted_line_;
}

// `end`, or the first line before it that may be a directive of a W3C log. Every byte is asked once.
std::size_t StreamMatcher::undirected_until(std::size_t end) {
  const std::size_t from = std::max(framed(), undirected_);
  if (framer_.format() != records::Format::kW3c || end <= from) {
    return end;
  }
  // Starts with a line where it has just been framed.
  const std::size_t start = framed();
  const std::size_t found =
      first_directive(text().substr(start), from - start, end - start, form());
  undirected_ = found == kNone ? end : start + found;
  return undirected_;
}

}  // namespace cmgmon::matches
