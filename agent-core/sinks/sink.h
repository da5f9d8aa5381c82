#pragma once
// Where transitions go. A sink acknowledges by returning success; the engine keeps the transition in the outbox until
// then and tries again, in order.
//
// Threads: one caller at a time, on the sink's own worker; it may block.

#include <string>
#include <string_view>

#include "base/result.h"
#include "incidents/incident.h"

namespace cmgmon::sinks {

// Something the service itself has to say: started, input missing, state quarantined. Ids in docs/events.md.
struct Notice {
  enum class Severity { kInformation, kWarning, kError } severity = Severity::kInformation;
  int event_id = 0;
  std::string message;  // one sentence
  std::string remedy;
};

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;
  virtual std::string_view name() const = 0;
  // kUpdated is only sent to sinks that want it.
  virtual bool wants_updates() const = 0;
  virtual base::Result<void> deliver(const incidents::Transition& transition) = 0;
  // Best effort, never retried.
  virtual base::Result<void> notify(const Notice& notice, base::Time at) = 0;
  // Lets time pass, for what a sink owes later (a summary of what it did not write one by one). Call it now and then;
  // a failure means: call again.
  virtual base::Result<void> advance(base::Time now) {
    static_cast<void>(now);
    return {};
  }
};

}  // namespace cmgmon::sinks
