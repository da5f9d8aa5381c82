#pragma once
// The book again, without any index: a list of everything that ever was, searched from end to end at every step.
// Obviously right rather than fast; shares nothing with the real one but value types. No texts, no bounds.

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "incidents/incident.h"
#include "signatures/signature.h"

namespace cmgmon::incidents {

// One incident on one line; how the two books are compared.
std::string line_of(std::string_view what, const Incident& incident, std::uint64_t sequence);

class SlowBook {
 public:
  SlowBook(const signatures::SignatureSet& set, std::chrono::milliseconds clear_hold,
           std::chrono::milliseconds horizon)
      : set_(set), clear_hold_(clear_hold), horizon_(horizon) {}

  void fail(const std::string& name, const std::string& group, std::optional<base::Time> time,
            const std::string& stream, bool backlog, base::Time now);
  void recover(const std::string& name, const std::string& group, std::optional<base::Time> time,
               const std::string& stream, bool backlog, base::Time now);
  void watermark(const std::string& stream, base::Time time, base::Time now);
  void end_backlog(const std::string& stream, base::Time now);
  void advance(base::Time now);
  void clock_moved(base::Duration by);

  std::vector<std::string> take();         // a line_of() per transition
  std::vector<std::string> shown() const;  // a line_of() per incident, sorted

 private:
  struct Case {
    std::string name, group, stream, healer, explained_by;
    State state = State::kPending;
    ClearedBy by = ClearedBy::kNone;
    signatures::Level level = signatures::Level::kInformational;
    std::uint64_t count = 1, steps = 1;
    std::optional<base::Time> first, last, seen, fire_log, fire_wall, cleared_log, cleared_at;
    base::Time wall_seen{}, decided{};
    base::Duration clock_set{0};        // ahead, since seen
    std::chrono::milliseconds hold{0};  // of its clear
    std::uint64_t flaps = 0;            // ends in a row that were told
    bool silent = false, raised = false, late = false, updated = false, in_company = false;
    bool over = false;  // delivered, or never will be
    bool vanished = false;
  };
  struct Heard {
    std::string name, key, stream;
    base::Time time;
  };

  const signatures::Signature& rule(const std::string& name) const;
  std::string key_of(const std::string& name, const std::string& group) const;
  std::vector<const signatures::Signature*> explainers(const std::string& name) const;
  bool firing(const std::string& name) const;
  std::optional<signatures::Level> top(const std::string& name) const;
  std::optional<signatures::Level> top(const std::string& name, const std::string& symptom,
                                       const std::string& group) const;
  bool agree(const std::string& explainer, const std::string& symptom, const std::string& group,
             const std::string& other) const;
  std::optional<base::Time> begin_of(const std::string& name, const std::string& symptom,
                                     const std::string& group) const;
  bool overlaps(const Case& incident, const std::string& explainer,
                const std::string& symptom) const;
  std::string explanation(const Case& incident) const;
  bool folded(const Case& incident, const std::string& name, std::set<std::string>& visited) const;
  bool look_again(Case& incident) const;
  std::optional<base::Time> due(const Case& incident, bool wall) const;
  void run(bool wall, const std::string& stream, base::Time clock);
  void raise_if_due(Case& incident);
  void fire(Case& incident);
  void close(Case& incident, ClearedBy by, std::optional<base::Time> at, const std::string& stream);
  void finish(Case& incident);
  const Case* last_end(const Case& incident) const;
  void vanish(Case& incident);
  void opened(const std::string& name, const std::string& group, bool was_open,
              std::optional<signatures::Level> was);
  void closed(const std::string& name, const std::string& group, signatures::Level level,
              bool recovered, std::optional<base::Time> until, const std::string& stream);
  void watchers(const std::string& name);
  void changed(Case& incident);
  bool heal_from_elsewhere(Case& incident);
  void begin_backlog(const std::string& stream, bool backlog);
  std::string line(const char* what, const Case& incident, std::uint64_t sequence) const;

  const signatures::SignatureSet& set_;
  std::chrono::milliseconds clear_hold_;
  std::chrono::milliseconds horizon_;
  std::vector<Case> cases_;
  std::vector<Heard> heard_;
  std::set<std::string> backlogs_;
  std::vector<std::string> told_;
  base::Time now_{};
};

}  // namespace cmgmon::incidents
