#include "matches/stream_matcher.h"

// Framing a record costs ten times as much as looking for literals in its bytes, and a healthy log is bytes in which none
// stand. So the framer lags behind: the bytes from its place on are kept, they are searched as they come, and only when a
// literal is found does the framer come after it. Where nothing was found it is made to jump.
//
// It may jump only to a landmark (records::Framer::Landmark): a place where it would start a record whatever it had read
// before. And it must not jump over what a later match could ask for:
//   - context: a match looks back kContextBytes from the start of its record. That record starts at or behind the last
//     landmark before the literal; so from kContextBytes before that landmark on, records are framed as soon as one of them
//     holds a literal of a context, and always while the matcher remembers one. (Records of a thread are only counted while
//     it remembers one of that thread.)
//   - the newest bias, which times without one are read with: the records before the landmark are looked at, the newest
//     first, until one has a bias (matches/look_back.h). Usually that is the first.
//   - line numbers: line ends are counted in what is passed over.
//   - directives of W3C logs: over a line that starts with '#' nobody jumps or searches, because what is searched for depends
//     on the header (matches/row_literals). Openers in site-server logs: they are searched for like a literal.
// Signs of recovery and heartbeats are common in healthy logs, and need no context. Their records are looked at aside: another
// framer (the scout) reads the one record, and only if it turns out to be a failure the framer comes after it. When it does, it
// reports no signs again. Not even the scout is needed where the bytes between two landmarks hold no literal but of recoveries
// that nobody wishes for: what ends an incident names what it is about. Where such signs are common, the names are what is
// searched for (matches/sign_search). Of heartbeats only the newest of a read matters; it is looked for from the end. A record
// whose time depends on those before it is not looked at aside. All this is in stream_asides.cpp.
//
// At the end of every read the framer jumps as near as it may, so that no more than the look-back and the last record stay in
// memory; what is left at the end of a file is framed.

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/codec.h"
#include "matches/compiled_plan.h"
#include "matches/landmarks.h"
#include "records/envelope.h"
#include "records/text_window.h"

namespace cmgmon::matches {

namespace {

using Landmark = records::Framer::Landmark;

// What it is fed at a time in a file that has no landmarks, or not yet.
constexpr std::size_t kMostSlice = std::size_t{64} << 10U;
// Not worth a jump; and so all damage in a small file is counted.
constexpr std::size_t kNear = std::size_t{16} << 10U;
static_assert(kContextBytes + 2 * kNear < (std::size_t{128} << 10U),
              "or a live log is never jumped over");
constexpr const char* kKind = "stream-matcher";
constexpr std::uint64_t kVersion = 2;
constexpr std::size_t kMostUnframed = 2 * records::kMaxRecordBytes;

// What a stream keeps between two reads without asking whether it needs it.
constexpr std::size_t kSpare = std::size_t{32} << 10U;

}  // namespace

StreamMatcher::StreamMatcher(const Plan& plan, Fields base_fields)
    : plan_(&plan), matcher_(plan, std::move(base_fields)), signs_(*plan.compiled_) {}

void StreamMatcher::start_file(std::uint64_t offset) {
  framer_.start_file(offset);
  start_ = size_ = fed_ = searched_ = 0;
  undirected_ = counted_ = known_ = 0;
  due_ = kNone;
  told_ = offset > 0 ? loaded_told_ : 0;
  heard_ = offset > 0 ? loaded_heard_ : 0;
  loaded_told_ = loaded_heard_ = 0;
  text_offset_ = framer_.resume_offset();
}

base::Result<void> StreamMatcher::load_parked(std::string_view bytes) {
  const std::uint64_t position = framer_.position();
  auto outcome = framer_.load(bytes);
  framer_.set_position(position);
  newest_time_ = framer_.newest_time();
  return outcome;
}

base::Result<void> StreamMatcher::load_framer(std::string_view bytes) {
  auto outcome = framer_.load(bytes);
  newest_time_ = framer_.newest_time();
  return outcome;
}

std::string StreamMatcher::save_matcher() const {
  base::Writer writer(kKind, kVersion);
  return writer.text(matcher_.save()).number(told_).number(heard_).finish();
}

base::Result<void> StreamMatcher::load_matcher(std::string_view bytes) {
  auto reader = base::Reader::open(bytes, kKind, kVersion);
  if (!reader) {
    return matcher_.load(bytes);  // earlier versions saved the matcher alone
  }
  const std::string matcher = reader->text();
  const std::uint64_t told = reader->number();
  const std::uint64_t heard = reader->version() < 2 ? told : reader->number();
  if (const auto whole = reader->finish(); !whole) {
    return whole.error();
  }
  loaded_told_ = told;
  loaded_heard_ = heard;
  return matcher_.load(matcher);
}

std::span<char> StreamMatcher::room(std::size_t bytes) {
  if (buffer_.size() - size_ < bytes) {
    if (start_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + start_, size_ - start_);
      size_ -= start_;
      start_ = 0;
    }
    if (buffer_.size() - size_ < bytes) {
      buffer_.resize(size_ + bytes);
    }
  }
  return {buffer_.data() + size_, bytes};
}

