#pragma once
// A file system that remembers whether anybody answered, and how often; and can be given up: then every call that has not
// begun fails.
//
// Threads: answers() and give_up() from any thread; the rest on the reader's.
// Life:    the file system behind it outlives it; it outlives the files that it opened.
// Tests:   tests/unit/engine/agent_network_test.cpp

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tail/file_system.h"

namespace cmgmon::engine {

class WitnessedFiles final : public tail::FileSystem {
 public:
  explicit WitnessedFiles(tail::FileSystem& files) : files_(files) {}

  base::Result<std::unique_ptr<tail::OpenFile>> open(const std::string& path) override;
  base::Result<std::vector<platform::FolderEntry>> list(const std::string& path) override;

  // Calls that have come back, whatever they brought.
  std::uint64_t answers() const { return answers_; }
  // Since the last call somebody was there. That something is not there, or not for us, says so, too.
  bool take_answered() { return std::exchange(answered_, false); }
  void give_up() { given_up_ = true; }

 private:
  class File;
  template <typename Call>
  auto witnessed(const std::string& path, const Call& call) -> decltype(call());

  tail::FileSystem& files_;
  std::atomic<std::uint64_t> answers_{0};
  std::atomic<bool> given_up_{false};
  bool answered_ = false;
};

}  // namespace cmgmon::engine
