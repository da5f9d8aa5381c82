#pragma once
// The open incidents (and those whose clear is still held back), and every order in which the book
// asks for them: by fingerprint, by deadline of either clock, by signature, by what would clear
// them, by who has to go when there are too many. So that no question needs a walk over all of
// them.
//
// After changing an Entry call changed(); the table notices what moved. counted() is enough, and costs less, where the texts of
// its incident, group and fields included, are what they were.
//
// Life:  references to entries stay valid until remove().
// Tests: tests/unit/incidents/incident_book_model_test.cpp

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.h"
#include "incidents/incident.h"
#include "incidents/signature_graph.h"
#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::incidents {

struct Entry {
  std::uint64_t serial = 0;  // order of creation
  std::size_t rule = 0;      // index of its signature
  Incident incident;
  std::int64_t episode_ms = 0;     // the number in its episode id
  std::string stream;              // the one that fed it last
  std::optional<base::Time> seen;  // time of the newest failure in the order of the logs
  base::Time wall_seen{};          // when that was read; the time it was logged if it was backlog
  // How far the clock was set ahead since then (negative: back); the log goes by that clock, too.
  std::chrono::milliseconds clock_set{0};
  bool silent = false;      // only backlog has fed it, nobody has heard of it
  bool raised = false;      // its raise was handed out
  std::uint64_t steps = 0;  // matches and other changes so far; numbers its transitions
  std::uint64_t said = 0;   // bit per diagnosis that applies
  bool stale_text = false;  // cause and resolution were written before the last change

  // While pending: when it fires.
  std::optional<base::Time> fire_log;
  std::optional<base::Time> fire_wall;
  // While cleared: when others hear of it, and how long that is held back; when it ended by the
  // log; which stream showed the recovery.
  std::optional<base::Time> clear_due;
  std::chrono::milliseconds clear_hold{0};
  std::optional<base::Time> cleared_log;
  std::string cleared_stream;

 private:
  friend class IncidentTable;
  struct Filed {  // under what the table knows it
    bool open = false;
    bool firing = false;
    bool raised = false;
    signatures::Level level = signatures::Level::kMedium;
    std::uint64_t touched = 0;
    std::size_t bytes = 0;
    base::Time begin{};
    std::optional<base::Time> wall_due;
    std::optional<base::Time> log_due;
    std::optional<base::Time> held_due;
  } filed_;
  std::string filed_stream_;
  std::size_t filed_text_bytes_ = 0;  // of bytes: all but the evidence
  std::vector<std::string> filed_recoveries_;
  // Of each of them: what a record says that is one (matches::recovery_texts).
  std::vector<std::optional<std::vector<std::string>>> filed_signs_;
  std::uint64_t touched_ = 0;
};

// So much later than its own clock would say is what waits by the log.
inline base::Duration log_delay(const Entry& entry) {
  return std::max<base::Duration>(entry.clock_set, base::Duration::zero());
}

// Bytes that an incident holds, roughly.
std::size_t text_size_of(const Incident& incident);  // all but the evidence
std::size_t evidence_size_of(const Incident& incident);
inline std::size_t size_of(const Incident& incident) {
  return text_size_of(incident) + evidence_size_of(incident);
}

