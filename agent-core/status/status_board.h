#pragma once
// Where the engine hangs up how it is, for others to read. Neither waits for the other: both hold the lock only to swap
// or copy a pointer.
//
// Threads: any.
// Tests:   tests/unit/status/status_board_test.cpp

#include <chrono>
#include <memory>
#include <mutex>

#include "status/agent_status.h"

namespace cmgmon::status {

class StatusBoard {
 public:
  void publish(AgentStatus status);
  // nullptr: nothing has been published yet.
  std::shared_ptr<const AgentStatus> read();
  // Somebody has read it within the last minutes: fresh figures are worth their cost.
  bool watched() const;

 private:
  using Clock = std::chrono::steady_clock;

  mutable std::mutex mutex_;  // guards the two below
  std::shared_ptr<const AgentStatus> status_;
  Clock::time_point read_at_ = Clock::time_point::min();
};

}  // namespace cmgmon::status
