#pragma once
// Follows all files of all sources: discovers them, reads what is new, notices every kind of rollover.
//
// Call poll() again and again, on a timer or because a watch hinted; each call opens, reads and closes. Nothing is
// lost between two calls but what the writer destroyed, and that is reported as a Gap.
//
// First sight of a stream: history siblings first (oldest first), then the live file from its start, then BacklogEnded.
//
// What cannot be known: a log that came and went between two polls while the ones before and after it are still there
// leaves no trace; neither does one that was deleted while nobody looked and never comes back. A writer that copies and
// cuts its log twice within one poll may make us lose lines (a Gap).
//
// Errors:  never fails as a whole. What cannot be read is an InputProblem, once, and is tried again at every poll.
// Threads: one thread at a time; it does blocking I/O.
// Life:    the FileSystem outlives it.
// Tests:   tests/unit/tail/follower_test.cpp, follower_model_test.cpp, tests/system/rollover_test.cpp

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "tail/checkpoint.h"
#include "tail/chunk.h"
#include "tail/file_system.h"
#include "tail/source.h"

namespace cmgmon::tail {

// A poll ends when it has begun so many files, small as they may be: what they hold is saved before the next one.
inline constexpr int kFilesPerPoll = 128;

struct PollOutcome {
  std::vector<TailEvent> events;
  // What is true once `events` are processed; one per stream that moved. `resume` equals `offset` here: the pipeline
  // lowers it to the start of an unfinished record.
  std::vector<Checkpoint> checkpoints;
  bool more = false;  // stopped at max_bytes or kFilesPerPoll with data left: call again at once
};

class Follower {
 public:
  // `known` are checkpoints of an earlier run: their streams are resumed, not first sights. Stream ids are greater than
  // `ids_after`: several followers may feed one pipeline.
  Follower(std::vector<Source> sources, std::vector<Checkpoint> known,
           FileSystem& files = local_files(), StreamId ids_after = 0);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Reads at most max_bytes. `now` tells how long a file has been quiet or unreadable; nothing else depends on it.
  // `hinted` are full paths that a watch named; when it is not empty only they and unfinished work are looked at.
  // Empty: look at everything (the backstop).
  PollOutcome poll(std::size_t max_bytes, base::Time now, const std::set<std::string>& hinted = {});

  // The files being followed that something came of since that time. As hints they make a look that costs little, however
  // many other logs there are.
  std::set<std::string> active_since(base::Time time) const;

  // Bytes that are there and have not been read, by log service, as far as the last poll told.
  std::map<std::string, std::uint64_t> unread_bytes() const;

  // Folders that exist and hold, or may come to hold, matching files: what to watch.
  std::vector<std::string> folders() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::tail
