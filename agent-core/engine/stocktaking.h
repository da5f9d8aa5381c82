#pragma once
// Says now and then how the agent is: on the board, in a file for windows_exporter, as event 9000.
//
// Errors:  a file that cannot be written is told once, and once when it can be again.
// Threads: the pipeline thread; the file is written on a worker.
// Life:    everything it is made of outlives it.
// Tests:   tests/system/delivery/prometheus_test.py

#include <functional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "engine/agent.h"
#include "engine/signal.h"
#include "sinks/sink.h"
#include "status/agent_status.h"

namespace cmgmon::engine {

class Stocktaking {
 public:
  using Take = std::function<status::AgentStatus()>;
  using Say = std::function<void(const sinks::Notice&)>;

  // The board, the file and the heartbeat of `config`; without a board nothing is done.
  Stocktaking(const boost::asio::any_io_executor& executor, const AgentConfig& config,
              const base::Clock& clock, Take take, Say say);
  ~Stocktaking();
  Stocktaking(const Stocktaking&) = delete;
  Stocktaking& operator=(const Stocktaking&) = delete;

  // Until stop().
  boost::asio::awaitable<void> run();
  void stop();
  // Before everything that was there has been read, "nothing is open" would be said too early.
  void caught_up() { caught_up_ = true; }
  // An alert began or ended: those who look see it at once.
  void decided();

 private:
  boost::asio::awaitable<void> write_file();

  const AgentConfig& config_;
  const base::Clock& clock_;
  Take take_;
  Say say_;
  Signal wanted_;
  Signal pause_;
  status::AgentStatus latest_;  // when it was last taken
  bool stopping_ = false;
  bool caught_up_ = false;
  bool decided_ = false;  // since the file was written
  bool file_failing_ = false;
  boost::asio::thread_pool worker_{1};
};

}  // namespace cmgmon::engine
