#pragma once
// What the header of a W3C log adds to what is known of a failure: columns that follow each other are written side by side.
//
// "sc-status: 403, sc-substatus: 7" holds no text that is long enough to search for, and the paths that the rule asks for
// stand on every healthy line. But where the header says "... sc-status sc-substatus sc-win32-status", every row that satisfies
// it holds " 403 7 ".
//
// Threads: pure.
// Tests:   tests/unit/matches/row_literals_test.cpp

#include <optional>
#include <string>
#include <vector>

#include "signatures/signature.h"

namespace cmgmon::matches {

// Texts (lower case, ASCII, kMinLiteralBytes or more) one of which every row holds that satisfies the condition, in a log with
// this header. nullopt: none of this kind.
std::optional<std::vector<std::string>> row_literals(const signatures::Expression& condition,
                                                     const std::vector<std::string>& columns);

}  // namespace cmgmon::matches
