#pragma once
// Commits what an agent has to save, on a worker: what was decided at once, the rest in batches; and lets deliveries have
// what is on disk.
//
// Errors:  a commit that fails is told once and tried again, with everything; deliveries go on meanwhile.
// Threads: the pipeline thread; the store itself is used on the worker.
// Life:    keeper, deliveries and status outlive it. Its end waits for the commit that runs.
// Tests:   tests/unit/engine/agent_test.cpp, tests/system/crash

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "engine/delivery.h"
#include "engine/signal.h"
#include "engine/state_keeper.h"
#include "sinks/sink.h"
#include "status/agent_status.h"
#include "store/store.h"

namespace cmgmon::engine {

class Saving {
 public:
  using Say = std::function<void(const sinks::Notice&)>;

  // Counts commits into `status`.
  Saving(const boost::asio::any_io_executor& executor, std::unique_ptr<store::Store> store,
         StateKeeper& keeper, const Deliveries& deliveries, status::AgentStatus& status, Say say);
  ~Saving();
  Saving(const Saving&) = delete;
  Saving& operator=(const Saving&) = delete;

  void want(bool at_once);
  // Called on the worker with the next commit that succeeds; wants one.
  void when_saved(std::function<void()> action);
  // Nothing can be saved, and that was told; it is saved as soon as the disk lets us.
  void begins_failing() { failing_ = true; }
  bool failing() const { return failing_; }

  // Until finish() was called and what was wanted by then is committed, or has at least been tried.
  boost::asio::awaitable<void> run();
  void finish();
  boost::asio::awaitable<void> finished(std::chrono::steady_clock::duration patience);
  // One more, after run() has ended.
  boost::asio::awaitable<void> commit();

  // Before run().
  base::Result<std::string> keep_copy() { return store_->keep_copy(); }
  std::unique_ptr<store::Store> take_store() { return std::move(store_); }

 private:
  void deliver_found();

  std::unique_ptr<store::Store> store_;
  StateKeeper& keeper_;
  const Deliveries& deliveries_;
  status::AgentStatus& status_;
  Say say_;
  Signal wanted_;
  Signal finished_;
  std::vector<std::function<void()>> when_saved_;
  bool dirty_ = false;
  bool urgent_ = false;
  bool failing_ = false;
  bool finishing_ = false;
  boost::asio::thread_pool worker_{1};
};

}  // namespace cmgmon::engine
