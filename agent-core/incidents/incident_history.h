#pragma once
// What the book remembers of things that are over: cleared incidents (to be shown), when each
// failure last ended (a re-raise may have to wait, and needs an episode id of its own), and signs
// of recovery (they may be read before the failure that they heal, when the two stand in different
// logs). All bounded; the oldest go first.
//
// Tests: tests/unit/incidents/incident_history_test.cpp, and the book's

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/codec.h"
#include "base/time.h"
#include "incidents/incident_table.h"

namespace cmgmon::incidents {

class ClearedIncidents {
 public:
  static constexpr std::size_t kMaxBytes = 16U << 20U;

  explicit ClearedIncidents(std::size_t max_incidents) : max_incidents_(max_incidents) {}

  void add(Entry entry);
  Entry* newest(std::string_view fingerprint);
  std::map<std::uint64_t, Entry>& all() { return entries_; }
  const std::map<std::uint64_t, Entry>& all() const { return entries_; }
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  std::size_t max_incidents_;
  std::map<std::uint64_t, Entry> entries_;  // in the order they ended
  std::unordered_map<std::string, std::uint64_t> newest_;
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t forgotten_ = 0;
};

// A failure that ends and comes back again and again: its ends are told later and later.
inline constexpr std::chrono::hours kFlapWindow{1};
inline constexpr std::chrono::minutes kLongestFlapHold{30};

struct Ending {
  std::int64_t episode_ms = 0;  // where its episode id starts
  bool raised = false;          // others had heard of it
  std::optional<base::Time> first_seen;
  ClearedBy by = ClearedBy::kNone;
  std::optional<base::Time> log_time;  // when it ended by the log,
  std::string stream;                  // the stream that showed its recovery,
  base::Time wall{};                   // and when that was decided
  std::uint64_t flaps = 0;  // delivered ends in a row, each within kFlapWindow of the last
  std::uint64_t order = 0;  // in which they were added; add() gives it
};

class Endings {
 public:
  static constexpr std::size_t kMax = 1024;

  void add(const std::string& fingerprint, const Ending& ending);
  const Ending* find(const std::string& fingerprint) const;
  void forget_before(base::Time wall);
  void clock_moved(base::Duration by);
  void clear();
  void save(base::Writer& writer) const;
  void load(base::Reader& reader, bool with_flaps);
  // One by one: load them in their order.
  const std::unordered_map<std::string, Ending>& all() const { return endings_; }
  std::uint64_t revision() const { return revision_; }  // another one when any of them changed
  static void write(base::Writer& writer, const std::string& fingerprint, const Ending& ending);
  static std::pair<std::string, Ending> read(base::Reader& reader, bool with_flaps);

 private:
  std::uint64_t revision_ = 0;
  std::uint64_t next_order_ = 1;
  std::unordered_map<std::string, Ending> endings_;
  std::deque<std::pair<std::string, base::Time>> order_;  // stale pairs are skipped
};

class SeenRecoveries {
 public:
  static constexpr std::size_t kMax = 4096;

  // Keeps the newest time per key and stream.
  void add(const std::string& key, const std::string& stream, base::Time time);
  // The newest one in a stream that counts, with that stream; nullopt when there is none.
  std::optional<std::pair<base::Time, std::string>> newest(
      const std::string& key, const std::function<bool(const std::string&)>& counts) const;
  void clear();
  bool empty() const { return seen_.empty(); }
  void save(base::Writer& writer) const;
  void load(base::Reader& reader);

 private:
  std::unordered_map<std::string, std::map<std::string, base::Time>>
      seen_;  // key -> stream -> time
  std::deque<std::pair<std::string, std::string>> order_;
};

}  // namespace cmgmon::incidents
