#pragma once
// Reads a group of logs on a thread of its own, again and again: those of this machine, or those of a server.
//
// A call that hangs holds up this group only. When it lasts, the group is told to be unreadable (event 100), and to be
// readable again (101) when everything has been looked at and no call hung; meanwhile nothing is said about single files there.
// At the stop a call that hangs is left behind: what it would have brought is read by the next run.
//
// Errors:  none; what cannot be read is in the events of the look.
// Threads: the pipeline thread; files and the service control manager are asked on the worker.
// Life:    the executor and the file system outlive it; the latter also outlives a worker that was left behind.
// Tests:   tests/unit/engine/agent_test.cpp, agent_network_test.cpp

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/time.h"
#include "engine/detachable_worker.h"
#include "engine/service_states.h"
#include "engine/signal.h"
#include "engine/source_groups.h"
#include "tail/follower.h"

namespace cmgmon::engine {

struct Look {
  tail::PollOutcome outcome;
  bool complete = false;  // everything was looked at, and nothing is left
  // Only after a look at everything:
  std::vector<std::string> folders;  // to be watched
  signatures::ServiceStates services;
};

struct ReaderPace {
  std::chrono::milliseconds full{2000};  // how often everything is looked at
  // How often the files that are being written to; nullopt where watches tell of every change.
  std::optional<std::chrono::milliseconds> active{};
  std::chrono::milliseconds patience{10000};    // with a call, before anybody is told
  std::chrono::milliseconds at_the_stop{3000};  // with a look that runs then
};

class LogReader {
 public:
  // Gets what a look brought, on the pipeline thread; also what is to be told when one does not come back.
  using Brought = std::function<void(LogReader& reader, const Look& look)>;

  // Of `known`, what belongs to the group. Stream ids begin after `ids_after`.
  LogReader(const boost::asio::any_io_executor& executor, const SourceGroup& group,
            const std::vector<tail::Checkpoint>& known, tail::FileSystem& files,
            tail::StreamId ids_after, WatchedServices services, const base::Clock& clock,
            const ReaderPace& pace, Brought brought);
  ~LogReader();
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  // Folders to be watched, before run(). Blocks.
  std::vector<std::string> folders() const;

  // Until stop(), and until the look that runs then has come back or is given up.
  boost::asio::awaitable<void> run();
  void stop();

  void hint(const std::string& path);  // it has changed; wake() when all is told
  void look_everywhere() { everywhere_ = true; }
  void wake() { wake_.set(); }

  tail::StreamId ids_after() const { return ids_after_; }
  const std::set<std::string>& hosts() const { return hosts_; }
  std::vector<std::string> names() const;  // what is told to hang
  bool hangs() const { return hangs_; }
  bool caught_up() const { return caught_up_; }  // read up to date at least once
  // When the newest complete look that was worked off began, by either clock.
  std::chrono::steady_clock::time_point last_look() const { return last_look_; }
  std::optional<base::Time> looked_at() const { return looked_at_; }
  const std::map<std::string, std::uint64_t>& unread_bytes() const { return unread_bytes_; }

 private:
  using Steady = std::chrono::steady_clock::time_point;
  struct Tool;
  struct Wanted;
  struct Bag;

  std::shared_ptr<Bag> start(Wanted wanted);
  boost::asio::awaitable<bool> came_back(Bag& bag);
  void take_up(Bag& bag);
  void withhold(std::vector<tail::TailEvent>& events);
  void tell_it_hangs();
  tail::StreamId ids_after_;
  std::set<std::string> hosts_;
  std::set<std::string> roots_;
  const base::Clock& clock_;
  ReaderPace pace_;
  Brought brought_;
  Signal wake_;
  Signal back_;

  std::set<std::string> hinted_;
  bool everywhere_ = false;
  bool hangs_ = false;
  std::map<std::string, tail::InputProblem> withheld_;  // by path, while it hangs
  bool caught_up_ = false;
  Steady last_look_{};
  std::optional<base::Time> looked_at_;
  std::map<std::string, std::uint64_t> unread_bytes_;
  bool stopping_ = false;
  Steady give_up_at_{};

  std::shared_ptr<Tool> tool_;  // the worker's from run() on, but for give_up()
  DetachableWorker worker_;     // last: gone before what its jobs come back to
};

}  // namespace cmgmon::engine
