#pragma once
// What is allowed and yet most likely not meant: a detection that forged text satisfies, an incident that nothing ends,
// an alert that says nothing, an event id that a later version of the product may take.
//
// Tests: tests/unit/signatures/lint_test.cpp

#include <string_view>

#include "base/yaml.h"
#include "signatures/signature.h"

namespace cmgmon::signatures {

// Packs of the product; event ids 1000-1499 are theirs, 1500-1999 everybody else's.
bool is_shipped_pack(std::string_view name);
inline constexpr int kMinOwnEventId = 1500;

// Sorted by file and line.
base::Complaints warnings_about(const SignatureSet& set);

}  // namespace cmgmon::signatures
