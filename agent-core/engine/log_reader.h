#pragma once
// Reads the logs on a thread of its own, one look at a time.
//
// Errors:  none; what cannot be read is in the events of the look.
// Threads: the pipeline thread; files and the service control manager are asked on the worker.
// Life:    its end waits for the look that runs.
// Tests:   tests/unit/engine/agent_test.cpp

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/time.h"
#include "engine/service_states.h"
#include "tail/follower.h"

namespace cmgmon::engine {

struct Look {
  tail::PollOutcome outcome;
  base::Time at{};  // when it began, by either clock
  std::chrono::steady_clock::time_point began{};
  std::map<std::string, std::uint64_t> unread_bytes;
  // Only after a look at everything:
  std::vector<std::string> folders;  // to be watched
  signatures::ServiceStates services;
};

class LogReader {
 public:
  LogReader(std::vector<tail::Source> sources, std::vector<tail::Checkpoint> known,
            WatchedServices services, const base::Clock& clock);
  ~LogReader();
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  // Folders to be watched, before the first look.
  std::vector<std::string> folders() const { return follower_.folders(); }

  struct Wanted {
    bool everywhere = false;
    std::set<std::string> hinted;  // otherwise: paths that changed
    bool active = false;  // and the files that are being written to, where watches miss that
  };
  // Name what is wanted before the co_await (worker.h).
  boost::asio::awaitable<Look> look(Wanted wanted);

 private:
  Look look_at(const Wanted& wanted);

  const base::Clock& clock_;
  // The worker's, one look at a time:
  tail::Follower follower_;
  WatchedServices services_;
  boost::asio::thread_pool worker_{1};
};

}  // namespace cmgmon::engine
