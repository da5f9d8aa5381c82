#pragma once
// What cannot be read just now: told once when it lasts, told once when it is over. A folder that cannot be reached is one
// trouble, whatever it holds.
//
// Threads: one thread at a time.
// Tests:   tests/unit/tail/troubles_test.cpp

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "tail/chunk.h"
#include "tail/file_system.h"

namespace cmgmon::tail {

// Polls that must fail in a row before anybody is told: a rollover or a backup program is over sooner.
inline constexpr int kPatientPolls = 3;
// A rolled-over file that stays unreadable for this long no longer holds up the ones after it.
inline constexpr std::chrono::minutes kSkipAfter{1};

class Troubles {
 public:
  enum class Kind { kFile, kFolder, kSource };

  void begin_poll(base::Time now);
  // Something failed for `path` in this poll. `at_once`: tell now, it never worked before.
  void failed(Kind kind, const std::string& path, const base::Error& error, bool at_once,
              std::vector<TailEvent>& events);
  void fine(Kind kind, const std::string& path, std::vector<TailEvent>& events);
  // Of a file: it has been told, and has lasted for kSkipAfter.
  bool lasts(const std::string& path) const;
  // After a poll that looked at everything: what nobody asked about is looked at here, or forgotten.
  void end_full_poll(FileSystem& files, std::vector<TailEvent>& events);

 private:
  struct Trouble {
    int polls = 0;
    std::uint64_t last_poll = 0;
    base::Time since{};
    bool told = false;
  };
  // Another trouble says it already: that of the folder, or that of a source that finds nothing there.
  bool is_covered(Kind kind, const std::string& path) const;

  // A source is often the path of one file.
  std::map<std::pair<Kind, std::string>, Trouble> troubles_;
  std::uint64_t poll_ = 0;
  base::Time now_{};
};

}  // namespace cmgmon::tail
