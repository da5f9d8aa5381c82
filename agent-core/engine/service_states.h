#pragma once
// The state of the Windows services that signatures ask for, asked of the service control manager.
//
// Errors:  a service nobody may ask about is kUnknown; so are all of them where there is no service control manager.
// Threads: one at a time; the reader worker, because the service control manager may take its time.
// Tests:   tests/unit/engine/service_states_test.cpp, service_states_win_test.cpp

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/service_control.h"
#include "signatures/service_state.h"

namespace cmgmon::engine {

// Replaced in tests.
using ServiceQuery = std::function<base::Result<platform::ServiceStatus>(const std::string& name)>;

signatures::ServiceState state_of(const base::Result<platform::ServiceStatus>& status);

class WatchedServices {
 public:
  static constexpr std::chrono::seconds kFreshness{5};

  explicit WatchedServices(std::vector<std::string> names,
                           ServiceQuery query = &platform::query_service)
      : names_(std::move(names)), query_(std::move(query)) {}

  // At most kFreshness old.
  const signatures::ServiceStates& states(std::chrono::steady_clock::time_point now);

 private:
  std::vector<std::string> names_;
  ServiceQuery query_;
  signatures::ServiceStates states_;
  std::optional<std::chrono::steady_clock::time_point> asked_at_;
};

}  // namespace cmgmon::engine
