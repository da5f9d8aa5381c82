#pragma once
// The matches of one group of a correlation, in the order of their times, and whether its condition holds in a window
// that slides over them.
//
// A window ends with one of the events and reaches back by timespan, both ends included. An event that comes in order
// is a step of the window; one that comes late makes the windows around it be looked at again.
//
// Errors:  none.
// Tests:   tests/unit/matches/correlator_test.cpp, correlator_model_test.cpp

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "signatures/correlation.h"

namespace cmgmon::matches {

struct CorrelatedEvent {
  base::Time time{};        // by the log; of arrival when the log has none
  bool timed = true;        // by the log
  std::uint64_t order = 0;  // of arrival
  std::uint32_t rule = 0;   // place in Correlation::rules
  std::string stream;
  std::string value;               // of Correlation::field
  std::vector<std::string> heals;  // keys of the recoveries that take it away
};

class CorrelationWindow {
 public:
  explicit CorrelationWindow(const signatures::Correlation& correlation)
      : correlation_(&correlation) {}

  // The newest window that holds the event just added and satisfies the condition.
  struct Found {
    std::size_t first = 0;  // into events()
    std::size_t last = 0;
    std::uint64_t events = 0;
    std::uint64_t count = 0;  // what the condition was asked about
  };

  // So old that no window that is still of interest could hold it.
  bool too_late(const CorrelatedEvent& event) const;
  // `event` must not be too late. Events that have become too old are handed to `dropped`; beyond `max_events` the oldest.
  using Dropped = std::function<void(const CorrelatedEvent&)>;
  std::optional<Found> add(CorrelatedEvent event, std::size_t max_events, const Dropped& dropped);
  void remove_if(const std::function<bool(const CorrelatedEvent&)>& unwanted,
                 const Dropped& dropped);
  void clear(const Dropped& dropped);
  // An event that was saved; in the order of events().
  void restore(CorrelatedEvent event);

  const std::deque<CorrelatedEvent>& events() const { return events_; }

 private:
  // What is in the window [begin, end) of the events.
  struct Content {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::array<std::size_t, signatures::kMaxCorrelatedRules> of_rule{};
    std::map<std::string, std::size_t> of_value;
    // kTemporalOrdered: [rule][length - 1] = the latest beginning of a chain of so many rules in order that ends with it.
    std::vector<std::vector<std::optional<base::Time>>> chains;
  };

  void take_in_next(Content& content) const;
  void let_go(Content& content, const CorrelatedEvent& event) const;
  std::uint64_t count(const Content& content) const;
  void drop_front(const Dropped& dropped);

  const signatures::Correlation* correlation_;
  std::deque<CorrelatedEvent> events_;
  Content newest_;      // the window that ends with the newest event
  bool stale_ = false;  // newest_ has to be made anew
};

}  // namespace cmgmon::matches
