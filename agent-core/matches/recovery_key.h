#pragma once
// What a sign of recovery and the failures that it ends have in common.
//
// Tests: tests/unit/incidents/identity_test.cpp

#include <cstddef>
#include <string>
#include <string_view>

#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

// Equal keys belong together. Letter case of the `on` fields does not count (host names, endpoints and IIS paths have
// none); a field that neither of them knows is equal. `recovery` is the place of `rule` in the signature.
std::string recovery_key(std::string_view signature, std::size_t recovery,
                         const signatures::Recovery& rule, const Fields& fields);

}  // namespace cmgmon::matches
