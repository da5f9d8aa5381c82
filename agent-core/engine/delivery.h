#pragma once
// Takes decided transitions to one sink: in order, again and again until the sink has them, without delaying anybody.
//
// Rows stay in the outbox (and in the saved state) until the sink acknowledged them. A failing sink is tried again
// after 1 s, 2 s, ... up to 5 min, with jitter; it is reported once, and once when it works again.
//
// Threads: all members on the pipeline thread; the sink itself runs on a worker of its own.
// Tests:   tests/unit/engine/delivery_test.cpp

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/time.h"
#include "engine/signal.h"
#include "incidents/incident.h"
#include "sinks/sink.h"
#include "store/store.h"

namespace cmgmon::engine {

class Delivery {
 public:
  struct Callbacks {
    std::function<void()> acknowledged;             // the outbox became shorter: save it
    std::function<void(const sinks::Notice&)> say;  // something for the other sinks and the diary
  };

  Delivery(const boost::asio::any_io_executor& executor, std::unique_ptr<sinks::Sink> sink,
           const base::Clock& clock, Callbacks callbacks);
  ~Delivery();

  std::string_view name() const { return sink_->name(); }

  // Updates are refused to sinks that do not want them, and dropped (counted) when the queue is full.
  void add(const incidents::Transition& transition);
  void add(const sinks::Notice& notice);

  // How many rows were ever added; release(n) says that the first n of them are safe on disk and may go out.
  std::uint64_t added() const { return taken_ + rows_.size(); }
  void release(std::uint64_t added_rows);
  // What the sink has not acknowledged, in order.
  void append_rows(std::vector<store::OutboxRow>& rows) const;
  std::size_t pending() const { return rows_.size(); }
  std::uint64_t dropped() const { return dropped_; }

  // Runs until finish() was called and either everything released is delivered or the deadline has passed.
  boost::asio::awaitable<void> run();
  void finish(std::chrono::steady_clock::time_point deadline);

 private:
  boost::asio::awaitable<void> deliver_notices();
  boost::asio::awaitable<void> deliver_next();
  std::chrono::milliseconds back_off();
  bool out_of_time() const;

  std::unique_ptr<sinks::Sink> sink_;
  const base::Clock& clock_;
  Callbacks callbacks_;
  Signal wake_;
  std::deque<incidents::Transition> rows_;
  std::uint64_t taken_ = 0;     // rows delivered so far
  std::uint64_t released_ = 0;  // rows that may go out, counted like added()
  std::deque<std::pair<sinks::Notice, base::Time>> notices_;
  std::uint64_t dropped_ = 0;
  std::uint64_t dropped_told_ = 0;
  int failures_ = 0;  // in a row
  bool finishing_ = false;
  std::chrono::steady_clock::time_point deadline_{};
  std::minstd_rand random_{std::random_device{}()};
  boost::asio::thread_pool worker_{1};  // last: joined before the sink goes away
};

}  // namespace cmgmon::engine
