#pragma once
// Which literals a record must hold for an expression to be true: they let the matcher pass over all other records.
//
// Only plain texts count (also the fixed parts of texts with wildcards); a regular expression and a "not" tell nothing.
// Tests of fields that are not part of the message (Component, Thread, Type, Source) do not count either.
//
// Tests: tests/unit/signatures/literals_test.cpp

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "signatures/signature.h"

namespace cmgmon::signatures {

inline constexpr std::size_t kMinLiteralBytes = 7;

// Whenever `expression` holds for a record, its message (ASCII letters lower case) holds one of these. Each is ASCII,
// lower case and at least kMinLiteralBytes long; sorted, and none holds another. nullopt: there is no such set.
std::optional<std::vector<std::string>> required_literals(const Expression& expression);

}  // namespace cmgmon::signatures
