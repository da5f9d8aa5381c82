#pragma once
// Remembers which alerts were active, so that one that has ended reads 0 for an hour before it is gone: a scrape that
// comes now and then, and a rule that compares, must see the end and not an absence.
//
// Threads: not thread-safe.
// Tests:   tests/unit/status/alert_memory_test.cpp

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "status/agent_status.h"

namespace cmgmon::status {

inline constexpr std::chrono::hours kShownAfterEnd{1};

class AlertMemory {
 public:
  // What is open now; returns that and what has ended within the last hour, by severity, the worst first, then by rule.
  std::vector<AlertCount> update(const std::vector<AlertCount>& open, base::Time now);

 private:
  struct Ended {
    int event_id = 0;
    base::Time open_until{};
  };
  std::map<std::pair<std::string, std::string>, Ended> seen_;  // by rule and severity
};

}  // namespace cmgmon::status
