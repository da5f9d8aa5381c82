#pragma once
// Notices that something is not written any more: the signatures with an `absence`.
//
// A watch is one signature on one log (or on all logs of its services). It adds up watched time since the newest
// occurrence: after every look at all logs that came to an end, the step since the look before it. Steps that are too
// long (we were suspended, hung or not there; the clock was set) or negative count for nothing; neither does time in
// which silence is natural. docs/signatures.md lists these, docs/adr/0012-absence.md says why.
//
// What is decided leaves as matches: of the signature when it is overdue, once, and of one of its recoveries when it
// is heard again (kHeardAgain) or nobody waits any more (kNoLongerExpected).
//
// Errors:  none; of two occurrences the later call wins, whatever times they carry.
// Threads: not thread-safe; the pipeline.
// Memory:  one watch per rule and log; at most kMaxLoaded of logs that are not open.
// Life:    the SignatureSet outlives it.
// Tests:   tests/unit/matches/absence_watch_test.cpp, against tests/support/slow_absence.h

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "matches/match.h"
#include "records/record.h"
#include "signatures/service_state.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

// What an earlier run or an old file wrote arms a rule only if it is not older than this.
inline constexpr std::chrono::hours kArmingHorizon{24};
inline constexpr std::size_t kMaxHeardBytes = 512;  // of the occurrence that is quoted
inline constexpr std::size_t kMaxLoaded = 10000;

class AbsenceWatch {
 public:
  // `stream` is the log's key, for watches on whole services a name of their own.
  using Emit = std::function<void(Match&& match, const std::string& stream)>;

  // Longer steps between two looks are no watched time. They are half a minute at most while all is well.
  static constexpr base::Duration kLongestStep = std::chrono::minutes(2);

  AbsenceWatch(const signatures::SignatureSet& set, Fields base_fields, Emit emit,
               base::Duration longest_step = kLongestStep);

  // --- what happens to a log; keys that were not opened are ignored
  struct Stream {
    std::string service;  // empty: every rule may be about it
    Fields base_fields;   // go into its matches
    bool remote = false;  // written on another machine, whose services nobody can ask about
    bool backlog = true;
  };
  void opened(const std::string& key, Stream stream);
  void backlog_ended(std::string_view key);
  void rolled_over(std::string_view key);
  // Bytes have come; the newest record has that time.
  void wrote(std::string_view key, std::string_view path, std::optional<base::Time> newest,
             base::Time now);
  // A record that `signature` expects. Of those in one read the newest is enough.
  void heard(std::string_view key, const signatures::Signature& signature,
             const records::Record& record, std::string_view path, base::Time now);
  // A file or folder that cannot be read just now, or can be read again.
  void unreadable(const std::string& path, bool is);

  // --- what the passing of time does
  struct Circumstances {
    const signatures::ServiceStates& services;
    std::function<bool(std::string_view signature)> is_open;
  };
  // Everything that was written before `at` has been reported.
  void looked(base::Time at, const Circumstances& circumstances);
  // When looked() will find something overdue if nothing else happens.
  std::optional<base::Time> next_deadline() const;
  // For scan, at the end of a log: is it silent by its own times?
  void end_of_log(std::string_view key, std::optional<base::Time> newest,
                  const Circumstances& circumstances);

  // Everything but what is asked anew at each look, and grace, which begins again. Versioned; load() refuses damaged or
  // newer bytes and then knows nothing. Call it before the first log is opened.
  std::string save() const;
  base::Result<void> load(std::string_view bytes);

 private:
  struct Watch {
    const signatures::Signature* signature = nullptr;
    std::string unit;  // key of the log, "" for the whole service
    bool open = false;
    bool armed = false;
    bool told = false;            // the incident has been raised
    bool wanted = false;          // by while-open
    bool was_stopped = false;     // by while-running
    bool rollover_grace = false;  // has been used since the newest occurrence
    bool fresh = false;           // heard since the last look
    base::Duration silent{0};
    base::Duration grace_left{0};
    base::Duration stopped{0};
    std::string path;                      // of the newest occurrence
    std::optional<base::Time> last_heard;  // by the log
    std::optional<Evidence> evidence;
  };
  struct Log {
    Stream stream;
    std::string path;
    bool unreadable = false;
    std::vector<Watch*> watches;  // its own and those of its service
  };
  using Key = std::pair<std::string, std::string>;  // signature name, unit

  Watch& watch_for(const signatures::Signature& signature, const std::string& unit);
  Log* log_of(std::string_view key);
  void note(Log& log, Watch& watch, std::optional<base::Time> time, std::string_view path,
            base::Time now);
  void pass(Watch& watch, base::Duration step, bool suspended, base::Time at,
            const Circumstances& circumstances);
  bool blocked(const Watch& watch) const;
  bool is_remote(const Watch& watch) const;
  bool pass_stopped(Watch& watch, base::Duration& step, const Circumstances& circumstances);
  Fields fields_of(const Watch& watch) const;
  void raise(Watch& watch, base::Time time, base::Time now);
  void recover(Watch& watch, std::string_view recovery, base::Time time);
  void check_readable(const std::string& key, Log& log) const;

  const signatures::SignatureSet& set_;
  Fields base_fields_;
  Emit emit_;
  base::Duration longest_step_;
  std::vector<const signatures::Signature*> absences_;
  std::map<Key, Watch> watches_;
  std::map<std::string, Log, std::less<>> logs_;
  std::set<std::string> unreadable_;
  std::optional<base::Time> last_look_;
};

}  // namespace cmgmon::matches
