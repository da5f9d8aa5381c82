// StreamFollower, second half: our file is not where it was, or is at its end.
//
// A writer may act between any two of our calls. Three habits make that harmless:
// - an answer that rests on several files is believed only when a second look gives the same;
// - a new file is begun only when a listing made after it was opened shows nothing unread before it (a listing may have a
//   name that was given while it was made, and not one that was given shortly before);
// - files seen in a listing are called old only when, after that listing, the live log was still the one we are in.

#include <algorithm>
#include <utility>

#include "base/path.h"
#include "tail/source.h"
#include "tail/stream_follower.h"

namespace cmgmon::tail {

namespace {

constexpr int kMaxRounds = 5;
// Our file, renamed, is among those that came since we last looked, however many they are. Of all others so many are looked
// at: a clock that was set back gives it a name that looks old; nobody keeps more undated backups.
constexpr int kMaxCandidates = 64;

bool is_busy(const base::Error& error) {
  return error.kind == base::ErrorKind::kBusy;
}
bool is_absent(const base::Error& error) {
  return error.kind == base::ErrorKind::kNotFound;
}

}  // namespace

// The candidate holds what a file that was read further than ours held: it is that file, whatever we share with it.
bool StreamFollower::is_other_file(Visit& visit) const {
  return std::any_of(siblings_.behind.begin(), siblings_.behind.end(), [&](const Behind& behind) {
    if (behind.place.offset <= current_->offset) {
      return false;
    }
    const auto held = visit.holds(behind.place);
    return held && *held;
  });
}

// Looks for the bytes we know in all files of the stream: first the very file, under whatever name, then a copy, then
// the same name (a program that writes a new file and puts it in the place of the old).
StreamFollower::Step StreamFollower::relocate(PollState& poll) {
  std::vector<std::pair<std::string, std::uint64_t>> seen_before;
  for (int round = 0; round < kMaxRounds; ++round) {
    const auto files = poll.discovery.files_of(found_);
    if (!files) {
      return blocked(poll, Troubles::Kind::kFolder, found_.folder, files.error());
    }
    int best_rank = 3;
    std::string best_path;
    platform::FileId best_id;
    std::optional<std::pair<std::string, base::Error>> uncertain;
    std::vector<std::pair<std::string, std::uint64_t>> seen;
    int candidates = 0;
    for (auto file = files->rbegin(); file != files->rend(); ++file) {
      if (found_.dated_only && !is_current(file->path)) {
        continue;  // IIS never renames
      }
      const bool came_since = file->dated && file->order > siblings_.watermark;
      if (!came_since && ++candidates > kMaxCandidates) {
        break;
      }
      auto visit = Visit::open(poll.files, file->path);
      if (!visit) {
        if (!is_absent(visit.error()) &&
            (is_busy(visit.error()) || !poll.troubles.lasts(file->path))) {
          uncertain = {file->path, visit.error()};
        }
        continue;
      }
      const platform::FileId id = visit->info().id;
      seen.emplace_back(file->path, id.index);
      const auto held = visit->holds(*current_);
      if (!held) {
        uncertain = {file->path, held.error()};
        continue;
      }
      if (!*held) {
        continue;
      }
      int rank = 3;
      if (same_id(id, current_->id)) {
        rank = 0;
      } else if (current_->offset > 0) {
        rank = is_current(file->path) ? 2 : 1;
        // A few bytes do not tell a copy from a file that is known to be old.
        const bool old =
            file->dated && file->order <= siblings_.watermark && current_->offset < kBeforeBytes;
        if (rank == 1 && (old || is_other_file(*visit))) {
          rank = 3;
        }
      }
      // A copy of the log in the making is no reason to leave the log, even under an id that was ours before the log was
      // replaced.
      if (rank <= 1 && best_rank == 2 && is_copy_of_live(poll, *visit)) {
        rank = 3;
      }
      if (rank < best_rank) {
        best_rank = rank;
        best_path = file->path;
        best_id = id;
      }
    }
    if (best_rank == 0 && current_->offset == 0) {
      return advance(
          poll, Why::kUnseen);  // systems use ids again: it takes its turn among the unread files
    }
    if (best_rank == 0 || (best_rank < 3 && !uncertain)) {
      goes_on_as(best_path, best_id);
      return Step::kAgain;
    }
    if (uncertain) {
      return blocked(poll, Troubles::Kind::kFile, uncertain->first, uncertain->second);
    }
    if (round > 0 && seen == seen_before) {
      return advance(poll, Why::kLost);
    }
    seen_before = std::move(seen);
  }
  unfinished_ = true;
  return Step::kDone;
}

// Leaves the current file, if there is one, for the one after it, if there is one.
StreamFollower::Step StreamFollower::advance(PollState& poll, Why why) {
  const auto files = poll.discovery.files_of(found_);
  if (!files) {
    return blocked(poll, Troubles::Kind::kFolder, found_.folder, files.error());
  }
  const Next next = pick_next(poll, *files, why);
  if (next.kind == Next::Kind::kBlocked) {
    return Step::kDone;
  }
  if (next.kind == Next::Kind::kNone) {
    if (why == Why::kUnreadable) {
      unfinished_ = true;
      return Step::kDone;
    }
    // Between two steps of a rollover there may be no log for a moment.
    if (why == Why::kLost && ++missing_looks_ >= kPatientPolls) {
      tell_gap(poll, why);
    }
    caught_up(poll);
    return Step::kDone;
  }
  if (next.file.dated && next.file.order < files->back().order &&
      poll.troubles.lasts(next.file.path)) {
    const auto visit = Visit::open(poll.files, next.file.path);
    if (!visit && !is_absent(visit.error()) && !is_busy(visit.error())) {
      poll.events.emplace_back(Gap{id_, next.file.path, 0, kUnreadableText});
      siblings_.watermark = std::max(siblings_.watermark, next.file.order);
      return Step::kAgain;
    }
  }
  return move_on(poll, why, next.file);
}

StreamFollower::Step StreamFollower::move_on(PollState& poll, Why why, const StreamFile& file) {
  const auto visit = Visit::open(poll.files, file.path);
  if (!visit) {
    return is_absent(visit.error())
               ? Step::kAgain
               : blocked(poll, Troubles::Kind::kFile, file.path, visit.error());
  }
  was_readable_ = true;
  const auto files = poll.discovery.files_of(found_);
  if (!files) {
    return blocked(poll, Troubles::Kind::kFolder, found_.folder, files.error());
  }
  const Next still = pick_next(poll, *files, why);
  if (still.kind == Next::Kind::kBlocked) {
    return Step::kDone;
  }
  if (still.kind != Next::Kind::kFile || still.file.path != file.path) {
    return Step::kAgain;
  }
  if (current_ && (why == Why::kLost || why == Why::kUnreadable)) {
    tell_gap(poll, why);
  }
  leave(poll, why);
  FilePlace place;
  place.path = file.path;
  place.id = visit->info().id;
  start(poll, place, visit->info().size);
  return Step::kAgain;
}

// The first bytes of a log are delivered only when nothing older is unread: a few bytes are no identity, and a writer that
// copies and cuts keeps the id.
std::optional<StreamFollower::Next> StreamFollower::unread_before_live(PollState& poll) {
  if (forgetful_) {
    return std::nullopt;  // everything would look unread
  }
  const auto files = poll.discovery.files_of(found_);
  if (!files) {
    blocked(poll, Troubles::Kind::kFolder, found_.folder, files.error());
    return Next{Next::Kind::kBlocked};
  }
  Next next = pick_next(poll, *files, Why::kRead);
  if (next.kind == Next::Kind::kNone || (next.kind == Next::Kind::kFile && next.file.live)) {
    return std::nullopt;
  }
  return next;
}

// The log that we have just begun was cut and begun anew; what we have of it, if anything, is in an older file.
StreamFollower::Step StreamFollower::turn_back(PollState& poll, const StreamFile& older) {
  const auto live = Visit::open(poll.files, current_->path);
  if (!live || !same_id(live->info().id, current_->id)) {
    return Step::kAgain;  // renamed meanwhile: what looked older may be newer
  }
  if (current_->offset == 0) {
    return move_on(poll, Why::kRead, older);
  }
  auto visit = Visit::open(poll.files, older.path);
  if (!visit) {
    return is_absent(visit.error())
               ? Step::kAgain
               : blocked(poll, Troubles::Kind::kFile, older.path, visit.error());
  }
  const auto held = visit->holds(*current_);
  if (!held) {
    return blocked(poll, Troubles::Kind::kFile, older.path, held.error());
  }
  if (!*held) {
    return move_on(poll, Why::kLost, older);
  }
  goes_on_as(older.path, visit->info().id);
  return Step::kAgain;
}

// The oldest file that was not read yet. Dated names say which are newer; of undated backups those are new that are
// newer than the newest one that we know.
StreamFollower::Next StreamFollower::pick_next(PollState& poll,
                                               const std::vector<StreamFile>& files, Why why) {
  std::string passed = siblings_.watermark;
  if (current_) {
    const SiblingName name = sibling_name(base::file_name(current_->path));
    passed = name.dated && why != Why::kUnseen ? std::max(passed, name.order) : passed;
  }
  std::optional<StreamFile> oldest_undated;
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    if (file->dated || file->live) {
      continue;
    }
    if (why == Why::kUnreadable && is_current(file->path)) {
      break;
    }
    const auto unread = is_unread(poll, *file, why);
    if (!unread) {
      return {Next::Kind::kBlocked};
    }
    if (!*unread) {
      break;
    }
    oldest_undated = *file;
  }
  if (oldest_undated) {
    return {Next::Kind::kFile, *oldest_undated};
  }
  for (const StreamFile& file : files) {
    if (file.live) {
      return {Next::Kind::kFile, file};
    }
    // IIS never renames: a log that was emptied or made anew is begun again under its own name.
    const bool again = found_.dated_only && why == Why::kLost && is_current(file.path);
    if (!file.dated || (file.order <= passed && !again)) {
      continue;
    }
    if (!found_.dated_only) {
      const auto unread = is_unread(poll, file, why);
      if (!unread) {
        return {Next::Kind::kBlocked};
      }
      if (!*unread) {
        continue;
      }
    }
    return {Next::Kind::kFile, file};
  }
  return {};
}

