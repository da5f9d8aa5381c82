#pragma once
// What must survive, in a database of which one agent at a time is the writer.
//
// commit() takes what changed in a step: places in the logs, the rooms' own rows, what the outbox gained and lost, what
// was told. All of it becomes durable together or not at all. The store never knows the fields of a room's state.
//
// After a commit that failed the next one must hold everything: what is on the disk may be old, new or gone.
//
// Errors:  commit() fails when nothing was saved; it opens the database anew when it is called again. A damaged one is
//          put aside (renamed beside) with what belongs to it.
// Threads: one thread at a time.
// Tests:   tests/unit/store/, tests/system/crash/, tests/system/linux/damaged_state.sh

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "incidents/incident.h"
#include "tail/checkpoint.h"

namespace cmgmon::store {

struct StreamState {
  tail::Checkpoint checkpoint;
  std::string framer;   // what the pipeline keeps of its framers
  std::string matcher;  // Matcher::save()
  bool backlog_done = true;
};

struct OutboxRow {
  std::string sink;
  incidents::Transition transition;
  std::uint64_t id = 0;  // ascending within its sink
};

// What happened to the outbox between two commits.
struct OutboxChanges {
  struct Key {
    std::string sink;
    std::uint64_t id = 0;
  };
  std::vector<OutboxRow> added;
  std::vector<Key> removed;  // acknowledged, or dead letters
};

using Rows = std::map<std::string, std::string>;  // what a room saved, by its own keys

// By name of the room.
inline constexpr const char* kBook = "book";                  // IncidentBook::changes()
inline constexpr const char* kCorrelations = "correlations";  // one row: Correlator::save()
inline constexpr const char* kAbsence = "absence";            // one row: AbsenceWatch::save()

struct Snapshot {
  std::map<std::string, StreamState> streams;  // by StreamInfo::key
  std::map<std::string, Rows> rooms;
  std::vector<OutboxRow> outbox;  // in order within each sink

  // The one row of a room that has only one; "" when there is none.
  std::string row_of(const std::string& room) const;
};

struct RoomChanges {
  bool all = false;                                          // rows that are not named are gone
  std::map<std::string, std::optional<std::string>> rows{};  // nullopt: gone
};

struct Changes {
  bool everything = false;  // in place of all that was saved; what was told stays
  std::map<std::string, StreamState> streams;
  std::map<std::string, RoomChanges> rooms;
  OutboxChanges outbox;
  std::vector<incidents::Transition> told;  // becomes history
};

// How long what was told is kept, whichever limit is reached first.
struct HistoryLimits {
  std::chrono::days age{90};
  std::uint64_t bytes = 64U << 20U;
};

class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;
  virtual base::Result<void> commit(const Changes& changes) = 0;
  virtual void keep_history(const HistoryLimits& limits) { static_cast<void>(limits); }
  // A copy of what is saved now, for people, beside it. Returns its path.
  virtual base::Result<std::string> keep_copy() {
    return base::Error{base::ErrorKind::kUnsupported, 0, "There is nothing to copy"};
  }
  // What waited in the outbox of a database that could not be read when it was opened, once it can be: after a commit.
  virtual std::vector<OutboxRow> take_found() { return {}; }
};

struct Opened {
  std::unique_ptr<Store> store;
  Snapshot snapshot;  // empty at the first start
  bool unsaved =
      false;  // the store does not hold the snapshot: the first commit must hold everything
  std::optional<base::Error> quarantined{};  // why the old state was put aside, and where it is now
  std::optional<base::Error> unread{};  // why nothing of it could be read, although it is there
  std::vector<incidents::Transition> told{};  // that history does not have yet
};

// The database in this folder. The state document of earlier versions that stands there is taken over once. Never fails:
// what keeps the database from being written to is the error of the first commit, and what can be read of it is there. One
// that cannot even be read is waited for, a few seconds.
Opened open_state(const std::string& folder, const HistoryLimits& limits);
// The store in that folder when nothing of it could be read, and without trying: what waits in its outbox is found by the
// first commit, everything else is written over.
std::unique_ptr<Store> unread_state(const std::string& folder, const HistoryLimits& limits);

// --- for those who only look, also while an agent writes

// Rooms only; empty when nothing was ever saved.
base::Result<Snapshot> read_rooms(const std::string& folder);

struct HistoryRow {
  std::int64_t id = 0;  // ascending in the order of decision
  incidents::Transition transition;
};
struct HistoryQuery {
  std::int64_t after_id = 0;
  std::optional<base::Time> since;
  std::size_t limit = 1000;
};
struct HistoryPage {
  std::vector<HistoryRow> rows;  // oldest first; those that cannot be read are left out
  std::int64_t last_id = 0;      // of the last row that was looked at
  bool more = false;             // ask again, after that id
};
base::Result<HistoryPage> read_history(const std::string& folder, const HistoryQuery& query);
// The id of the newest row; 0 when there is none.
base::Result<std::int64_t> newest_history(const std::string& folder);

}  // namespace cmgmon::store
