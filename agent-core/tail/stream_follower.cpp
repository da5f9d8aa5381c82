// Reading the current file. Finding it again after a rollover, and what comes after it: stream_rollover.cpp.

#include "tail/stream_follower.h"

#include <algorithm>
#include <utility>

#include "base/path.h"
#include "tail/source.h"

namespace cmgmon::tail {

namespace {

// A file that is never the same at two looks must not hold up the other streams.
constexpr int kMaxFruitlessSteps = 20;

// UTF-16LE ends its lines with 0A 00.
bool ends_line(std::string_view bytes) {
  return bytes.empty() || bytes.back() == '\n' ||
         (bytes.size() >= 2 && bytes.back() == '\0' && bytes[bytes.size() - 2] == '\n');
}

std::size_t whole_lines(std::string_view bytes) {
  const std::size_t last = bytes.rfind('\n');
  if (last == std::string_view::npos) {
    return 0;
  }
  return last + 1 < bytes.size() && bytes[last + 1] == '\0' ? last + 2 : last + 1;
}

}  // namespace

StreamFollower::StreamFollower(StreamId id, FoundStream found, const Checkpoint* known)
    : id_(id), found_(std::move(found)), key_(found_.key) {
  if (known == nullptr) {
    return;
  }
  key_ = known->stream;
  current_ = FilePlace{known->path,      known->id,     known->head_length,
                       known->head_hash, known->offset, known->before_hash};
  resume_ = std::min(known->resume, known->offset);
  forgetful_ = !siblings_.load(known->siblings);
  const SiblingName name = sibling_name(base::file_name(known->path));
  if (name.dated) {
    siblings_.watermark = std::max(siblings_.watermark, name.order);
  }
}

bool StreamFollower::is_current(std::string_view path) const {
  return current_ && fold_path(current_->path) == fold_path(path);
}

std::optional<std::string> StreamFollower::active_since(base::Time time) const {
  return current_ && read_at_ && *read_at_ >= time ? std::optional(current_->path) : std::nullopt;
}

std::uint64_t StreamFollower::unread_bytes() const {
  return current_ && known_size_ > current_->offset ? known_size_ - current_->offset : 0;
}

bool StreamFollower::seen_before(const PollState& poll, const platform::FileInfo& info) const {
  return checked_at_ && poll.now >= *checked_at_ && poll.now - *checked_at_ < kCheckAgainAfter &&
         info.modified == checked_modified_ && *checked_at_ - info.modified > kTimeOfWritingTells;
}

bool StreamFollower::at_live_path() const {
  return !found_.dated_only && sibling_name(base::file_name(current_->path)).live;
}

std::optional<Checkpoint> StreamFollower::take_checkpoint() {
  if (!moved_ || !current_ || !started_) {
    return std::nullopt;
  }
  moved_ = false;
  Checkpoint checkpoint;
  checkpoint.stream = key_;
  checkpoint.path = current_->path;
  checkpoint.id = current_->id;
  checkpoint.head_length = current_->head_length;
  checkpoint.head_hash = current_->head_hash;
  checkpoint.offset = current_->offset;
  checkpoint.before_hash = current_->before_hash;
  checkpoint.resume = current_->offset;
  checkpoint.siblings = siblings_.save();
  return checkpoint;
}

StreamInfo StreamFollower::info() const {
  return {id_, key_, found_.service, found_.captures};
}

void StreamFollower::look(PollState& poll, const std::vector<StreamFile>* files) {
  unfinished_ = false;
  // Between two lines of the current file only: there the consumer can change files without tearing one. (A record of
  // several lines that is just being written can still be torn; that needs a late line in the same instant.)
  if (files != nullptr && started_ && line_ended_ && serve_late(poll)) {
    tell_start(poll, current_->path, current_->offset);
  }
  for (int fruitless = 0; fruitless < kMaxFruitlessSteps; ++fruitless) {
    const std::size_t told = poll.events.size();
    if (follow(poll, files) == Step::kDone) {
      return;
    }
    fruitless = poll.events.size() > told ? 0 : fruitless;
  }
  base::Error error;
  error.kind = base::ErrorKind::kBusy;
  error.message = key_ + " is another file at every look";
  blocked(poll, Troubles::Kind::kFile, key_, error);
}

StreamFollower::Step StreamFollower::follow(PollState& poll, const std::vector<StreamFile>* files) {
  if (!current_) {
    return advance(poll, Why::kRead);
  }
  auto visit = Visit::open(poll.files, current_->path);
  if (!visit) {
    return visit.error().kind == base::ErrorKind::kNotFound ? relocate(poll)
                                                            : unreadable(poll, visit.error());
  }
  was_readable_ = true;
  const bool same = same_id(visit->info().id, current_->id);
  if (!same || !started_ || visit->info().size != current_->offset) {
    const auto held = visit->holds(*current_);
    if (!held) {
      return unreadable(poll, held.error());
    }
    // The right bytes under another id: our file may still be around under another name.
    if (!*held || !same) {
      return relocate(poll);
    }
  }
  if (!started_) {
    if (resume_ < current_->offset) {
      auto place = visit->place_at(resume_);
      if (!place) {
        return unreadable(poll, place.error());
      }
      // The place was taken from what the file holds now: is that still what we knew?
      const auto held = visit->holds(*current_);
      if (!held) {
        return unreadable(poll, held.error());
      }
      if (!*place || !*held) {
        return relocate(poll);
      }
      current_ = std::move(**place);
    }
    line_ended_ = true;  // a restart resumes where a record begins
    started_ = true;
    tell_start(poll, current_->path, current_->offset);
  }
  return read_to_end(poll, *visit, files);
}

StreamFollower::Step StreamFollower::read_to_end(PollState& poll, Visit& visit,
                                                 const std::vector<StreamFile>* files) {
  for (;;) {
    known_size_ = visit.info().size;
    if (known_size_ < current_->offset) {
      return relocate(poll);
    }
    const std::uint64_t left = known_size_ - current_->offset;
    // The last few bytes of a budget are too few to know a new file by.
    const bool too_few =
        poll.budget < kBeforeBytes && poll.spent && current_->offset < kBeforeBytes;
    if (left > 0 && (poll.budget == 0 || too_few)) {
      poll.budget = 0;
      poll.more = true;
      unfinished_ = true;
      return Step::kDone;
    }
    if (left == 0) {
      // Was it rewritten in place? The head tells too: a log that is emptied and fills up with as many bytes ends like
      // the old one when its last line is of the same second.
      if (seen_before(poll, visit.info())) {
        break;
      }
      const auto held = visit.holds(*current_);
      if (!held) {
        return unreadable(poll, held.error());
      }
      if (!*held) {
        return relocate(poll);
      }
      checked_at_ = poll.now;
      checked_modified_ = visit.info().modified;
      break;
    }
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>({left, poll.budget, kMaxChunkBytes}));
    const FilePlace before = *current_;
    auto bytes = visit.read_on(*current_, count);
    if (!bytes) {
      return unreadable(poll, bytes.error());
    }
    if (!*bytes) {
      return relocate(poll);
    }
    if ((*bytes)->empty()) {
      unfinished_ = true;  // cut under our hands: see what it is at the next poll
      return Step::kDone;
    }
    if (before.offset < kTellingBytes && at_live_path()) {
      if (const auto older = unread_before_live(poll)) {
        current_ = before;
        return older->kind == Next::Kind::kFile ? turn_back(poll, older->file) : Step::kDone;
      }
    }
    if (before.offset < kBeforeBytes && !at_live_path() && is_copy_of_live(poll, visit)) {
      current_ = before;
      return leave_copy(poll);
    }
    poll.troubles.fine(Troubles::Kind::kFile, current_->path, poll.events);
    poll.budget -= (*bytes)->size();
    poll.spent = true;
    line_ended_ = ends_line(visit.bytes_before());
    ended_ = false;
    gap_told_ = false;
    poll.events.emplace_back(Chunk{id_, current_->path, before.offset, std::move(**bytes)});
    moved_ = true;
    read_at_ = poll.now;
    checked_at_.reset();
    if (const auto asked = visit.refresh(); !asked) {
      return unreadable(poll, asked.error());
    }
  }
  poll.troubles.fine(Troubles::Kind::kFile, current_->path, poll.events);
  gap_told_ = false;
  missing_looks_ = 0;
  return at_end(poll, files);
}

