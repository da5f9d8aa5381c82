#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/text.h"
#include "matches/conditions.h"
#include "matches/matcher.h"

namespace cmgmon::matches {

namespace {

using signatures::Expression;
using signatures::FieldTest;
using signatures::Operator;

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

bool compare(Operator op, std::string_view text, std::string_view limit) {
  const auto a = number_of(text);
  const auto b = number_of(limit);
  if (!a || !b) {
    return false;
  }
  switch (op) {
    case Operator::kLess:
      return *a < *b;
    case Operator::kLessEqual:
      return *a <= *b;
    case Operator::kGreater:
      return *a > *b;
    default:
      return *a >= *b;
  }
}

bool equal(std::string_view text, std::string_view value, bool cased) {
  return cased ? text == value : base::equals_ignore_case(text, value);
}

bool holds_in(const FieldTest& test, std::size_t index, std::string_view text) {
  const std::string& value = test.values[index];
  switch (test.op) {
    case Operator::kEquals:
      return equal(text, value, test.cased);
    case Operator::kContains:
      return (test.cased ? text.find(value) : base::find_ignore_case(text, value)) !=
             std::string_view::npos;
    case Operator::kStartsWith:
      return text.size() >= value.size() && equal(text.substr(0, value.size()), value, test.cased);
    case Operator::kEndsWith:
      return text.size() >= value.size() &&
             equal(text.substr(text.size() - value.size()), value, test.cased);
    case Operator::kRegex:
      return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()),
                                    *test.compiled[index]);
    case Operator::kExists:
      return true;  // handled before
    default:
      return compare(test.op, text, value);
  }
}

}  // namespace

bool value_holds(const FieldTest& test, std::size_t index, const records::Record& record) {
  const auto text = record.field(test.field);
  if (test.op == Operator::kExists) {
    const bool empty_column = record.format == records::Format::kW3c && text && *text == "-";
    return (text.has_value() && !empty_column) == (test.values[index] == "true");
  }
  return text && holds_in(test, index, *text);
}

bool holds(const Expression& expression, const records::Record& record) {
  const auto child_holds = [&](const Expression& child) { return holds(child, record); };
  const auto& children = expression.children;
  switch (expression.kind) {
    case Expression::Kind::kTest: {
      const FieldTest& test = expression.test;
      for (std::size_t i = 0; i < test.values.size(); ++i) {
        if (value_holds(test, i, record) != test.all) {
          return !test.all;
        }
      }
      return test.all;
    }
    case Expression::Kind::kAnd:
      return std::all_of(children.begin(), children.end(), child_holds);
    case Expression::Kind::kOr:
      return std::any_of(children.begin(), children.end(), child_holds);
    case Expression::Kind::kNot:
      return !holds(children.front(), record);
  }
  return false;
}

}  // namespace cmgmon::matches
