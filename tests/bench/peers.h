#pragma once
// The programs that a log is given to, each with the same literals to look for: how each is called, and how its answer reads.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench_log.h"
#include "literal_sets.h"

namespace cmgmon::bench {

struct Tools {
  std::string cmgmon;  // the programs of this build
  std::string engine;
  std::string packs;   // the shipped ones
  std::string folder;  // for files that the programs want
};

struct Peer {
  std::string name;
  std::vector<std::string> command;
  // nullopt when the answer is right, else what is wrong with it.
  std::function<std::optional<std::string>(const std::string& output)> complaint;
  std::string skipped;  // not empty: why it cannot run
  bool slow = false;    // is given the small log
  int status = 0;       // it ends with
};

// An engine of bench_engine. `expected` lines, occurrences or bytes.
Peer engine(const Tools& tools, const std::string& name, const BenchLog& log, const LiteralSet& set,
            std::uint64_t expected);
// The whole program: `cmgmon scan` with the shipped packs and a rule for each further literal of the set.
Peer scan(const Tools& tools, const BenchLog& log, const LiteralSet& set);
Peer grep(const Tools& tools, const BenchLog& log, const LiteralSet& set);
Peer ripgrep(const Tools& tools, const BenchLog& log, const LiteralSet& set);
Peer mtail(const Tools& tools, const BenchLog& log, const LiteralSet& set);
Peer sec(const Tools& tools, const BenchLog& log, const LiteralSet& set);

// Lines of the log that hold a literal of the set.
std::uint64_t planted(const BenchLog& log, const LiteralSet& set);

}  // namespace cmgmon::bench
