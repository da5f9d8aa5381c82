#include "engine/service_states.h"

namespace cmgmon::engine {

namespace {

constexpr unsigned long kNeverStarted = 1077;  // ERROR_SERVICE_NEVER_STARTED

}  // namespace

signatures::ServiceState state_of(const base::Result<platform::ServiceStatus>& status) {
  using platform::ServiceState;
  if (!status) {
    return signatures::ServiceState::kUnknown;
  }
  switch (status->state) {
    case ServiceState::kNotInstalled:
      return signatures::ServiceState::kNotInstalled;
    case ServiceState::kStopped:
      return status->exit_code == 0 || status->exit_code == kNeverStarted
                 ? signatures::ServiceState::kStopped
                 : signatures::ServiceState::kFailed;
    case ServiceState::kStartPending:
    case ServiceState::kStopPending:
      return signatures::ServiceState::kStopped;
    case ServiceState::kRunning:
      return signatures::ServiceState::kRunning;
    case ServiceState::kOther:  // paused, pausing, continuing
      return signatures::ServiceState::kStopped;
  }
  return signatures::ServiceState::kUnknown;
}

const signatures::ServiceStates& WatchedServices::states(
    std::chrono::steady_clock::time_point now) {
  if (!asked_at_ || now - *asked_at_ >= kFreshness) {
    for (const auto& name : names_) {
      states_[name] = state_of(query_(name));
    }
    asked_at_ = now;
  }
  return states_;
}

}  // namespace cmgmon::engine
