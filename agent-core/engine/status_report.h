#pragma once
// Takes stock of a running agent: asks the rooms for their counters, adds what the agent itself has seen.
//
// Threads: the pipeline thread.
// Life:    refers to nothing of the agent; what it asks is handed in.
// Tests:   tests/system/delivery/prometheus_test.py

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "engine/delivery.h"
#include "engine/pipeline.h"
#include "incidents/incident_book.h"
#include "status/agent_status.h"
#include "status/alert_memory.h"

namespace cmgmon::engine {

class StatusReport {
 public:
  // Version, host, times: what does not change while the agent runs. The agent counts into it what only it sees.
  status::AgentStatus seen;
  std::set<std::string> unreadable;                   // logs and folders, now
  std::map<std::string, std::uint64_t> unread_bytes;  // by log service

  status::AgentStatus take(const incidents::IncidentBook& book, const Pipeline& pipeline,
                           const std::vector<std::unique_ptr<Delivery>>& deliveries,
                           base::Time now);

 private:
  status::AlertMemory alerts_;
};

}  // namespace cmgmon::engine
