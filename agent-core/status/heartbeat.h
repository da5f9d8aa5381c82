#pragma once
// When the agent says that it is alive, and what it says.
//
// Agents beat at their own moment within the interval, which follows from their name: 10,000 of them that were started
// together by a deployment do not report in the same second.
//
// Tests:   tests/unit/status/heartbeat_test.cpp

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "status/agent_status.h"

namespace cmgmon::status {

class HeartbeatSchedule {
 public:
  // `at_once`: the first one is due right away; otherwise it has been given by an earlier agent of this process.
  HeartbeatSchedule(std::chrono::milliseconds interval, std::string_view host, bool at_once);

  // Whether one is due; once per interval. A clock that is set costs at most one too many.
  bool due(base::Time now);

 private:
  std::chrono::milliseconds interval_;
  std::chrono::milliseconds offset_;
  bool at_once_;
  std::optional<std::int64_t> last_;  // number of the interval in which the last one was given
};

// One sentence or a few: what is open, what is followed, what fails.
std::string heartbeat_text(const AgentStatus& status);

}  // namespace cmgmon::status
