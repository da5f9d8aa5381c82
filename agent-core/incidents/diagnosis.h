#pragma once
// What is said about a failure: which diagnoses of its signature apply, and their texts with the
// values filled in.
//
// A condition on something unknown does not hold, negated or not, when it asks the machine (facts).
// A field that was not logged is simply not equal to anything: there the negated condition holds.
//
// Tests: tests/unit/incidents/diagnosis_test.cpp

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::incidents {

// What the machine says; names used by Condition::kFactEquals and kFieldInFact. An absent name is
// "unknown", and no condition on it holds, negated or not.
using Facts = std::map<std::string, std::vector<std::string>>;

// What conditions may ask. The functions are only called by a condition that needs them.
struct Circumstances {
  const matches::Fields& fields;
  std::function<const Facts&()> facts;
  std::function<bool(std::string_view signature)> is_open;
};

bool holds(const signatures::Condition& condition, const Circumstances& circumstances);

// Those that apply, in the order they are said: first what was found (or the `otherwise` ones),
// then the notes.
std::vector<const signatures::Diagnosis*> applicable(const signatures::Signature& signature,
                                                     const Circumstances& circumstances);

// Of the first diagnosis that states one, else the signature's own.
signatures::Level level_of(const signatures::Signature& signature,
                           const std::vector<const signatures::Diagnosis*>& said);

struct Texts {
  std::string cause;  // the signature's description when no diagnosis says anything
  std::vector<std::string> resolution;
};
Texts texts_of(const signatures::Signature& signature, const matches::Fields& fields,
               const std::vector<const signatures::Diagnosis*>& said);

}  // namespace cmgmon::incidents
