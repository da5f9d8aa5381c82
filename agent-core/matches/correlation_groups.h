#pragma once
// The groups of all correlations with their windows: found by their values, healed by recoveries, and the longest
// untouched dropped when they become too many.
//
// Tests: tests/unit/matches/correlator_test.cpp, correlator_model_test.cpp

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/codec.h"
#include "base/time.h"
#include "matches/correlation_window.h"
#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

// What is quoted of one event.
struct CorrelatedDetail {
  base::Time time{};
  std::uint64_t order = 0;
  Fields fields;
  std::optional<Evidence> evidence;
};

struct CorrelationGroup {
  explicit CorrelationGroup(const signatures::Signature& of)
      : signature(&of), window(*of.correlation) {}

  const signatures::Signature* signature;  // the correlation
  std::uint64_t id = 0;
  std::string key;
  Fields values;  // of group-by
  CorrelationWindow window;
  std::map<std::uint32_t, CorrelatedDetail> newest;  // by rule
  std::optional<CorrelatedDetail> opening;           // the event that found the window empty
  std::uint64_t quoted = 0;                          // events that arrived before have been quoted
  std::uint64_t touched = 0;
  std::size_t bytes = 0;
};

class CorrelationGroups {
 public:
  explicit CorrelationGroups(std::size_t max_groups, std::size_t max_bytes)
      : max_groups_(max_groups), max_bytes_(max_bytes) {}

  static std::string key_of(const signatures::Signature& correlation, const Fields& values);

  // Touched; new when there was none.
  CorrelationGroup& at(const signatures::Signature& correlation, Fields values);
  std::optional<CorrelationWindow::Found> add(CorrelationGroup& group, CorrelatedEvent event,
                                              CorrelatedDetail detail, std::size_t max_events);
  void restart(CorrelationGroup& group);
  // Takes the events away that have this key and are `healed`.
  void heal(const std::string& key, const std::function<bool(const CorrelatedEvent&)>& healed);
  // Back below the limits; `keep` stays.
  void make_room(const CorrelationGroup& keep);

  std::size_t size() const { return groups_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::uint64_t dropped_groups = 0;
  std::uint64_t dropped_events = 0;

  void clear();
  void save(base::Writer& writer) const;
  void load(base::Reader& reader, const signatures::SignatureSet& set);

 private:
  void touch(CorrelationGroup& group);
  void forget(CorrelationGroup& group, const CorrelatedEvent& event);
  void count(CorrelationGroup& group, const CorrelatedEvent& event);
  void drop(std::uint64_t id);
  void resize(CorrelationGroup& group, std::size_t add, std::size_t less);

  std::size_t max_groups_;
  std::size_t max_bytes_;
  std::uint64_t next_touch_ = 1;
  std::size_t bytes_ = 0;
  std::map<std::uint64_t, CorrelationGroup> groups_;    // by id
  std::unordered_map<std::string, std::uint64_t> ids_;  // by key
  std::map<std::uint64_t, std::uint64_t> order_;        // touched -> id
  // Key of a recovery -> groups with events that it heals, and how many.
  std::unordered_map<std::string, std::map<std::uint64_t, std::size_t>> healed_by_;
  std::uint64_t next_id_ = 1;
};

// For saved state.
void write_detail(base::Writer& writer, const CorrelatedDetail& detail);
CorrelatedDetail read_detail(base::Reader& reader);

}  // namespace cmgmon::matches
