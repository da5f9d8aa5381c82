#pragma once
// Where transitions go. A sink says of each one whether it took it; the engine keeps it in the outbox until it is safe
// and tries again, in order.
//
// Life:    remember() and resume(), then any of deliver(), notify() and advance(), at last finish() and take_memory().
// Threads: one caller at a time, on the sink's own worker; it may block, but its network calls have deadlines.

#include <any>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "incidents/incident.h"
#include "signatures/signature.h"

namespace cmgmon::sinks {

// Something the service itself has to say: started, input missing, state quarantined. Ids in docs/events.md.
struct Notice {
  enum class Severity { kInformation, kWarning, kError } severity = Severity::kInformation;
  int event_id = 0;
  std::string message;  // one sentence
  std::string remedy;
};

// Why a sink did not take something; it decides what happens next.
struct Refusal {
  Refusal() = default;
  // Try again later, with back-off. Not explicit: any error is that until the sink knows better.
  Refusal(base::Error why) : error(std::move(why)) {}  // NOLINT(google-explicit-constructor)
  // Trying again cannot help: it becomes a dead letter.
  static Refusal never(base::Error why) {
    Refusal refusal(std::move(why));
    refusal.final = true;
    return refusal;
  }
  // The receiver named a time.
  static Refusal after(base::Error why, std::chrono::milliseconds pause) {
    Refusal refusal(std::move(why));
    refusal.retry_after = pause;
    return refusal;
  }

  base::Error error;
  bool final = false;
  std::optional<std::chrono::milliseconds> retry_after;
};

// Called by Delivered::value() on a refusal: a bug of ours, never a way to report one.
[[noreturn]] inline void throw_exception_from_error(const Refusal& refusal,
                                                    const boost::source_location& where) {
  base::throw_exception_from_error(refusal.error, where);
}

using Delivered = boost::system::result<void, Refusal>;

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;
  virtual std::string_view name() const = 0;
  // The lowest level that it takes; below it deliver() is not called. An incident that becomes severe enough later is
  // raised for this sink then, and a clear comes only for what it was told of.
  virtual signatures::Level level() const { return signatures::Level::kInformational; }
  // kUpdated is only sent to sinks that want it.
  virtual bool wants_updates() const = 0;

  // What the sink of this name left that went before us in this process (a reload), if there was one. It may have been of
  // another type.
  virtual void remember(const std::any& memory) { static_cast<void>(memory); }
  // Once, before everything that follows: what is open as far as this sink was told. For receivers that forget, and have to be
  // reminded by advance().
  virtual void resume(const std::vector<incidents::Incident>& open) { static_cast<void>(open); }

  virtual Delivered deliver(const incidents::Transition& transition) = 0;
  // How many of the newest transitions that deliver() took are not safe with the receiver yet (its connection
  // acknowledges nothing, a digest is being collected). They stay in the outbox, but are delivered again only after a
  // restart: within one life the sink minds them.
  virtual std::size_t unconfirmed() const { return 0; }
  // Why the oldest unconfirmed one was refused for good by advance(), which returns it once; it is unconfirmed no more.
  virtual std::optional<Refusal> take_refused() { return std::nullopt; }

  // Best effort, never retried.
  virtual base::Result<void> notify(const Notice& notice, base::Time at) = 0;

  // Lets time pass, for what a sink owes later: a summary, a reminder, a digest. Called at least every 30 s, also while
  // deliveries fail, and every second while something is unconfirmed. A failure means: call again.
  virtual base::Result<void> advance(base::Time now) {
    static_cast<void>(now);
    return {};
  }
  // The program is about to end and waits a moment: a last chance to get confirmed what is not.
  virtual void finish() {}
  // Last of all, only when another one of this name is about to go on: what it must know, and we do not mind any longer.
  virtual std::any take_memory() { return {}; }

  // Delivers something that is marked as a test; for `cmgmon test-sink`.
  virtual Delivered test(const incidents::Transition& marked) { return deliver(marked); }
  // What the receiver said last, one line without secrets; empty when it says nothing.
  virtual std::string last_answer() const { return {}; }
};

}  // namespace cmgmon::sinks
