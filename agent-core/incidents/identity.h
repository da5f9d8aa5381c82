#pragma once
// Who an incident is. Everything here is derived from what was logged, so that reading the same
// logs again makes the same ids, and a receiver can tell a repetition from news.
//
// Tests: tests/unit/incidents/identity_test.cpp

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/time.h"
#include "incidents/incident.h"
#include "matches/match.h"
#include "matches/recovery_key.h"
#include "signatures/signature.h"

namespace cmgmon::incidents {

// The group-by values of a match; a field that was not logged is left out. Values are compared as
// they are.
std::map<std::string, std::string> group_of(const signatures::Signature& signature,
                                            const matches::Fields& fields);

// Two signatures or groups that differ in anything have different fingerprints.
std::string fingerprint_of(std::string_view signature,
                           const std::map<std::string, std::string>& group);

std::int64_t milliseconds_of(base::Time time);
std::string episode_of(std::string_view fingerprint, std::int64_t start_ms);
std::string delivery_id_of(std::string_view episode, std::uint64_t sequence);

// The Windows event of a transition; what begins with one id ends with the other.
constexpr int cleared_event_id(int event_id) {
  return event_id + 1000;
}
int event_id_of(const Transition& transition);

using matches::recovery_key;

// Where an incident is, as far as these fields of its group tell: equal keys are the same place.
// As with recovery_key letter case does not count, and fields that neither knows are equal. Empty
// when there are no fields: everywhere.
std::string place_key(const std::vector<std::string>& fields,
                      const std::map<std::string, std::string>& group);

}  // namespace cmgmon::incidents
