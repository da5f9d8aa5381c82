#pragma once
// Says now and then how the agent is: on the board, in a file for windows_exporter, as event 9000.
//
// Errors:  a file that cannot be written is told once, and once when it can be again; so is a disk or share that does not
//          answer, which holds up neither the rest nor the end.
// Threads: the pipeline thread; the file is written on a worker.
// Life:    everything it is made of outlives it.
// Tests:   tests/unit/engine/agent_test.cpp, tests/system/delivery/prometheus_test.py

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "engine/agent.h"
#include "engine/detachable_worker.h"
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
  Stocktaking(const Stocktaking&) = delete;
  Stocktaking& operator=(const Stocktaking&) = delete;

  // Until stop(), and what is being written then is written or out of patience.
  boost::asio::awaitable<void> run();
  void stop(std::chrono::steady_clock::duration patience);
  // Before everything that was there has been read, "nothing is open" would be said too early.
  void caught_up() { caught_up_ = true; }
  // An alert began or ended: those who look see it at once.
  void decided();

 private:
  using Steady = std::chrono::steady_clock::time_point;

  void write_file(Steady now);
  void written(const base::Result<void>& outcome);

  const AgentConfig& config_;
  const base::Clock& clock_;
  Take take_;
  Say say_;
  Signal wanted_;
  Signal pause_;
  Signal wrote_;
  status::AgentStatus latest_;  // when it was last taken
  bool stopping_ = false;
  bool caught_up_ = false;
  bool decided_ = false;  // since the file was written
  Steady stop_by_{};
  Steady write_at_{};
  Steady writing_since_{};
  bool file_failing_ = false;                                   // and that was told
  std::shared_ptr<std::optional<base::Result<void>>> outcome_;  // of the newest write
  DetachableWorker worker_;  // last: gone before what its jobs come back to
};

}  // namespace cmgmon::engine