std::optional<bool> StreamFollower::is_unread(PollState& poll, const StreamFile& file, Why why) {
  if (skipped_.contains(file.path)) {
    return false;
  }
  auto visit = Visit::open(poll.files, file.path);
  if (!visit) {
    if (is_absent(visit.error())) {
      return false;
    }
    if (!is_busy(visit.error()) && poll.troubles.lasts(file.path)) {
      skipped_.insert(file.path);
      poll.events.emplace_back(Gap{id_, file.path, 0, kUnreadableText});
      return false;
    }
    blocked(poll, Troubles::Kind::kFile, file.path, visit.error());
    return std::nullopt;
  }
  const std::uint64_t size = visit->info().size;
  if (size == 0) {
    return false;
  }
  // It was read: it is that file, or a copy of all or (a stale copy) of less of it.
  const auto is_of = [&](const FilePlace& place, bool itself) {
    const auto held = visit->holds(place);
    const auto begins = visit->begins(place);
    return (place.offset > 0 && held && *held && (itself || size == place.offset)) ||
           (begins && *begins);
  };
  if (current_ && is_of(*current_, why == Why::kRead && same_id(visit->info().id, current_->id))) {
    return false;
  }
  for (const Behind& behind : siblings_.behind) {
    if (is_of(behind.place, same_id(visit->info().id, behind.place.id))) {
      return false;
    }
  }
  // It is read where it is, the copy is for later.
  return !is_copy_of_live(poll, *visit);
}

