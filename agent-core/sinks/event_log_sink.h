#pragma once
// Writes incidents and notices to the Windows Event Log, in the shape that docs/events.md promises.
//
// A detection has 13 strings, always all of them and in this order: title, signature, level, state, host, group, count,
// first seen, last seen, cause, resolution, evidence, JSON. Unknown is "-". A notice has three: message, remedy (may be
// empty), JSON.
//
// Delivery: at least once. A summary that is owed (event_budget.h) is written by advance(), before the next event after
// its window, and when the sink goes away for good.
// Tests:    tests/unit/sinks/event_log_sink_test.cpp

#include <any>
#include <cstddef>
#include <memory>
#include <string>

#include "platform/event_log.h"
#include "sinks/event_budget.h"
#include "sinks/sink.h"
#include "sinks/sink_options.h"

namespace cmgmon::sinks {

inline constexpr std::size_t kDetectionStrings = 13;

// The event for a raise or a clear. `host`: see incident_json.h.
platform::EventRecord event_of(const incidents::Transition& transition, std::string_view host);
platform::EventRecord event_of(const Notice& notice, base::Time at, std::string_view host);

class EventLogSink final : public Sink {
 public:
  EventLogSink(std::unique_ptr<platform::EventLog> log, EventLogOptions options,
               BudgetOptions budget, std::string host);
  ~EventLogSink() override;

  std::string_view name() const override { return options_.name; }
  signatures::Level level() const override { return options_.level; }
  bool wants_updates() const override { return false; }
  Delivered deliver(const incidents::Transition& transition) override;
  base::Result<void> notify(const Notice& notice, base::Time at) override;
  base::Result<void> advance(base::Time now) override;
  void remember(const std::any& memory) override;
  std::any take_memory() override;

 private:
  base::Result<void> pay(base::Time now, bool at_once);

  std::unique_ptr<platform::EventLog> log_;
  EventLogOptions options_;
  EventBudget budget_;
  std::string host_;
  base::Time latest_{};
};

}  // namespace cmgmon::sinks
