#pragma once
// The agent in this process, following the logs of many clients with the shipped packs, and what it decides, with the moment.
//
// Errors:  ends the program when something does not come true within a minute.
// Threads: used by one thread; the agent runs on its own.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace cmgmon::bench {

using std::chrono::steady_clock;

// When a transition was handed to the store, and when the store said that it is on the disk. The first includes what taking
// the state to be saved costs, so the decision was a little earlier.
struct Decided {
  steady_clock::time_point decided;
  steady_clock::time_point durable;
};

struct LiveOptions {
  std::string folder;  // empty, or not there yet
  std::string packs;
  std::size_t clients = 1;  // a folder with one log for each
};

class LiveAgent {
 public:
  explicit LiveAgent(const LiveOptions& options);
  ~LiveAgent();
  LiveAgent(const LiveAgent&) = delete;
  LiveAgent& operator=(const LiveAgent&) = delete;

  std::string log_of(std::size_t client) const;
  // Starts following; returns at once.
  void start();
  // The CMG of that name must have raised, or cleared, an incident; waits for it.
  Decided await_raised(const std::string& cmg);
  Decided await_cleared(const std::string& cmg);
  // Everything is saved and delivered.
  void await_quiet();
  std::size_t transitions() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Records of a client that fails at that CMG, or has reached it again; of now.
std::string failure_at(const std::string& cmg);
std::string success_at(const std::string& cmg);
void append(const std::string& path, const std::string& text);  // one write, nothing buffered

}  // namespace cmgmon::bench
