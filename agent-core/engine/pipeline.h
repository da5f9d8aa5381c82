#pragma once
// The part of the engine that knows the order of things: bytes of a stream become records, records become matches,
// matches become incidents. Used by the live agent and by scan alike; the only difference is where events come from.
//
// Errors:  none; odd bytes are counted.
// Threads: not thread-safe; the pipeline thread.
// Life:    the SignatureSet and the IncidentBook outlive it.
// Tests:   tests/unit/engine/pipeline_test.cpp

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "engine/correlated_book.h"
#include "incidents/incident_book.h"
#include "matches/absence_watch.h"
#include "matches/matcher.h"
#include "signatures/service_state.h"
#include "signatures/signature.h"
#include "store/store.h"
#include "tail/checkpoint.h"
#include "tail/chunk.h"

namespace cmgmon::engine {

// What was found in one file; complete when the file ended.
struct FileReport {
  std::string path;
  std::string service;  // empty: held against every signature
  records::Format format = records::Format::kUnknown;
  records::Encoding encoding = records::Encoding::kUtf8;
  std::uint64_t bytes = 0;
  std::uint64_t malformed_records = 0;
};

class Pipeline {
 public:
  // `host` becomes the field host of every match whose stream did not capture one; empty: unknown.
  Pipeline(const signatures::SignatureSet& set, incidents::IncidentBook& book, std::string host);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // State of an earlier run for the stream of that key; call before its StreamOpened.
  void restore(const std::string& key, const store::StreamState& state);

  void process(const tail::TailEvent& event, base::Time now);

  // The next bytes of a stream, without a copy: put them into room(), then say how many have come and from which file, as a
  // Chunk would.
  std::span<char> room(tail::StreamId stream, std::size_t bytes);
  void read(tail::StreamId id, const std::string& path, std::size_t bytes, base::Time now);

  // Everything there was in all logs has been read, one after the other: the backlogs that ended meanwhile are over now,
  // all at once, because one log may show the end of what another one began. Of streams with ids in (after, up_to]: those
  // of one follower.
  void end_look(base::Time now, tail::StreamId after = 0,
                tail::StreamId up_to = std::numeric_limits<tail::StreamId>::max());
  // All logs have been read up to date, also those whose earlier run died within its backlog. Until then correlations
  // wait, because logs are read one after the other; and so do, after a restart, raises that another log may show to be over.
  void caught_up(base::Time now);
  // Raises wait no longer.
  void raise_what_waits(base::Time now);

  // Windows of correlations, which belong to no stream; restore before the first event.
  std::string save_correlations() const { return book_.save(); }
  bool take_correlations_changed() { return book_.take_changed(); }
  base::Result<void> restore_correlations(std::string_view bytes) { return book_.load(bytes); }

  // All logs have been looked at, and everything written before `at` has been processed: is one silent?
  void looked(base::Time at, const signatures::ServiceStates& services);
  // For scan, when all logs have been read: is one silent by its own times?
  void end_of_logs(base::Time now);
  // The absences, to be saved with the rest; load before the first stream is opened.
  std::string save_absence() const { return absence_.save(); }
  base::Result<void> load_absence(std::string_view bytes) { return absence_.load(bytes); }

  // Keys of the streams whose backlog has ended since the last call: what was saved of them says otherwise.
  std::vector<std::string> take_ended_backlogs() { return std::exchange(ended_backlogs_, {}); }

  // What to save for a stream once everything up to `checkpoint` has been processed.
  store::StreamState state_at(const tail::Checkpoint& checkpoint) const;

  // Files that ended since the last call.
  std::vector<FileReport> take_file_reports();

  // What was read of the logs of one service.
  struct ServiceCounters {
    std::uint64_t streams = 0;
    std::uint64_t bytes = 0;
    std::uint64_t malformed = 0;          // of the records that were looked at
    std::optional<base::Time> last_read;  // by the clock of this machine
  };
  std::map<std::string, ServiceCounters> counters() const;
  const CorrelatedBook& correlated() const { return book_; }

  bool follows(const std::string& service) const;  // a stream of it has been opened

 private:
  struct Stream;
  struct PlannedService {
    PlannedService(const signatures::SignatureSet& set, const std::string& service)
        : plan(set, service) {}
    matches::Plan plan;
    // Logs other than the one that is asked about show failures that it may show the recovery of.
    bool has_relatives = false;
  };
  struct Read {
    std::uint64_t bytes = 0;
    std::optional<base::Time> last;
  };

  const PlannedService& plan_for(const std::string& service);
  void open(const tail::StreamInfo& info);
  template <typename Step>
  void run_records(Stream& stream, base::Time now, std::size_t bytes, const Step& step);
  void tell_time(const Stream& stream, base::Time now);
  bool wants_recovery(const Stream& stream, const signatures::Signature& signature,
                      std::optional<std::string_view> text) const;
  const std::vector<std::string>* telltales(const Stream& stream,
                                            const signatures::Signature& signature) const;
  void add_services(const signatures::Signature& signature, std::set<std::string>& services) const;
  void note_relatives(const std::string& service);
  bool more_to_come() const;
  bool wants_all_recoveries(const Stream& stream, const signatures::Signature& signature) const;
  bool may_be_over(const signatures::Signature& signature, const std::string& stream) const;
  void end_backlog(Stream& stream, base::Time now);
  matches::AbsenceWatch::Circumstances circumstances(
      const signatures::ServiceStates& services) const;
  static void park(Stream& stream, const std::string& path);
  void take_up(Stream& stream, const std::string& path, std::uint64_t offset, base::Time now);
  static std::string save_framers(const Stream& stream);
  static void load_framers(Stream& stream, std::string_view bytes);

  const signatures::SignatureSet& set_;
  incidents::IncidentBook& incidents_;
  CorrelatedBook book_;
  std::string host_;
  base::Time now_{};
  bool backlogs_over_ = false;  // since the last look ended
  bool raises_wait_ = true;     // after a restart
  matches::AbsenceWatch absence_;
  std::map<std::string, PlannedService> plans_;    // by service
  std::map<std::string, std::size_t> streams_of_;  // how many, by service
  std::map<tail::StreamId, std::unique_ptr<Stream>> streams_;
  std::map<std::string, tail::StreamId> ids_;           // by stream key
  std::map<std::string, store::StreamState> restored_;  // by stream key, until its StreamOpened
  std::vector<FileReport> reports_;
  std::vector<std::string> ended_backlogs_;
  std::map<std::string, Read> read_;  // by service
};

}  // namespace cmgmon::engine