// A writer that copies the log and then cuts it has done the first half.
bool StreamFollower::is_copy_of_live(PollState& poll, Visit& visit) {
  if (found_.dated_only) {
    return false;
  }
  auto live = Visit::open(poll.files, base::join_path(found_.folder, found_.live_name));
  if (!live || same_id(live->info().id, visit.info().id)) {
    return false;
  }
  if (!visit.refresh()) {
    return false;  // another copy may have taken its place since, and be shorter
  }
  const auto end = visit.place_at(visit.info().size);
  if (!end || !*end) {
    return false;
  }
  const auto held = live->holds(**end);
  return held && *held;
}

// The backup that we have just begun was overwritten by a copy of the log. Whatever we have of it is in the log, too.
StreamFollower::Step StreamFollower::leave_copy(PollState& poll) {
  if (current_->offset == 0) {
    return advance(poll, Why::kLost);
  }
  const std::string path = base::join_path(found_.folder, found_.live_name);
  if (const auto live = Visit::open(poll.files, path)) {
    goes_on_as(path, live->info().id);
  }
  return Step::kAgain;
}

void StreamFollower::goes_on_as(const std::string& path, const platform::FileId& id) {
  current_->path = path;
  current_->id = id;
  moved_ = true;
  checked_at_.reset();
}

