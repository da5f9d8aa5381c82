#include "incidents/incident.h"

#include <algorithm>

namespace cmgmon::incidents {

std::string_view name_of(State state) {
  switch (state) {
    case State::kPending:
      return "pending";
    case State::kFiring:
      return "firing";
    case State::kCleared:
      return "cleared";
  }
  return "";
}

std::string_view name_of(ClearedBy by) {
  switch (by) {
    case ClearedBy::kNone:
      return "";
    case ClearedBy::kRecovery:
      return "recovery";
    case ClearedBy::kQuiet:
      return "quiet";
    case ClearedBy::kOperator:
      return "operator";
    case ClearedBy::kExplained:
      return "explained";
  }
  return "";
}

std::optional<Told> first_told(const Incident& incident, signatures::Level least) {
  if (incident.told.empty()) {
    return incident.level >= least ? std::optional(Told{incident.level, 1}) : std::nullopt;
  }
  const auto first = std::find_if(incident.told.begin(), incident.told.end(),
                                  [least](const Told& told) { return told.level >= least; });
  return first == incident.told.end() ? std::nullopt : std::optional(*first);
}

std::string_view name_of(TransitionKind kind) {
  switch (kind) {
    case TransitionKind::kRaised:
      return "raised";
    case TransitionKind::kUpdated:
      return "updated";
    case TransitionKind::kCleared:
      return "cleared";
  }
  return "";
}

}  // namespace cmgmon::incidents
