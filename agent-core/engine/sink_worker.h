#pragma once
// The thread that a sink lives on. A sink that hangs is left behind, not waited for.
//
// The thread owns the sink together with us: when we go while the sink is busy, the thread goes on alone and lets the
// sink go when it comes back, if ever. The end of the process must then not run destructors of statics under its feet:
// see left_behind().
//
// Threads: members on the thread of the executor; jobs run on the sink's.
// Tests:   tests/unit/engine/delivery_test.cpp

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "sinks/sink.h"

namespace cmgmon::engine {

class SinkWorker {
 public:
  using Job = std::function<void(sinks::Sink&)>;

  // `back` is called on the executor after each job.
  SinkWorker(boost::asio::any_io_executor executor, std::unique_ptr<sinks::Sink> sink,
             std::function<void()> back);
  // A sink that is idle is let go on its thread, within a second.
  ~SinkWorker();
  SinkWorker(const SinkWorker&) = delete;
  SinkWorker& operator=(const SinkWorker&) = delete;

  // REQUIRES: idle().
  void start(Job job);
  bool idle() const;

  // How many sinks of this process hang on threads that nobody waits for.
  static int left_behind();

 private:
  struct Desk;
  std::shared_ptr<Desk> desk_;
};

}  // namespace cmgmon::engine
