#pragma once
// What a sign of recovery and the failures that it ends have in common: the values of some fields, and so, mostly, text.
//
// Tests: tests/unit/incidents/identity_test.cpp

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

// Equal keys belong together. Letter case of the `on` fields does not count (host names, endpoints and IIS paths have
// none); a field that neither of them knows is equal. `recovery` is the place of `rule` in the signature.
std::string recovery_key(std::string_view signature, std::size_t recovery,
                         const signatures::Recovery& rule, const Fields& fields);

// Texts (lower case) that every record has in its message that is a sign by `rule` with these `on` fields, as far as they are
// known. nullopt: no record can be such a sign.
std::optional<std::vector<std::string>> recovery_texts(const signatures::Recovery& rule,
                                                       const Fields& fields);

}  // namespace cmgmon::matches