void StreamMatcher::feed(std::string_view bytes, const Occasion& occasion) {
  if (!bytes.empty()) {
    std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
  }
  read(bytes.size(), occasion);
}

void StreamMatcher::read(std::size_t bytes, const Occasion& occasion) {
  size_ += bytes;
  do {
    run(occasion);
  } while (fed_ < text().size() && framer_.landmark() == Landmark::kNone);  // it has lost them
  trim(occasion);
  if (!listen(text().size(), occasion)) {
    catch_up(occasion);
  }
  newest_time_ = look_at_time(occasion);
  drop_framed();
  if (buffer_.size() / 8 > bytes + size_ - start_) {
    let_go();
  }
}

// Thousands of streams are open at once, and nearly all of them wait for a few bytes.
void StreamMatcher::let_go() {
  if (buffer_.size() > kSpare && buffer_.size() / 2 > size_ - start_) {
    buffer_.erase(0, start_);
    size_ -= start_;
    start_ = 0;
    buffer_.resize(size_);
    buffer_.shrink_to_fit();
  }
}

std::size_t StreamMatcher::framed() const {
  return static_cast<std::size_t>(framer_.resume_offset() - text_offset_);
}

void StreamMatcher::feed_framer(std::size_t end, const Occasion& occasion) {
  const auto bytes = text().substr(fed_, end - fed_);
  fed_ = end;
  framer_.feed(bytes, occasion.now, [&](const records::Record& record) {
    static const HeartbeatHandler kHeardAlready;
    const HeartbeatHandler& heard = record.offset < heard_ ? kHeardAlready : occasion.heard;
    if (record.offset < told_) {
      matcher_.match_failures(record, occasion.path, occasion.handle, heard);
    } else {
      matcher_.match(record, occasion.path, occasion.handle, heard);
    }
  });
}

void StreamMatcher::run(const Occasion& occasion) {
  const std::string_view text = this->text();
  std::size_t slice = kBehind;
  while (fed_ < text.size() && framer_.landmark() == Landmark::kNone) {
    feed_framer(std::min(text.size(), fed_ + slice), occasion);
    searched_ = framed();
    slice = std::min(2 * slice, kMostSlice);
  }
  const LiteralScanner* learned = nullptr;
  while (framer_.landmark() != Landmark::kNone) {
    if (signs_.wish(occasion.wish, occasion.telltales)) {
      const std::size_t start = last_landmark(framed(), searched_);
      searched_ = start == kNone ? framed() : start;
    }
    if (due_ == kNone) {
      LiteralScanner& scanner = signs_.scanner(framer_);
      if (std::exchange(learned, &scanner) != &scanner) {
        scanner.learn(text.substr(searched_ - searched_ % unit_of(form())));
      }
      // A literal may have begun in what was searched before; not in what was framed.
      const std::size_t overlap = scanner.empty() ? 0 : scanner.longest() - 1;
      const std::size_t told =
          told_ > text_offset_ ? static_cast<std::size_t>(told_ - text_offset_) : 0;
      const std::size_t from = std::max(
          {framed(), std::min(told, text.size()), searched_ - std::min(searched_, overlap)});
      // What is searched for depends on the header.
      const std::size_t end = undirected_until(text.size());
      due_ = scanner.find(text.substr(0, end), from);
      searched_ = end;
      in_turn_ = false;
      awaited_ = 0;
      if (due_ == kNone && end < text.size()) {
        due_ = end;
        in_turn_ = true;
        approach(due_, occasion);
      }
      if (due_ == kNone) {
        return;
      }
    }
    if (!in_turn_) {
      switch (look_aside(occasion)) {
        case Aside::kDone:
          due_ = kNone;
          searched_ = static_cast<std::size_t>(told_ - text_offset_);
          continue;
        case Aside::kWait:
          return;
        case Aside::kNeedsItsTurn:
          break;
      }
      in_turn_ = true;
      approach(due_, occasion);
    }
    while (framed() <= due_ && fed_ < text.size()) {
      feed_framer(std::min(text.size(), std::max(fed_, due_) + kBehind), occasion);
    }
    if (framed() <= due_) {
      return;
    }
    due_ = kNone;
    searched_ = framed();
  }
}

// The last landmark behind `after`, not behind `up_to`; kNone if there is none.
std::size_t StreamMatcher::last_landmark(std::size_t after, std::size_t up_to) const {
  return matches::last_landmark(framer_.landmark(), text(), after, up_to, form());
}