StreamFollower::Step StreamFollower::at_end(PollState& poll, const std::vector<StreamFile>* files) {
  if (at_live_path()) {
    if (files != nullptr && current_->offset == 0 && !forgetful_) {
      // It may have been written, copied and cut since we looked.
      if (const auto older = unread_before_live(poll)) {
        return older->kind == Next::Kind::kFile ? turn_back(poll, older->file) : Step::kDone;
      }
    } else if (files != nullptr) {
      adopt(poll, *files);
    }
    caught_up(poll);
    return Step::kDone;
  }
  ended_ = !found_.dated_only;
  if (found_.dated_only) {
    const std::string order = sibling_name(base::file_name(current_->path)).order;
    const auto is_newer = [&](const StreamFile& file) { return file.order > order; };
    if (files == nullptr || std::none_of(files->begin(), files->end(), is_newer)) {
      caught_up(poll);
      return Step::kDone;
    }
  }
  return advance(poll, Why::kRead);
}

// The current file is there and cannot be read.
StreamFollower::Step StreamFollower::unreadable(PollState& poll, const base::Error& error) {
  if (!at_live_path() && error.kind != base::ErrorKind::kBusy &&
      poll.troubles.lasts(current_->path)) {
    return advance(poll, Why::kUnreadable);
  }
  return blocked(poll, Troubles::Kind::kFile, current_->path, error);
}