class IncidentTable {
 public:
  IncidentTable(const signatures::SignatureSet& set, const SignatureGraph& graph);

  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }
  const std::map<std::uint64_t, Entry>& entries() const { return entries_; }

  std::vector<std::uint64_t> serials() const;

  Entry& add(Entry entry);  // gives it the next serial
  Entry& restore(Entry entry, std::uint64_t touched);
  void changed(Entry& entry);
  void counted(Entry& entry);
  void touch(Entry& entry);  // it was just seen: last to be given up; changed() must follow
  Entry remove(Entry& entry);
  void clear();

  Entry* find(std::string_view fingerprint);
  Entry* at(std::uint64_t serial);
  // An entry to be looked at only.
  const Entry* look_at(std::uint64_t serial) const;

  // The first whose deadline is not after the given time, or nullptr.
  Entry* wall_due(base::Time now);
  Entry* log_due(std::string_view stream, base::Time log_time);
  std::optional<base::Time> next_wall_deadline() const;
  Entry* first_held();
  Entry* least_wanted();  // least recently seen of the lowest level among the open ones

  // Open ones that a recovery with this key (identity.h) belongs to; firing ones of a signature. As
  // serials, because what is done to one may remove another.
  std::vector<std::uint64_t> recovered_by(const std::string& key) const;
  std::vector<std::uint64_t> firing_of(std::size_t rule, const std::string& place = {}) const;

  bool has_open(std::size_t rule) const { return !open_[rule].empty(); }
  // Whether a record with this text can be a sign of recovery of an open one.
  bool could_end(std::size_t rule, std::string_view text) const;
  // Texts (lower case) one of which every text holds that could_end() is true of; nullptr: nobody knows any.
  const std::vector<std::string>* telltales(std::size_t rule) const {
    return telltales_[rule] ? &*telltales_[rule] : nullptr;
  }
  // About the firing ones of a signature; `raised_level` about those that others have heard of.
  // `place` is a place_key() of fields that the graph knows as places of the rule; empty: everywhere.
  std::size_t firing_count(std::size_t rule, const std::string& place = {}) const;
  std::optional<signatures::Level> firing_level(std::size_t rule,
                                                const std::string& place = {}) const;
  std::optional<signatures::Level> raised_level(std::size_t rule,
                                                const std::string& place = {}) const;
  // Of the firing ones; there must be one.
  base::Time earliest_begin(std::size_t rule, const std::string& place = {}) const;

  std::uint64_t touched(const Entry& entry) const { return entry.touched_; }

  // The entries that were handed out to be changed, or are gone, since the last call. The first call
  // says nothing: from then on the table takes note.
  std::set<std::uint64_t> take_handed_out();

 private:
  Entry* hand_out(Entry* entry);
  using Deadlines = std::set<std::pair<base::Time, std::uint64_t>>;
  using PerLevel = std::array<std::size_t, 5>;
  struct Summary {                    // of the incidents of one signature, all or in one place
    std::set<std::uint64_t> serials;  // firing
    PerLevel firing{};
    PerLevel raised{};
    std::multiset<base::Time> begins;
  };

  Entry::Filed filing(const Entry& entry) const;
  void file(Entry& entry, const Entry::Filed& next);
  void file_recoveries(Entry& entry, bool was_open);
  void note_telltales(std::size_t rule);
  void count(const Entry& entry, const Entry::Filed& filed, bool in);
  static void count_in(Summary& summary, const Entry::Filed& filed, std::uint64_t serial, bool in);
  const Summary& summary_of(std::size_t rule, const std::string& place) const;

  const signatures::SignatureSet& set_;
  const SignatureGraph& graph_;
  std::map<std::uint64_t, Entry> entries_;
  std::unordered_map<std::string, Entry*> by_fingerprint_;
  std::unordered_map<std::string, std::set<std::uint64_t>> by_recovery_;
  std::map<std::string, Deadlines, std::less<>> log_deadlines_;
  Deadlines wall_deadlines_;
  Deadlines held_;
  std::array<std::map<std::uint64_t, std::uint64_t>, 5>
      by_age_;  // level: touched -> serial, open ones
  std::vector<Summary> rules_;
  std::vector<std::set<const Entry*>> open_;                        // by rule
  std::vector<std::optional<std::vector<std::string>>> telltales_;  // by rule
  std::vector<std::unordered_map<std::string, Summary>> places_;    // by rule and place key
  std::size_t bytes_ = 0;
  std::uint64_t next_serial_ = 1;
  std::uint64_t next_touch_ = 1;
  bool takes_note_ = false;
  std::set<std::uint64_t> handed_out_;
};

}  // namespace cmgmon::incidents
