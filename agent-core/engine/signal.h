#pragma once
// A wake-up that coroutines of one thread wait for: set() before wait() is not lost.
//
// Threads: the executor's thread only.

#include <chrono>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cmgmon::engine {

class Signal {
 public:
  explicit Signal(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  void set() {
    set_ = true;
    timer_.cancel();
  }

  // Until set() or the time-out, whichever comes first. True when it was set.
  boost::asio::awaitable<bool> wait(std::chrono::steady_clock::duration timeout) {
    if (!set_) {
      timer_.expires_after(timeout);
      co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    co_return std::exchange(set_, false);
  }

 private:
  boost::asio::steady_timer timer_;
  bool set_ = false;
};

}  // namespace cmgmon::engine