StreamFollower::Step StreamFollower::blocked(PollState& poll, Troubles::Kind kind,
                                             const std::string& path, const base::Error& error) {
  const bool at_once = !was_readable_ && error.kind != base::ErrorKind::kBusy &&
                       error.kind != base::ErrorKind::kNotFound;
  poll.troubles.failed(kind, path, error, at_once, poll.events);
  unfinished_ = true;
  return Step::kDone;
}

// --- lines that come late ----------------------------------------------------------------------------------------------

bool StreamFollower::serve_late(PollState& poll) {
  bool came = false;
  for (auto behind = siblings_.behind.rbegin(); behind != siblings_.behind.rend(); ++behind) {
    if (behind->watched) {
      came = read_late(poll, *behind) || came;
    }
  }
  return came;
}

bool StreamFollower::read_late(PollState& poll, Behind& behind) {
  if (!behind.quiet_since || *behind.quiet_since > poll.now) {
    behind.quiet_since = poll.now;
  }
  const base::Duration quiet = poll.now - *behind.quiet_since;
  const bool replaced_next = !sibling_name(base::file_name(behind.place.path)).dated;
  if (replaced_next && quiet < kLateBackup) {
    return false;
  }
  const base::Duration limit = replaced_next
                                   ? base::Duration(0)
                                   : base::Duration(found_.dated_only ? kLateIis : kLateHistory);
  auto visit = Visit::open(poll.files, behind.place.path);
  if (!visit) {
    behind.watched = visit.error().kind != base::ErrorKind::kNotFound;
    return false;
  }
  const auto held = visit->holds(behind.place);
  if (!held) {
    return false;
  }
  if (!*held || same_id(visit->info().id, current_->id)) {
    behind.watched = false;  // the next rollover took its place
    return false;
  }
  const std::uint64_t left = visit->info().size - behind.place.offset;
  FilePlace place = behind.place;
  std::size_t whole = 0;
  std::string lines;
  if (left > 0 && poll.budget > 0) {
    auto bytes = visit->read_on(
        place,
        static_cast<std::size_t>(std::min<std::uint64_t>({left, poll.budget, kMaxChunkBytes})));
    if (!bytes || !*bytes) {
      return false;
    }
    lines = std::move(**bytes);
    whole = whole_lines(lines);
    poll.more = poll.more || (whole > 0 && left > lines.size());
  }
  if (whole == 0) {
    behind.watched = quiet < limit;
    return false;
  }
  if (whole < lines.size()) {
    place = behind.place;
    auto again = visit->read_on(place, whole);
    if (!again || !*again || (*again)->size() != whole) {
      return false;
    }
    lines = std::move(**again);
  }
  poll.budget -= lines.size();
  tell_start(poll, place.path, behind.place.offset);
  poll.events.emplace_back(Chunk{id_, place.path, behind.place.offset, std::move(lines)});
  poll.events.emplace_back(FileEnded{id_, place.path});
  behind.place = std::move(place);
  behind.quiet_since = poll.now;
  moved_ = true;
  return true;
}

// --- what is told ------------------------------------------------------------------------------------------------------

void StreamFollower::caught_up(PollState& poll) {
  if (!backlog_ended_) {
    backlog_ended_ = true;
    poll.events.emplace_back(BacklogEnded{id_});
  }
}

void StreamFollower::tell_start(PollState& poll, const std::string& path, std::uint64_t offset) {
  poll.events.emplace_back(FileStarted{id_, path, offset});
  moved_ = true;
}

void StreamFollower::tell_gap(PollState& poll, Why why) {
  if (gap_told_ || ended_ || std::max(known_size_, current_->offset) == 0) {
    return;  // told, or nothing is missing, or nothing was ever seen in it
  }
  gap_told_ = true;
  const std::uint64_t bytes = known_size_ > current_->offset ? known_size_ - current_->offset : 0;
  poll.events.emplace_back(
      Gap{id_, current_->path, bytes,
          why == Why::kUnreadable
              ? kUnreadableText
              : "the log was overwritten or deleted, and what was added to it last is gone"});
}

}  // namespace cmgmon::tail
