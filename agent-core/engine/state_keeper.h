#pragma once
// Knows what an agent has to save, and what of it is saved already, so that a commit holds little.
//
// Errors:  none; after a commit that failed the next one holds everything.
// Threads: the pipeline thread. take() is a whole step: nothing is decided while it runs.
// Life:    book, pipeline and deliveries outlive it.
// Tests:   tests/unit/engine/agent_test.cpp, tests/system/crash

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/delivery.h"
#include "engine/pipeline.h"
#include "incidents/incident_book.h"
#include "store/store.h"

namespace cmgmon::engine {

// The incidents of an earlier run, before anything else. When they cannot be understood, places, correlations and absences
// go with them: the logs are read from their beginning, so that what is open is found again.
std::optional<base::Error> load_book(incidents::IncidentBook& book, store::Opened& opened);

class StateKeeper {
 public:
  StateKeeper(incidents::IncidentBook& book, Pipeline& pipeline, const Deliveries& deliveries)
      : book_(book), pipeline_(pipeline), deliveries_(deliveries) {}

  // Hands what an earlier agent saved to those whose it is, before anything else happens. Returns what could not be
  // understood, one error for each room.
  std::vector<base::Error> restore(const store::Opened& opened);

  // The stream's log was worked off up to here.
  void moved(const tail::Checkpoint& checkpoint);
  // Its backlog is over, perhaps long after it moved: backlogs end together.
  void backlog_ended(const std::string& stream);
  void told(const incidents::Transition& transition);

  // What changed since the last call.
  store::Changes take();
  void not_saved(store::Changes changes);

  // For the next agent of this process.
  store::Snapshot snapshot();
  std::vector<incidents::Transition> take_told() { return std::exchange(told_, {}); }

 private:
  void take_outbox(store::OutboxChanges& outbox);

  incidents::IncidentBook& book_;
  Pipeline& pipeline_;
  const Deliveries& deliveries_;
  std::map<std::string, store::StreamState> streams_;
  std::set<std::string> moved_;
  std::vector<incidents::Transition> told_;
  std::vector<store::OutboxChanges::Key> nobodys_;  // rows of sinks that are no longer there
  std::uint64_t absence_saved_ = 0;                 // its hash
  bool everything_ = false;
  bool first_ = true;
};

}  // namespace cmgmon::engine
