#pragma once
// The inside of IncidentBook, shared by the files that implement it:
//
//   incident_book.cpp          what comes in and what goes out
//   incident_life.cpp          the life of one incident
//   incident_time.cpp          what the passing of time does to it
//   incident_relations.cpp     what one incident means to others: explains, open:, and settle()
//   incident_book_state.cpp    save and load
//
// Rules are indexes into SignatureSet::signatures. Functions that may end an incident (and with it
// its Entry) say so.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "incidents/diagnosis.h"
#include "incidents/incident_book.h"
#include "incidents/incident_history.h"
#include "incidents/incident_table.h"
#include "incidents/signature_graph.h"

namespace cmgmon::incidents {

class IncidentBook::Impl {
 public:
  // Bytes that open incidents may hold together before the least wanted ones go, however few they
  // are.
  static constexpr std::size_t kMaxBytes = 32U << 20U;
  // A symptom may be logged this long before the failure that explains it.
  static constexpr std::chrono::hours kExplainsBackwards{1};

  Impl(const signatures::SignatureSet& set, const BookOptions& options, FactSource facts);

  // --- what comes in and goes out
  void apply(const matches::Match& match, const std::string& stream, bool backlog, base::Time now);
  void run_log_clock(std::string_view stream, base::Time log_time, base::Time now);
  void end_backlog(const std::string& stream, base::Time now);
  void catch_up(MayBeOver may_be_over) { may_be_over_ = std::move(may_be_over); }
  void caught_up(base::Time now);
  void advance(base::Time now);
  std::vector<Transition> take_transitions();
  std::vector<Incident> incidents() const;
  std::vector<Incident> told_open() const;
  std::vector<OpenCount> open_counts() const;
  void settle();
  void clock_moved(base::Duration by);
  bool close_by_operator(std::string_view fingerprint, base::Time now);
  std::string save() const;
  base::Result<void> load(std::string_view bytes);
  std::map<std::string, std::optional<std::string>> changes(bool everything);
  base::Result<void> load_rows(const std::map<std::string, std::string>& rows);

  bool is_open(std::string_view signature) const;
  std::optional<base::Time> next_deadline() const { return table_.next_wall_deadline(); }
  Counters counters() const;
  bool has_open(const signatures::Signature& signature) const {
    return table_.has_open(index_of(signature));
  }
  bool could_end(const signatures::Signature& signature, std::string_view text) const {
    return table_.could_end(index_of(signature), text);
  }
  const std::vector<std::string>* telltales(const signatures::Signature& signature) const {
    return table_.telltales(index_of(signature));
  }

 private:
  std::size_t index_of(const signatures::Signature& signature) const {
    return static_cast<std::size_t>(&signature - set_.signatures.data());
  }
  const signatures::Signature& signature_of(const Entry& entry) const {
    return set_.signatures[entry.rule];
  }

  // --- life of an incident
  void fail(const matches::Match& match, std::size_t rule, const std::string& stream, bool backlog);
  void recover(const matches::Match& match, std::size_t rule, const std::string& stream);
  void begin(const matches::Match& match, std::size_t rule, const std::string& stream, bool backlog,
             std::map<std::string, std::string> group, const std::string& fingerprint);
  Entry* repeated(const matches::Match& match, std::size_t rule);
  void absorb(Entry& entry, const matches::Match& match, const std::string& stream, bool backlog,
              bool same_fields);
  bool healed_already(const Ending& ending, const matches::Match& match,
                      const std::string& stream) const;
  Ending ending_of(const Entry& entry) const;
  bool within_hold(const Entry& entry, const matches::Match& match) const;
  std::chrono::milliseconds hold_of(const Entry& entry) const;
  void reopen(Entry& entry);
  void fire(Entry& entry);
  void maybe_raise(Entry& entry);
  void raise(Entry& entry);
  bool is_due(const Entry& entry) const;  // to be raised, unless it waits
  // Whether what was seen to recover may matter later.
  bool keeps_recoveries() const { return !backlog_streams_.empty() || may_be_over_; }
  void forget_recoveries();
  void mark_changed(Entry& entry);
  // These end it: the Entry may be gone afterwards.
  void close(Entry& entry, ClearedBy by, std::optional<base::Time> at, const std::string& stream);
  void finish(Entry& entry);
  void drop(Entry& entry, bool counted);
  void time_is_up(Entry& entry, std::optional<base::Time> fires, std::optional<base::Time> seen,
                  base::Time clock);
  bool may_heal(const std::string& stream, const Entry& entry) const;
  bool close_if_recovered_elsewhere(Entry& entry);
  // Causes before their symptoms: these may fold then.
  using Order = std::tuple<std::size_t, base::Time, std::uint64_t>;
  Order order_of(const Entry& entry) const;
  bool make_room(signatures::Level level);
  std::int64_t new_episode(const std::string& fingerprint, std::optional<base::Time> time) const;
  bool delay_if_suppressed(Entry& entry, std::optional<base::Time> time) const;

