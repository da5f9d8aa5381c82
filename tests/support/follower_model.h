#pragma once
// A random writer against the follower, on any LogDisk: every line arrives exactly once, or a Gap says that lines are
// missing.
//
// The writer acts between polls and, when it is `racing`, between any two calls that a poll makes. The model knows only
// the lines it wrote and which of them are still in some file at the end. The reader is stopped and started, and killed
// and taken back to what it had saved.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "support/log_disk.h"

namespace cmgmon::support {

enum class Scheme { kRenameLo, kRenameDated, kCopyLo, kCopyDated, kIis };
const char* name_of(Scheme scheme);

struct ModelRun {
  Scheme scheme = Scheme::kRenameLo;
  bool destructive = false;  // the writer also destroys what may not have been read
  bool racing = false;       // it acts within polls, too
  std::uint64_t seed = 1;
  int steps = 80;
};

// Plays one script on a fresh disk. "" when everything held; otherwise what did not, how to repeat it, and the shortest
// script of this seed that shows it.
std::string play_model(const ModelRun& run,
                       const std::function<std::unique_ptr<LogDisk>()>& make_disk);

// Plays `runs` seeds in every mode, or what the environment asks for: CMGMON_RUNS=n seeds, CMGMON_SEED=n that one only.
// Stops at the first failure and returns it.
std::string play_models(Scheme scheme, std::uint64_t runs,
                        const std::function<std::unique_ptr<LogDisk>()>& make_disk);

}  // namespace cmgmon::support
