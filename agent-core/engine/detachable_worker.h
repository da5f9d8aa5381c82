#pragma once
// A thread for calls that may hang: a sink, the logs of a server, a file on a share. Whoever hangs is left behind, not
// waited for.
//
// The thread owns what its jobs work with: when we go while it is busy, it goes on alone and lets that go when it comes
// back, if ever. A job may therefore use nothing else that can go away. The end of the process must not run destructors of
// statics under its feet: see left_behind().
//
// Threads: members on the thread of the executor; jobs run on the worker's.
// Tests:   tests/unit/engine/delivery_test.cpp, agent_network_test.cpp

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

namespace cmgmon::engine {

class DetachableWorker {
 public:
  using Job = std::function<void()>;

  // `tool` is what the jobs work with; `back` is called on the executor after each job.
  DetachableWorker(boost::asio::any_io_executor executor, std::shared_ptr<void> tool,
                   std::function<void()> back);
  // When it is idle, its tool is let go on its thread, within a second.
  ~DetachableWorker();
  DetachableWorker(const DetachableWorker&) = delete;
  DetachableWorker& operator=(const DetachableWorker&) = delete;

  // REQUIRES: idle().
  void start(Job job);
  bool idle() const;

  // How many threads of this process hang, and nobody waits for them.
  static int left_behind();

 private:
  struct Desk;
  std::shared_ptr<Desk> desk_;
};

}  // namespace cmgmon::engine
