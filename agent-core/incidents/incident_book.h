#pragma once
// Turns matches into incidents, and says what happened to them: raised once, counted, cleared.
//
// Two clocks: the log's (when things happened; match times and stream watermarks) and the wall
// (`now`: how long to hold a clear back, how long something has been quiet in a log that stands
// still). Both are arguments.
//
// Delivery: raises come out at once (after `for`); a clear is held for clear_hold and a re-raise
// inside it cancels both. Nothing is forgotten by holding: the state of the incident changes at
// once.
//
// After a restart: as if there had been none, but what is over by another log is not raised.
//
// First sight: matches of a stream's backlog are silent; end_backlog() raises what is still open,
// once, as late, if it was last seen within backlog_horizon (or has no time).
//
// Within one stream the order of the log decides; between streams the times do: a recovery that is
// older than the newest failure clears nothing, a failure that is older than the recovery is
// counted and raises nothing.
//
// docs/incidents.md tells the whole life of an incident.
//
// Errors:  none.
// Threads: not thread-safe; lives on the pipeline.
// Life:    the SignatureSet outlives the book.
// Tests:   tests/unit/incidents/incident_book_*_test.cpp, against slow_book.h

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "incidents/diagnosis.h"
#include "incidents/incident.h"
#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::incidents {

struct BookOptions {
  std::chrono::milliseconds clear_hold = std::chrono::minutes(2);
  std::chrono::milliseconds backlog_horizon = std::chrono::hours(24);
  // Open ones; beyond it (or beyond 32 MiB) the least recently seen of the lowest level is dropped
  // and counted. If its raise was delivered, its clear is too ("quiet"): nobody is left with an
  // alert that never ends.
  std::size_t max_incidents = 10000;
  std::size_t max_cleared = 1000;  // kept to be shown
  // Logs in different folders may be of different machines (scan), and their host is not always
  // known: what one of them shows does not clear what failed in another.
  bool folders_are_machines = false;
};

class IncidentBook {
 public:
  // Asked when a text is written that needs it, so that it is current; at most once per second of
  // `now`.
  using FactSource = std::function<Facts()>;

  IncidentBook(const signatures::SignatureSet& set, BookOptions options, FactSource facts);
  ~IncidentBook();
  IncidentBook(const IncidentBook&) = delete;
  IncidentBook& operator=(const IncidentBook&) = delete;

  // A failure or a sign of recovery. `stream` names the log it came from; backlog: see above.
  void apply(const matches::Match& match, std::string_view stream, bool backlog, base::Time now);
  // The stream's log has reached this time. It may be earlier than the last one: the clock of its writer was set back.
  void watermark(std::string_view stream, base::Time log_time, base::Time now);
  void end_backlog(std::string_view stream, base::Time now);
  // From here to caught_up() logs are read on where an earlier run ended, one after the other. Raises that another log may
  // show to be over wait until all have been read: `may_be_over` says whether a log other than `stream` shows recoveries
  // of the signature.
  using MayBeOver = std::function<bool(const signatures::Signature&, const std::string& stream)>;
  void catch_up(MayBeOver may_be_over);
  void caught_up(base::Time now);
  // Lets time pass: `for`, quiet close, held clears. After a restart call it only when the logs
  // have been read up to date: what was written meanwhile decides whether an incident has been
  // quiet.
  void advance(base::Time now);
  // The wall clock was set, or stood still with the whole machine: what waits by it, or by a log that
  // was written by it, goes on waiting as long as it had to. The next `now` is on the new clock.
  void clock_moved(base::Duration by);
  // An operator says that it is over. False: no open incident has this fingerprint. A later failure
  // is raised again.
  bool close_by_operator(std::string_view fingerprint, base::Time now);
  // For logs that were read one after the other (scan), once, at the end: what stands in one log
  // and heals, explains or illuminates a failure of another is then looked up by time.
  void settle();
  // A firing incident of that signature.
  bool is_open(std::string_view signature) const;
  // When advance() next has something to do; nullopt: nothing is waiting.
  std::optional<base::Time> next_deadline() const;

  // Whether a sign of recovery could end an incident of this signature (of the book's set) now.
  bool has_open(const signatures::Signature& signature) const;
  // The same of a sign in a record whose message is `text`, or a part of it.
  bool could_end(const signatures::Signature& signature, std::string_view text) const;
  // Texts (lower case) one of which every `text` holds that could_end() is true of; nullptr: nobody knows any.
  // Valid until an incident opens or ends.
  const std::vector<std::string>* telltales(const signatures::Signature& signature) const;

  // Transitions decided since the last call, in order. kUpdated at most once per incident and call,
  // after the others, and only about incidents whose raise was delivered.
  std::vector<Transition> take_transitions();

  // Everything open (pending ones too, State::kPending), and cleared ones of this run up to
  // max_cleared; sorted by first_seen (unknown: last), then signature.
  std::vector<Incident> incidents() const;
  // Those whose raise was handed out and whose clear was not, all as firing, oldest first: what is
  // open for others.
  std::vector<Incident> told_open() const;

  // How many there are of each signature and level; costs little, whatever they hold.
  struct OpenCount {
    std::string signature;
    signatures::Level level = signatures::Level::kMedium;
    int event_id = 0;
    std::uint64_t told = 0;     // raised for others, who have not heard of the end
    std::uint64_t folded = 0;   // firing, and told by what explains them
    std::uint64_t pending = 0;  // also what only the backlog has shown so far
  };
  std::vector<OpenCount> open_counts() const;

  struct Counters {
    std::uint64_t matches = 0;
    std::uint64_t dropped_incidents = 0;
    std::uint64_t cancelled_clears = 0;
    std::uint64_t suppressed = 0;
    std::uint64_t forgotten_cleared = 0;  // beyond max_cleared
  };
  Counters counters() const;

  // Open incidents, held clears, silent backlog ones, transitions that were not taken yet.
  // Versioned (base/codec.h). load() refuses damaged or newer state (kCorrupt, kUnsupported) and
  // leaves the book empty; incidents of signatures that no longer exist are closed silently.
  std::string save() const;
  base::Result<void> load(std::string_view bytes);

  // The same in rows, for a store that writes only what changed: what became different since the
  // last call, by key (nullopt: gone). The first call after construction, and `everything`, tell all
  // there is. load_rows() takes all rows that were told, or under the key "" what save() returned.
  std::map<std::string, std::optional<std::string>> changes(bool everything);
  base::Result<void> load_rows(const std::map<std::string, std::string>& rows);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::incidents
