#pragma once
// Why an expression does not hold for a record: holds() with reasons, for people who write rules. Never on the hot path.
//
// Tests: tests/unit/matches/why_not_test.cpp

#include <optional>
#include <string>
#include <vector>

#include "records/record.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

struct Obstacle {
  const signatures::FieldTest* test = nullptr;  // lives as long as the expression
  std::string selection;                        // the one that it stands in, "" when it has none
  bool under_not = false;                       // it holds, and must not
  std::optional<std::string> value;             // of the field in the record; nullopt: it has none
};

// The tests that would have to come out otherwise, in the order of the rule; empty exactly when the expression holds.
// Of "or" every branch is named, for each of them would have been enough.
std::vector<Obstacle> why_not(const signatures::Expression& expression,
                              const records::Record& record);

}  // namespace cmgmon::matches
