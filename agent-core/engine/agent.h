#pragma once
// The live agent: follows logs, keeps incidents, saves state, delivers. Wires the rooms and owns every thread.
//
//   reader workers   -> pipeline thread -> store worker -> sink workers
//   (local files, and   (all decisions)    (one database)  (one each)
//   one per server)
//
// The pipeline thread never waits for a disk or a network: it hands work to a worker and goes on.
// A watch is a hint that shortens the wait; the poll finds everything without it.
//
// Stop order is the reverse of start: reading, commit, delivery (at most kStopPatience), last commit. The store given to it
// bounds how long a commit may take (patient_store.h).
//
// Errors:  run() fails only when it cannot start; afterwards everything is reported and tried again.
// Threads: run() blocks its caller, which becomes the pipeline thread; stop() may be called from any thread.
// Tests:   tests/unit/engine/agent_test.cpp, tests/system

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/delivery.h"
#include "engine/service_states.h"
#include "engine/sources.h"
#include "incidents/incident_book.h"
#include "platform/files.h"
#include "signatures/signature.h"
#include "sinks/sink.h"
#include "status/status_board.h"
#include "store/store.h"
#include "tail/file_system.h"
#include "tail/source.h"

namespace cmgmon::engine {

// What somebody outside wants of a running agent.
struct Wishes {
  bool reload = false;                 // end, so that another agent goes on with new settings
  bool ask_again_soon = false;         // something is being changed right now
  bool change_refused = false;         // what is there now is invalid and not in force
  std::vector<sinks::Notice> notices;  // to be told
  std::vector<std::string> to_clear;   // fingerprints of incidents that an operator closes
  std::function<void()> cleared;       // on a worker, when that is saved
};

// What an agent leaves to the next one of this process besides the state: what was told, or could not be told yet.
struct HandedOver {
  std::map<std::string, DeliveryMemory> deliveries;  // by sink
  bool save_failing = false;
  std::set<std::string>
      problems;  // paths and services of which it was told that they cannot be read
};

struct AgentConfig {
  std::vector<tail::Source> sources;
  std::vector<RequiredService> required;  // services whose complete absence is worth an event
  std::vector<std::string> connection_points;
  std::string host;
  incidents::BookOptions book;
  std::chrono::milliseconds poll_active{
      500};  // where watches are late (Windows): files written in the last 10 min
  std::chrono::milliseconds poll_idle{2000};       // otherwise there
  std::chrono::milliseconds poll_backstop{30000};  // where watches are exact (Linux)
  std::chrono::milliseconds poll_network{1000};    // for sources on network shares
  std::chrono::milliseconds patience{
      60000};  // with the disks of this machine, before anybody is told
  std::chrono::milliseconds patience_network{10000};  // with another server
  tail::FileSystem* files = &tail::local_files();     // for the logs
  std::vector<sinks::Notice> at_start;                // to be told once everything runs
  // Of the agent of this process where this one goes on; no start is told then.
  std::optional<HandedOver> handed_over;
  // Asked on a worker now and then, and soon after a change in one of these folders, that `matters` (path of the file).
  std::function<Wishes()> wishes;
  std::vector<std::string> wish_folders;
  std::function<bool(const std::string&)> matters;
  ServiceQuery query_service = &platform::query_service;
  bool once = false;  // read what is there, decide, deliver, end
  std::string version;
  // How the agent is, for others: on the board; in a file for windows_exporter, empty: none; as event 9000, 0: never.
  std::shared_ptr<status::StatusBoard> board;
  std::string metrics_file;
  std::function<base::Result<void>(const std::string& path, std::string_view text)> write_metrics =
      &platform::replace_file;
  std::chrono::milliseconds heartbeat{0};
  base::Time process_started{};
  bool change_refused = false;  // it runs on the last settings that were valid
};

class Agent {
 public:
  // `say` gets every notice and trouble for the diary, on the pipeline thread.
  using Diary = std::function<void(const sinks::Notice&)>;

  Agent(AgentConfig config, const signatures::SignatureSet& set, store::Opened state,
        std::vector<std::unique_ptr<sinks::Sink>> sinks, const base::Clock& clock, Diary diary);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  enum class End { kStopped, kReload };

  // Blocks until stop(), an interrupt of the console, a wish to reload, or (once) everything there is has been worked
  // off.
  // `running` is called when the first pass over the sources is about to begin.
  End run(const std::function<void()>& running);
  void stop(const std::string& reason);
  void ask_for_wishes();  // now; from any thread

  // After run(): servers, folders and logs that could not be read in the end, by name.
  std::vector<std::string> unread() const;
  // What the next agent goes on with, also when the disk refused it.
  store::Opened take_state();
  HandedOver hand_over();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::engine
