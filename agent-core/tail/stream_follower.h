#pragma once
// Follows one stream: knows which of its files is being read and how far, which were read before, and what is next.
//
// The one rule behind all rollovers: a file is left only when it has been read to its end and a newer one is there.
// Where "our" file is, is asked of the bytes: it may have been renamed or copied, its name may be another file's now.
//
// Threads: one thread at a time; it does blocking I/O.
// Tests:   tests/unit/tail/follower_test.cpp, follower_model_test.cpp (it shows through Follower only)

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "tail/checkpoint.h"
#include "tail/chunk.h"
#include "tail/discovery.h"
#include "tail/file_system.h"
#include "tail/follower.h"
#include "tail/sibling_memory.h"
#include "tail/troubles.h"
#include "tail/visit.h"

namespace cmgmon::tail {

inline constexpr std::size_t kMaxChunkBytes = 256U << 10U;
// How long a file that is no longer the log is still looked at for late lines, after the last one came.
inline constexpr std::chrono::minutes kLateIis{10};
inline constexpr std::chrono::minutes kLateHistory{1};
// A backup that the next rollover replaces is looked at once, so long after it was left: on Windows the writer cannot
// replace it in a moment in which we have it open.
inline constexpr std::chrono::seconds kLateBackup{2};
// A log that has not grown is read again where we stand, to see whether it was written over: whenever its time of writing
// changed, and in any case so often, because systems are late with that time for a file that is held open.
inline constexpr std::chrono::seconds kCheckAgainAfter{30};
// Two writes within so long may leave the same time of writing.
inline constexpr std::chrono::seconds kTimeOfWritingTells{2};
// Fewer bytes tell nothing: a byte order mark, the beginning of a record.
inline constexpr std::uint64_t kTellingBytes = 8;
inline constexpr const char* kUnreadableText =
    "the rolled-over log stayed unreadable, and newer ones were waiting behind it";

// What the streams share during one poll.
struct PollState {
  FileSystem& files;
  Discovery& discovery;
  Troubles& troubles;
  base::Time now;
  std::size_t budget = 0;  // bytes left to read
  bool spent = false;      // some of it was used
  int begun = 0;           // files
  std::vector<TailEvent> events{};
  bool more = false;
};

class StreamFollower {
 public:
  StreamFollower(StreamId id, FoundStream found, const Checkpoint* known);

  StreamInfo info() const;

  // Reads what there is. `files`: the stream's files as listed in this poll, before the call; nullptr: only the file
  // that is being read is known to have changed.
  void look(PollState& poll, const std::vector<StreamFile>* files);

  // There is work that needs no hint: it stopped for want of budget, or waits for something to become readable.
  bool unfinished() const { return unfinished_; }
  const FoundStream& found() const { return found_; }
  bool is_current(std::string_view path) const;
  // The file that is being read, if something came of it since that time.
  std::optional<std::string> active_since(base::Time time) const;
  // Of the file that is being read, as far as it was known when last looked at.
  std::uint64_t unread_bytes() const;
  std::optional<Checkpoint> take_checkpoint();  // nullopt: did not move

 private:
  enum class Step { kAgain, kDone };
  // Why the current file is left: read to its end; nothing was read of it, so it is found like any unread file; gone
  // with bytes that we may not have; there, but not to be read.
  enum class Why { kRead, kUnseen, kLost, kUnreadable };

  struct Next {
    enum class Kind { kNone, kFile, kBlocked } kind = Kind::kNone;
    StreamFile file{};
  };

  Step follow(PollState& poll, const std::vector<StreamFile>* files);
  Step read_to_end(PollState& poll, Visit& visit, const std::vector<StreamFile>* files);
  Step at_end(PollState& poll, const std::vector<StreamFile>* files);
  Step unreadable(PollState& poll, const base::Error& error);
  Step blocked(PollState& poll, Troubles::Kind kind, const std::string& path,
               const base::Error& error);

  // Finding our file again, and the one after it.
  Step relocate(PollState& poll);
  Step advance(PollState& poll, Why why);
  Next pick_next(PollState& poll, const std::vector<StreamFile>& files, Why why);
  std::optional<bool> is_unread(PollState& poll, const StreamFile& file,
                                Why why);  // nullopt: cannot be said now
  bool is_copy_of_live(PollState& poll, Visit& visit);
  bool is_other_file(Visit& visit) const;
  bool seen_before(const PollState& poll, const platform::FileInfo& info) const;
  std::optional<Next> unread_before_live(PollState& poll);  // nullopt: nothing
  Step leave_copy(PollState& poll);
  Step turn_back(PollState& poll, const StreamFile& older);
  Step move_on(PollState& poll, Why why, const StreamFile& file);
  void goes_on_as(const std::string& path, const platform::FileId& id);
  void start(PollState& poll, const FilePlace& place, std::uint64_t size);
  void leave(PollState& poll, Why why);

  // Files that are old.
  void adopt(PollState& poll, const std::vector<StreamFile>& files);
  bool serve_late(PollState& poll);
  bool read_late(PollState& poll, Behind& behind);

  void caught_up(PollState& poll);
  void tell_gap(PollState& poll, Why why);
  void tell_start(PollState& poll, const std::string& path, std::uint64_t offset);
  bool at_live_path() const;

  StreamId id_;
  FoundStream found_;
  std::string key_;                   // durable, of the run that first saw the stream
  std::optional<FilePlace> current_;  // the file that is being read
  std::uint64_t resume_ = 0;          // where to go on in a file of an earlier run
  std::uint64_t known_size_ = 0;      // of the current file, when last asked
  bool started_ = false;              // FileStarted was told for it
  bool line_ended_ = true;            // what was delivered of it ends with a line end
  bool ended_ = false;                // it had been rolled over when we read it to its end
  bool gap_told_ = false;
  std::optional<base::Time> checked_at_{};  // that it holds what we read, up to its end
  base::Time checked_modified_{};           // the file's, then
  std::optional<base::Time> read_at_{};     // the last bytes
  int missing_looks_ = 0;
  SiblingMemory siblings_;
  bool forgetful_ = false;         // resumed without the memory of siblings
  std::set<std::string> skipped_;  // backups that could not be read
  bool backlog_ended_ = false;
  bool was_readable_ = false;  // a file of the stream could be opened once
  bool moved_ = false;
  bool unfinished_ = false;
};

}  // namespace cmgmon::tail
