#pragma once
// Takes decided transitions to one sink: in order, again and again until the sink has them, without delaying anybody.
//
// Rows stay in the outbox (and in the saved state) until they are safe with the receiver. A failing sink is tried again
// with back-off (retry.h); it is reported once, and once when it works again. What it refuses for good becomes a dead
// letter: told as an event, and gone. A sink that hangs holds up only its own rows (detachable_worker.h).
//
// Order is strict per sink, so it is per fingerprint, and a raise always comes before its clear.
//
// Threads: all members on the pipeline thread; the sink itself runs on a worker of its own.
// Tests:   tests/unit/engine/delivery_test.cpp, delivery_model_test.cpp

#include <any>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/time.h"
#include "engine/detachable_worker.h"
#include "engine/retry.h"
#include "engine/signal.h"
#include "incidents/incident.h"
#include "sinks/sink.h"
#include "store/store.h"

namespace cmgmon::engine {

struct SinkCounters {
  std::string sink;
  std::uint64_t queued = 0;     // in the outbox now
  std::uint64_t delivered = 0;  // safe with the receiver
  std::uint64_t retried = 0;    // tries that failed and are repeated
  std::uint64_t refused = 0;    // dead letters
  std::uint64_t dropped = 0;    // updates and notices
  std::optional<base::Time> last_success;
  bool failing = false;  // the newest try of deliver() or advance()
};

struct DeliveryLimits {
  RetryLimits retry;
  std::chrono::milliseconds advance_every{30000};
  std::chrono::milliseconds confirm_every{1000};  // while something is unconfirmed
  std::chrono::milliseconds stuck_after{60000};   // one call of the sink
  std::size_t max_queued_with_updates = 10000;
  std::size_t max_notices = 1000;
};

// What the next agent of this process must know of a delivery besides its outbox.
struct DeliveryMemory {
  bool told_failing = false;  // so that it can be told that it works again
  std::deque<std::pair<sinks::Notice, base::Time>> notices;  // that were not told yet
  std::any sink;                                             // Sink::take_memory()
};

class Delivery {
 public:
  struct Callbacks {
    std::function<void()> acknowledged;             // the outbox became shorter: save it
    std::function<void(const sinks::Notice&)> say;  // something for the other sinks and the diary
  };

  Delivery(const boost::asio::any_io_executor& executor, std::unique_ptr<sinks::Sink> sink,
           const base::Clock& clock, Callbacks callbacks, const DeliveryLimits& limits = {});

  const std::string& name() const { return name_; }

  // What an earlier run left, in order, before anything else.
  void restore(const store::OutboxRow& row);
  // What is open as far as sinks were told (IncidentBook::told_open()), after the last restore(). What waits in the
  // outbox is taken into account: the sink hears of what it was told itself.
  void resume(std::vector<incidents::Incident> told_open);

  // Both before run() of the one and after run() of the other.
  void remember(DeliveryMemory memory);
  DeliveryMemory take_memory();

  // Levels below the sink's do not come in, nor updates if it does not want them. An update with which an incident
  // reaches the sink's level is a raise for it. Updates are dropped (counted) when the queue is full.
  void add(const incidents::Transition& decided);
  void add(const sinks::Notice& notice);

  // How many rows were ever added; release(n) says that the first n of them are safe on disk and may go out.
  std::uint64_t added() const { return taken_ + rows_.size(); }
  void release(std::uint64_t added_rows);
  // What is in the outbox, in order.
  void append_rows(std::vector<store::OutboxRow>& rows) const;
  // What was added to it and removed from it since the last call. What came and went in between is in neither.
  void take_changes(store::OutboxChanges& changes);
  std::size_t pending() const { return rows_.size(); }
  SinkCounters counters() const;

  // Runs until finish() was called and either everything released is delivered or the deadline has passed.
  boost::asio::awaitable<void> run();
  void finish(std::chrono::steady_clock::time_point deadline, bool another_goes_on = false);

 private:
  using Steady = std::chrono::steady_clock::time_point;
  struct Row {
    std::uint64_t id = 0;
    incidents::Transition transition;
  };
  struct Answer {  // what the worker brings back from deliver() and advance()
    Answer(sinks::Delivered how, std::size_t open, std::optional<sinks::Refusal> given_up = {})
        : outcome(std::move(how)), unconfirmed(open), refused(std::move(given_up)) {}
    explicit Answer(const base::Error& error);  // the sink broke off

    sinks::Delivered outcome;
    std::size_t unconfirmed = 0;
    std::optional<sinks::Refusal> refused;  // Sink::take_refused()
  };

  template <typename Outcome>
  boost::asio::awaitable<std::optional<Outcome>> call(std::function<Outcome(sinks::Sink&)> job);
  boost::asio::awaitable<void> tell_notices();
  boost::asio::awaitable<void> advance();
  boost::asio::awaitable<void> deliver_next();
  boost::asio::awaitable<void> say_farewell();
  void take_answer(const Answer& answer);
  void confirm(std::size_t unconfirmed);
  void remove_row(std::size_t position);
  void failed(const base::Error& error, int in_a_row);
  void works();
  void bury(std::size_t position, const sinks::Refusal& refusal);
  void tell_losses(bool at_end);
  std::optional<incidents::Transition> as_told(const incidents::Transition& transition);
  bool row_waits() const { return released_ > taken_ + handed_; }
  bool out_of_time() const;

  const base::Clock& clock_;
  Callbacks callbacks_;
  DeliveryLimits limits_;
  signatures::Level level_;
  bool wants_updates_;
  std::string name_;
  Signal wake_;
  std::vector<incidents::Incident> open_;  // for Sink::resume()
  std::any sink_memory_;                   // for Sink::remember(), then of Sink::take_memory()
  // Episodes that this sink was told of, of those that are open; not kept when it takes every level.
  std::set<std::string> told_;

  std::deque<Row> rows_;  // the first handed_ of them were taken by the sink, but are not safe
  std::size_t handed_ = 0;
  std::uint64_t taken_ = 0;     // rows that have left
  std::uint64_t released_ = 0;  // rows that may go out, counted like added()
  std::uint64_t next_id_ = 1;
  std::uint64_t told_id_ = 0;           // take_changes() has told of all up to this
  std::vector<std::uint64_t> removed_;  // and not yet that these have left
  std::deque<std::pair<sinks::Notice, base::Time>> notices_;

  SinkCounters counters_;
  std::uint64_t updates_dropped_ = 0;  // not told yet
  Steady tell_drops_at_{};
  std::uint64_t letters_untold_ = 0;
  int letters_told_ = 0;  // in this window
  Steady letters_window_end_{};

  int failures_ = 0;          // of deliver() in a row
  int advance_failures_ = 0;  // likewise
  bool told_failing_ = false;
  Steady try_at_{};
  bool named_pause_ = false;  // by the receiver
  Steady advance_at_{};
  bool finishing_ = false;
  bool another_goes_on_ = false;
  Steady deadline_{};
  std::minstd_rand random_{std::random_device{}()};
  sinks::Sink* sink_;        // the worker's
  DetachableWorker worker_;  // last: gone before what its jobs come back to
};

using Deliveries = std::vector<std::unique_ptr<Delivery>>;
Delivery* find(const Deliveries& deliveries, std::string_view sink);  // nullptr: there is none

}  // namespace cmgmon::engine