void StreamFollower::start(PollState& poll, const FilePlace& place, std::uint64_t size) {
  current_ = place;
  resume_ = 0;
  known_size_ = size;
  forgetful_ = false;
  ended_ = false;
  started_ = true;
  line_ended_ = true;
  gap_told_ = false;
  missing_looks_ = 0;
  checked_at_.reset();
  if (++poll.begun == kFilesPerPoll) {
    poll.budget = 0;
  }
  tell_start(poll, place.path, 0);
}

void StreamFollower::leave(PollState& poll, Why why) {
  if (!current_) {
    return;
  }
  if (started_) {
    poll.events.emplace_back(FileEnded{id_, current_->path});
    serve_late(poll);
  }
  const SiblingName name = sibling_name(base::file_name(current_->path));
  if (name.dated && why != Why::kUnseen) {
    siblings_.watermark = std::max(siblings_.watermark, name.order);
  }
  skipped_.erase(current_->path);
  const bool delivered = why == Why::kRead;
  // There is nothing to know an empty file by but its name, which for IIS is enough.
  if (current_->offset > 0 || found_.dated_only) {
    siblings_.remember({std::move(*current_), delivered, delivered, poll.now});
  }
  current_.reset();
}

// What lies beside the live log is old. Dated names are noted at every look; undated backups are opened only when the
// memory of them was lost, and not if they are a copy of the log in the making.
void StreamFollower::adopt(PollState& poll, const std::vector<StreamFile>& files) {
  for (const StreamFile& file : files) {
    if (file.dated && file.order > siblings_.watermark) {
      siblings_.watermark = file.order;
      moved_ = true;
    }
  }
  if (!forgetful_) {
    return;
  }
  std::vector<Behind> old;
  for (const StreamFile& file : files) {
    if (file.dated || file.live) {
      continue;
    }
    const auto unread = is_unread(poll, file, Why::kRead);
    if (!unread) {
      return;  // not readable just now
    }
    auto visit = *unread ? Visit::open(poll.files, file.path) : base::Result<Visit>(base::Error{});
    if (!visit) {
      continue;
    }
    const auto place = visit->place_at(visit->info().size);
    if (place && *place && !is_copy_of_live(poll, *visit)) {
      old.push_back({std::move(**place), false, false});
    }
  }
  // What we saw there is old only if the log is still the one we are in.
  auto live = Visit::open(poll.files, current_->path);
  if (!live || !same_id(live->info().id, current_->id)) {
    return;
  }
  const auto held = live->holds(*current_);
  if (!held || !*held) {
    return;
  }
  forgetful_ = false;
  for (Behind& behind : old) {
    siblings_.remember(std::move(behind));
  }
}

}  // namespace cmgmon::tail
