#pragma once
// Sigma's condition line: selections combined by and, or, not, brackets and "1 of x*", "all of them".
//
// Tests: tests/unit/signatures/condition_parser_test.cpp

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "signatures/signature.h"

namespace cmgmon::signatures {

inline constexpr std::size_t kMaxConditionBytes = 4096;
inline constexpr int kMaxConditionDepth = 64;
inline constexpr std::size_t kMaxExpressionNodes = 20000;

struct ConditionError {
  std::size_t position = 0;  // byte in the text
  std::string message;
};

struct ParsedCondition {
  Expression expression;
  std::set<std::string> used;  // selections
  std::optional<ConditionError> error;
};

// not binds closer than and, and closer than or. "them" means every selection whose name does not begin with '_'.
ParsedCondition parse_condition(std::string_view text,
                                const std::map<std::string, Expression>& selections);

std::size_t node_count(const Expression& expression);

}  // namespace cmgmon::signatures