// Brings the framer as near to the record with the literal as it may come without looking.
void StreamMatcher::approach(std::size_t candidate, const Occasion& occasion) {
  const std::size_t here = framed();
  if (candidate < here + kNear) {
    return;
  }
  std::size_t goal = last_landmark(here, candidate);
  if (goal == kNone) {
    return;
  }
  Plan::Compiled& plan = *plan_->compiled_;
  if (!plan.contexts.empty()) {
    if (matcher_.remembers(framer_.position() + (goal - here))) {
      return;
    }
    std::size_t first = here;
    if (goal - here > kContextBytes) {
      const std::size_t landmark = last_landmark(here, goal - kContextBytes);
      first = landmark == kNone ? here : landmark;
    }
    LiteralScanner& contexts = plan.context_scanner_for(form());
    contexts.learn(text().substr(first, goal - first));
    const std::size_t context = contexts.find(text().substr(0, goal), first);
    if (context != kNone) {
      const std::size_t landmark = last_landmark(first, context);
      goal = landmark == kNone ? first : landmark;
    }
  }
  pass_to(goal, occasion);
}

// False when the framer must look at what lies between.
bool StreamMatcher::pass_to(std::size_t place, const Occasion& occasion) {
  const std::size_t here = framed();
  if (place < here + kNear) {
    return false;
  }
  const std::string_view passed = text().substr(here, place - here);
  if (undirected_until(place) < place || !listen(place, occasion)) {
    return false;
  }
  framer_.remember(look_back(occasion.now).newest(here, place, framer_.memory()));
  framer_.pass(passed);
  fed_ = place;
  return true;
}

LookBack StreamMatcher::look_back(base::Time now) {
  return LookBack(framer_, text(), framed(), now, scout_);
}

void StreamMatcher::trim(const Occasion& occasion) {
  const std::size_t size = text().size();
  if (due_ == kNone && framer_.landmark() != Landmark::kNone) {
    const std::size_t look_back = plan_->compiled_->contexts.empty() ? 0 : kContextBytes;
    const std::size_t here = framed();
    if (size - here > look_back + 2 * kNear) {
      const std::size_t last = last_landmark(here, size);
      if (last != kNone && last > here + look_back) {
        const std::size_t goal = last_landmark(here, last - look_back);
        if (goal != kNone) {
          pass_to(goal, occasion);
        }
      }
    }
    if (size - framed() > std::min(occasion.most_lag, kMostUnframed)) {
      catch_up(occasion);
    }
  }
}

// The time of the newest complete record is the log's, whether or not anybody needs the record. Where that must be framed to
// know it, the framer comes.
std::optional<base::Time> StreamMatcher::look_at_time(const Occasion& occasion) {
  const std::size_t size = text().size();
  if (fed_ == size || framer_.landmark() == Landmark::kNone) {
    return framer_.newest_time();
  }
  const std::size_t here = framed();
  // Behind an opener in a site-server log no line is a landmark: the record that starts there is not complete.
  const bool waits = framer_.format() == records::Format::kSiteServer && due_ != kNone;
  const std::size_t landmark = last_landmark(here, waits ? due_ : size);
  const std::size_t last = landmark == kNone ? here : landmark;
  if (undirected_until(last) < last || size - last > kNear) {
    catch_up(occasion);
    return framer_.newest_time();
  }
  LookBack back = look_back(occasion.now);
  return back.newest_time(last, size, [&] {
    if (known_ <= here || known_ > last) {
      known_ = here;
      known_memory_ = framer_.memory();
    }
    if (known_ < last) {
      known_memory_ = back.newest(known_, last, known_memory_);
      known_ = last;
    }
    return known_memory_;
  });
}

void StreamMatcher::drop_framed() {
  const std::size_t here = framed();
  start_ += here;
  text_offset_ += here;
  fed_ -= here;
  searched_ -= std::min(searched_, here);
  undirected_ -= std::min(undirected_, here);
  counted_ -= std::min(counted_, here);
  awaited_ -= std::min(awaited_, here);
  known_ -= std::min(known_, here);
  if (due_ != kNone) {
    due_ -= here;
  }
  if (start_ == size_) {
    start_ = size_ = 0;
  }
}

void StreamMatcher::catch_up(const Occasion& occasion) {
  feed_framer(text().size(), occasion);
  searched_ = text().size();
  if (due_ != kNone && framed() > due_) {
    due_ = kNone;
  }
  newest_time_ = framer_.newest_time();
}

void StreamMatcher::end_file(const Occasion& occasion) {
  catch_up(occasion);
  framer_.end_file(occasion.now, [&](const records::Record& record) {
    matcher_.match(record, occasion.path, occasion.handle, occasion.heard);
  });
  start_ = size_ = fed_ = searched_ = 0;
  undirected_ = counted_ = known_ = 0;
  due_ = kNone;
  text_offset_ = framer_.resume_offset();
  newest_time_ = framer_.newest_time();
}

}  // namespace cmgmon::matches
