#include "status/status_board.h"

#include <utility>

namespace cmgmon::status {

namespace {

// Longer than the usual interval between two scrapes.
constexpr std::chrono::minutes kStillWatched{3};

}  // namespace

void StatusBoard::publish(AgentStatus status) {
  auto fresh = std::make_shared<const AgentStatus>(std::move(status));
  const std::scoped_lock lock(mutex_);
  status_.swap(fresh);  // the old one is freed outside the lock, if nobody reads it
}

std::shared_ptr<const AgentStatus> StatusBoard::read() {
  const std::scoped_lock lock(mutex_);
  read_at_ = Clock::now();
  return status_;
}

bool StatusBoard::watched() const {
  const std::scoped_lock lock(mutex_);
  return read_at_ != Clock::time_point::min() && Clock::now() - read_at_ < kStillWatched;
}

}  // namespace cmgmon::status