  // --- what is said (incident_relations.cpp)
  const Facts& facts() const;
  Circumstances circumstances_of(const matches::Fields& fields) const;
  bool refresh(Entry& entry);  // level and applicable diagnoses; true when these changed
  void write_text(Entry& entry);
  Incident with_text(const Entry& entry) const;
  void emit(TransitionKind kind, Entry& entry, std::uint64_t sequence);

  // --- relations
  std::string place_of_cause(std::size_t explainer, std::size_t symptom,
                             const std::map<std::string, std::string>& group) const;
  bool overlaps(const Entry& entry, std::size_t explainer, const std::string& place) const;
  std::string explanation_of(const Entry& entry) const;
  void update_explanation(Entry& entry);
  bool folded(const Entry& entry) const;
  bool folded_under(const Entry& entry, std::size_t rule, std::vector<bool>& visited) const;
  struct Presence {
    std::size_t count = 0;
    std::optional<signatures::Level> level;
  };
  Presence presence(std::size_t rule) const;
  void after_opening(const Entry& entry, const Presence& before);
  struct Closing {
    std::size_t rule = 0;
    signatures::Level level = signatures::Level::kMedium;
    bool recovered = false;
    // A symptom seen later than this is not explained by what closed.
    std::optional<base::Time> until;
    std::string stream;
    std::map<std::string, std::string> group;
  };
  void after_closing(const Closing& closing);
  void tell_watchers(std::size_t rule);
  struct Span;  // an incident as settle() sees it
  std::vector<std::vector<Span>> spans() const;
  void settle_explanation(std::vector<std::vector<Span>>& spans, Span& symptom);
  void settle_text(const std::vector<std::vector<Span>>& spans, const Span& span);

  using RowChanges = std::map<std::string, std::optional<std::string>>;
  void offer(RowChanges& changes, const std::string& key, std::string bytes);
  void withdraw(RowChanges& changes, const std::string& key);
  std::string head() const;
  base::Result<void> read_row(const std::string& key, std::string_view bytes,
                              std::map<std::uint64_t, std::pair<std::string, Ending>>& endings);
  void write_entry(base::Writer& writer, const Entry& entry) const;
  void read_entry(base::Reader& reader);
  void close_silenced();
  void clear();

  const signatures::SignatureSet& set_;
  BookOptions options_;
  FactSource fact_source_;
  SignatureGraph graph_;
  std::chrono::milliseconds longest_suppress_{0};
  IncidentTable table_;
  ClearedIncidents cleared_;
  Endings endings_;
  SeenRecoveries recoveries_;
  std::set<std::string> backlog_streams_;
  MayBeOver may_be_over_;  // empty: caught up
  std::vector<Transition> transitions_;
  std::vector<std::uint64_t> latest_;  // by rule: serial of what repeated() looks at
  std::set<std::uint64_t> updated_;    // serials whose change others have not heard of
  bool settling_ = false;
  base::Time now_{};  // of the latest call
  Counters counters_;

  std::map<std::string, std::uint64_t> rows_;  // hash of what changes() told last, by key
  std::optional<std::uint64_t> endings_told_;  // their revision then

  mutable Facts facts_;
  mutable std::optional<base::Time> facts_at_;
};

}  // namespace cmgmon::incidents
