#pragma once
// An incident: one failure with its beginning, its count and its end. And the steps of its life
// that others hear of.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::incidents {

enum class State { kPending, kFiring, kCleared };
std::string_view name_of(State state);  // "pending" "firing" "cleared"

enum class ClearedBy { kNone, kRecovery, kQuiet, kOperator, kExplained };
std::string_view name_of(ClearedBy by);  // "" "recovery" "quiet" "operator" "explained"

inline constexpr std::size_t kMaxEvidence = 8;  // first ones are kept, and the newest

// A step of its life with which others heard of a level.
struct Told {
  signatures::Level level = signatures::Level::kMedium;
  std::uint64_t sequence = 1;  // of the transition
  bool operator==(const Told&) const = default;
};

struct Incident {
  std::string signature;  // name; the book resolves it, a state document only has the text
  std::string title;
  signatures::Level level = signatures::Level::kMedium;
  std::vector<Told> told;  // its raise, and each step since that lifted its level for others
  int event_id = 0;
  std::string fingerprint;  // stable_id(signature, group values)
  std::string episode;  // fingerprint + "-" + first_seen in ms (wall time of the raise when the log
                        // has no time)
  State state = State::kFiring;
  ClearedBy cleared_by = ClearedBy::kNone;
  std::map<std::string, std::string> group;
  std::uint64_t count = 0;
  std::optional<base::Time> first_seen;  // log time
  std::optional<base::Time> last_seen;
  std::optional<base::Time> cleared_at;
  matches::Fields fields;  // of the newest match
  std::string cause;
  std::vector<std::string> resolution;
  std::vector<std::string> references;
  std::string explained_by;  // signature name, may be empty
  bool late = false;         // it began before we looked
  std::vector<matches::Evidence> evidence;
};

// With which step those who take this level and above first heard of it; durable, whatever lifts it later. nullopt: they
// have not. One that nobody was told of yet counts as raised now.
std::optional<Told> first_told(const Incident& incident, signatures::Level least);

enum class TransitionKind { kRaised, kUpdated, kCleared };
std::string_view name_of(TransitionKind kind);  // "raised" "updated" "cleared"

struct Transition {
  TransitionKind kind = TransitionKind::kRaised;
  std::string delivery_id;  // episode + ":" + sequence
  std::uint64_t sequence = 0;
  base::Time at{};    // when the book decided it (wall clock)
  Incident incident;  // as it was then
};

}  // namespace cmgmon::incidents
