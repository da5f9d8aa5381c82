#include "engine/state_keeper.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/hash.h"

namespace cmgmon::engine {

namespace {

constexpr std::size_t kMaxTold =
    10000;  // that could not be saved; the oldest are left out of history

base::Error not_understood(const std::string& what, const base::Error& why, const std::string& so,
                           const std::string& remedy) {
  return {why.kind, 0, what + " (" + why.message + "), so " + so, remedy};
}

store::RoomChanges one_row(std::string bytes) {
  store::RoomChanges changes;
  changes.all = true;
  changes.rows[""] = std::move(bytes);
  return changes;
}

}  // namespace

std::optional<base::Error> load_book(incidents::IncidentBook& book, store::Opened& opened) {
  const auto rows = opened.snapshot.rooms.find(store::kBook);
  if (rows == opened.snapshot.rooms.end()) {
    return std::nullopt;
  }
  const auto loaded = book.load_rows(rows->second);
  if (loaded) {
    return std::nullopt;
  }
  opened.snapshot.rooms.clear();
  opened.snapshot.streams.clear();
  opened.unsaved = true;
  return not_understood("The open incidents cannot be understood", loaded.error(),
                        "the logs are read from their beginning",
                        "What is open is found again and may be reported again; what ended "
                        "meanwhile is not reported as cleared. Keep the copy for support or delete "
                        "it");
}

std::vector<base::Error> StateKeeper::restore(const store::Opened& opened) {
  std::vector<base::Error> errors;
  const store::Snapshot& snapshot = opened.snapshot;
  everything_ = opened.unsaved;
  told_ = opened.told;
  if (const auto absence = snapshot.row_of(store::kAbsence); !absence.empty()) {
    if (const auto known = pipeline_.load_absence(absence); !known) {
      errors.push_back(not_understood("The watched times cannot be understood", known.error(),
                                      "silence is measured from now on",
                                      "Nothing needs to be done; a log that is silent now is "
                                      "reported later than it would have been"));
    }
  }
  if (const auto correlations = snapshot.row_of(store::kCorrelations); !correlations.empty()) {
    if (const auto loaded = pipeline_.restore_correlations(correlations); !loaded) {
      errors.push_back(not_understood("What the correlations remember cannot be understood",
                                      loaded.error(), "they begin anew",
                                      "Nothing needs to be done; a correlation whose events lie "
                                      "before and after this moment is not seen"));
    }
  }
  for (const auto& [key, state] : snapshot.streams) {
    streams_[key] = state;
    pipeline_.restore(key, state);
  }
  for (const auto& row : snapshot.outbox) {
    if (Delivery* const delivery = find(deliveries_, row.sink)) {
      delivery->restore(row);
    } else {
      nobodys_.push_back({row.sink, row.id});
    }
  }
  return errors;
}

void StateKeeper::moved(const tail::Checkpoint& checkpoint) {
  streams_[checkpoint.stream] = pipeline_.state_at(checkpoint);
  moved_.insert(checkpoint.stream);
}

void StateKeeper::backlog_ended(const std::string& stream) {
  const auto known = streams_.find(stream);
  if (known != streams_.end() && !known->second.backlog_done) {
    known->second.backlog_done = true;
    moved_.insert(stream);
  }
}

void StateKeeper::told(const incidents::Transition& transition) {
  if (transition.kind != incidents::TransitionKind::kUpdated) {
    told_.push_back(transition);
  }
}

void StateKeeper::take_outbox(store::OutboxChanges& outbox) {
  for (const auto& delivery : deliveries_) {
    delivery->take_changes(outbox);
  }
  std::move(nobodys_.begin(), nobodys_.end(), std::back_inserter(outbox.removed));
  nobodys_.clear();
}

store::Changes StateKeeper::take() {
  store::Changes changes;
  changes.everything = everything_;
  take_outbox(changes.outbox);
  if (everything_) {
    changes.streams = streams_;
    changes.outbox = {};
    for (const auto& delivery : deliveries_) {
      delivery->append_rows(changes.outbox.added);
    }
  } else {
    for (const auto& key : moved_) {
      changes.streams.emplace(key, streams_.at(key));
    }
  }
  auto& book = changes.rooms[store::kBook];
  book.all = first_;
  book.rows = book_.changes(first_ || everything_);
  if (pipeline_.take_correlations_changed() || everything_) {
    changes.rooms[store::kCorrelations] = one_row(pipeline_.save_correlations());
  }
  std::string absence = pipeline_.save_absence();
  const std::uint64_t hash = base::content_hash(absence);
  if (hash != absence_saved_ || everything_) {
    absence_saved_ = hash;
    changes.rooms[store::kAbsence] = one_row(std::move(absence));
  }
  changes.told = std::exchange(told_, {});
  moved_.clear();
  first_ = false;
  everything_ = false;
  return changes;
}

void StateKeeper::not_saved(store::Changes changes) {
  everything_ = true;
  std::move(told_.begin(), told_.end(), std::back_inserter(changes.told));
  told_ = std::move(changes.told);
  if (told_.size() > kMaxTold) {
    told_.erase(told_.begin(), told_.end() - static_cast<std::ptrdiff_t>(kMaxTold));
  }
}

store::Snapshot StateKeeper::snapshot() {
  store::Snapshot snapshot;
  snapshot.streams = streams_;
  for (auto& [key, bytes] : book_.changes(true)) {
    if (bytes) {
      snapshot.rooms[store::kBook][key] = std::move(*bytes);
    }
  }
  snapshot.rooms[store::kCorrelations][""] = pipeline_.save_correlations();
  snapshot.rooms[store::kAbsence][""] = pipeline_.save_absence();
  for (const auto& delivery : deliveries_) {
    delivery->append_rows(snapshot.outbox);
  }
  return snapshot;
}

}  // namespace cmgmon::engine
