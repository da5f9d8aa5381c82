#pragma once
// The live agent: follows logs, keeps incidents, saves state, delivers. Wires the rooms and owns every thread.
//
//   reader worker -> pipeline thread -> store worker -> sink workers
//   (files)          (all decisions)    (one document)  (one each)
//
// The pipeline thread never waits for a disk or a network: it hands work to a worker and goes on.
// A watch is a hint that shortens the wait; the poll finds everything without it.
//
// Stop order is the reverse of start: reading, commit, delivery (at most kStopPatience), last commit.
//
// Errors:  run() fails only when it cannot start; afterwards everything is reported and tried again.
// Threads: run() blocks its caller, which becomes the pipeline thread; stop() may be called from any thread.
// Tests:   tests/unit/engine/agent_test.cpp, tests/system

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/sources.h"
#include "incidents/incident_book.h"
#include "signatures/signature.h"
#include "sinks/sink.h"
#include "store/store.h"
#include "tail/source.h"

namespace cmgmon::engine {

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
  std::vector<sinks::Notice> at_start;             // to be told once everything runs
  bool once = false;                               // read what is there, decide, deliver, end
  std::string version;
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

  // Blocks until stop(), an interrupt of the console, or (once) everything there is has been worked off.
  // `running` is called when the first pass over the sources is about to begin.
  void run(const std::function<void()>& running);
  void stop(const std::string& reason);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::engine
