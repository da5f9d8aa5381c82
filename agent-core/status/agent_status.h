#pragma once
// How the running agent is, as one plain value: what it follows, what is open, what it delivered, what it lost. The
// engine fills it in; whoever shows it (metrics, heartbeat) reads a copy.
//
// Units:   counters count from the start of the agent, or from its last reload of the settings; sizes are bytes.
// Source:  docs/metrics.md.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace cmgmon::status {

// Alerts of one rule and severity that receivers have been told of, and not yet of their end.
struct AlertCount {
  std::string rule;
  std::string severity;
  int event_id = 0;
  std::uint64_t open = 0;  // 0: ended within the last hour
};

// The logs of one log service.
struct InputStatus {
  std::uint64_t streams = 0;  // logs, each with all its rollovers
  std::uint64_t bytes = 0;
  std::uint64_t malformed = 0;
  std::uint64_t unread_bytes = 0;  // written, not read yet, as far as the last look told
  std::optional<base::Time> last_read{};
};

// The logs that one thread reads: those of this machine, or of a server whose shares are read.
struct ReaderStatus {
  std::string server;                     // empty: this machine
  bool hangs = false;                     // it has not answered for a while
  std::optional<base::Time> last_look{};  // at everything, that came to an end
};

struct SinkStatus {
  std::string name;
  std::uint64_t queued = 0;
  std::uint64_t delivered = 0;
  std::uint64_t retried = 0;
  std::uint64_t refused = 0;  // given up, because trying again cannot help
  std::uint64_t dropped = 0;
  std::optional<base::Time> last_success{};
  bool failing = false;  // the newest attempt did not succeed
};

struct AgentStatus {
  std::string version;
  std::string host;
  base::Time taken{};           // when all this was so
  base::Time started{};         // of the process
  base::Time loaded{};          // when the settings and signatures in force were read
  bool change_refused = false;  // what stands in the files now is invalid and not in force

  std::vector<AlertCount> alerts;
  std::uint64_t incidents_told = 0;
  std::uint64_t incidents_folded = 0;   // open, told by the incident that explains them
  std::uint64_t incidents_pending = 0;  // have not lasted long enough to be told
  std::uint64_t incidents_dropped = 0;  // there were too many
  std::uint64_t clears_cancelled = 0;
  std::uint64_t raises_suppressed = 0;
  std::map<std::string, std::uint64_t> matches;  // by rule

  std::map<std::string, InputStatus> inputs;  // by log service
  std::vector<ReaderStatus> readers;
  std::uint64_t gaps = 0;
  std::uint64_t gap_bytes = 0;       // at least so many
  std::uint64_t unreadable = 0;      // logs and folders, now
  std::uint64_t watches = 0;         // folders whose changes the system tells us
  std::uint64_t watch_overruns = 0;  // times it told too little, and everything was looked at
  std::uint64_t clock_changes = 0;
  std::uint64_t standstills = 0;  // of this process or the machine

  std::uint64_t correlated_late = 0;
  std::uint64_t correlated_dropped = 0;  // events beyond what a window holds
  std::uint64_t correlation_groups_dropped = 0;
  std::uint64_t correlation_groups = 0;
  std::uint64_t correlation_bytes = 0;

  std::vector<SinkStatus> sinks;

  std::uint64_t commits = 0;
  std::uint64_t commit_failures = 0;
  std::chrono::microseconds last_commit{0};  // how long it took
};

}  // namespace cmgmon::status
