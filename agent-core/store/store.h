#pragma once
// What must survive: one interface, now a single document on disk, later a database.
//
// commit() takes the whole state after a step: checkpoints, the rooms' own bytes and the
// transitions that sinks have not acknowledged. All of it becomes durable together or not at all.
//
// Errors:  open() on a damaged document quarantines it (renamed beside) and returns an empty store
// that says so. Threads: one thread at a time. Tests:   tests/unit/store/state_document_test.cpp

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
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

struct Snapshot {
  std::map<std::string, StreamState> streams;  // by StreamInfo::key
  std::string book;                            // IncidentBook::save()
  std::string correlations;                    // Correlator::save()
  std::string absence;                         // AbsenceWatch::save(); "" before there were any
  std::vector<OutboxRow> outbox;               // in order of decision
};

struct Opened;

class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;
  virtual base::Result<void> commit(const Snapshot& snapshot) = 0;
};

struct Opened {
  std::unique_ptr<Store> store;
  Snapshot snapshot;  // empty at the first start
  std::optional<base::Error>
      quarantined;  // why the old document was put aside, and where it is now
};

// What an agent last saved, without touching it; empty when there is none yet.
base::Result<Snapshot> read_state_document(const std::string& path);

// The document store: write beside, flush, rename.
base::Result<Opened> open_state_document(const std::string& path);

}  // namespace cmgmon::store
