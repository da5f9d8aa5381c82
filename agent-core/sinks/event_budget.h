#pragma once
// Keeps a storm of incidents from rolling everything else out of the Event Log.
//
// A window begins with the first event and lasts `window`. Within it each raise gets its own event, except:
//   - medium and below, once half of the budget is used: the other half is kept for what is more important;
//   - high, once the whole budget is used.
// Never held back: critical ones, and the first raise of each signature in the window, so that a storm of one signature
// cannot hide another. A clear is written if its raise was; else it is counted too.
// What was not written is told in one summary when the window is over, with counts per signature.
//
// Pure: time comes with the transitions. A clock that is set back by more than a window begins a new window.
// Tests: tests/unit/sinks/event_budget_test.cpp

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>

#include "base/time.h"
#include "incidents/incident.h"

namespace cmgmon::sinks {

struct BudgetOptions {
  std::size_t events = 60;
  std::chrono::milliseconds window = std::chrono::minutes(10);
};

class EventBudget {
 public:
  explicit EventBudget(BudgetOptions options) : options_(options) {}

  // Whether the transition gets an event of its own. Call begin() first and count() afterwards, when it is written.
  bool writes(const incidents::Transition& transition) const;
  // It was written, or (written == false) goes into the summary.
  void count(const incidents::Transition& transition, bool written);

  struct Summary {
    std::string counts;       // "CMG-X 12 raised, 3 cleared; CMG-Y 1 raised"
    std::uint64_t total = 0;  // transitions not written
  };
  // What is owed for a window that is over at `now`, or (at_once) for the one that is running.
  std::optional<Summary> owed(base::Time now, bool at_once = false) const;
  void paid();

  // Begins a new window if the old one is over; what it owes stays owed.
  void begin(base::Time now);

  // From where `before` ended, with our own limits.
  void go_on(EventBudget before);

 private:
  struct Counts {
    std::uint64_t raised = 0;
    std::uint64_t cleared = 0;
  };

  bool over(base::Time now) const;

  BudgetOptions options_;
  std::optional<base::Time> start_;
  std::size_t used_ = 0;
  std::set<std::string> seen_;  // signatures with an event in this window
  std::map<std::string, Counts> unwritten_;
  std::optional<base::Time> unwritten_since_;
  std::unordered_set<std::string> silent_;  // episodes whose raise was not written
  std::deque<std::string> silent_order_;
};

}  // namespace cmgmon::sinks
