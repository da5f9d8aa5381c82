#include "signatures/correlation.h"

#include <algorithm>

namespace cmgmon::signatures {

bool CountTest::holds(std::uint64_t count) const {
  switch (op) {
    case Operator::kEqual:
      return count == value;
    case Operator::kNotEqual:
      return count != value;
    case Operator::kLess:
      return count < value;
    case Operator::kLessEqual:
      return count <= value;
    case Operator::kGreater:
      return count > value;
    case Operator::kGreaterEqual:
      return count >= value;
  }
  return false;
}

bool Correlation::holds(std::uint64_t count) const {
  return std::all_of(condition.begin(), condition.end(),
                     [&](const CountTest& test) { return test.holds(count); });
}

const std::string& Correlation::field_of(const std::string& rule, const std::string& name) const {
  const auto alias = aliases.find(name);
  if (alias == aliases.end()) {
    return name;
  }
  const auto own = alias->second.find(rule);
  return own == alias->second.end() ? name : own->second;
}

std::string_view name_of(Correlation::Type type) {
  switch (type) {
    case Correlation::Type::kEventCount:
      return "event_count";
    case Correlation::Type::kValueCount:
      return "value_count";
    case Correlation::Type::kTemporal:
      return "temporal";
    case Correlation::Type::kTemporalOrdered:
      return "temporal_ordered";
  }
  return "";
}

}  // namespace cmgmon::signatures
