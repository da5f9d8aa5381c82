#include "engine/service_states.h"

#include <gtest/gtest.h>

namespace cmgmon::engine {
namespace {

using platform::ServiceStatus;
using State = platform::ServiceState;
using signatures::ServiceState;

TEST(ServiceStates, TellAStopFromAFailure) {
  struct Row {
    const char* name;
    base::Result<ServiceStatus> status;
    ServiceState state;
  };
  const Row rows[] = {
      {"runs", ServiceStatus{State::kRunning, 7, 0, 0}, ServiceState::kRunning},
      {"stopped", ServiceStatus{State::kStopped, 0, 0, 0}, ServiceState::kStopped},
      {"never started", ServiceStatus{State::kStopped, 0, 1077, 0}, ServiceState::kStopped},
      {"died", ServiceStatus{State::kStopped, 0, 1067, 0}, ServiceState::kFailed},
      {"failed", ServiceStatus{State::kStopped, 0, 1066, 3}, ServiceState::kFailed},
      {"starts", ServiceStatus{State::kStartPending, 7, 0, 0}, ServiceState::kStopped},
      {"stops", ServiceStatus{State::kStopPending, 7, 0, 0}, ServiceState::kStopped},
      {"paused", ServiceStatus{State::kOther, 7, 0, 0}, ServiceState::kStopped},
      {"absent", ServiceStatus{}, ServiceState::kNotInstalled},
      {"forbidden", base::Error{base::ErrorKind::kAccessDenied, 5, "no", "ask"},
       ServiceState::kUnknown},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(state_of(row.status), row.state);
  }
}

TEST(ServiceStates, AreAskedForNowAndThen) {
  std::vector<std::string> asked;
  WatchedServices services({"A", "B"}, [&](const std::string& name) {
    asked.push_back(name);
    return ServiceStatus{name == "A" ? State::kRunning : State::kStopped, 0, 0, 0};
  });
  const std::chrono::steady_clock::time_point start{};
  EXPECT_EQ(services.states(start), (signatures::ServiceStates{{"A", ServiceState::kRunning},
                                                               {"B", ServiceState::kStopped}}));
  services.states(start + WatchedServices::kFreshness - std::chrono::milliseconds(1));
  EXPECT_EQ(asked.size(), 2U);
  services.states(start + WatchedServices::kFreshness);
  EXPECT_EQ(asked.size(), 4U);
}

#ifndef _WIN32
TEST(ServiceStates, AreUnknownWithoutAServiceControlManager) {
  WatchedServices services({"SMS_EXECUTIVE"});
  EXPECT_EQ(services.states({}).at("SMS_EXECUTIVE"), ServiceState::kUnknown);
}
#endif

}  // namespace
}  // namespace cmgmon::engine
