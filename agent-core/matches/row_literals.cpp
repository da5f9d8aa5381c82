#include "matches/row_literals.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/text.h"
#include "signatures/field_names.h"
#include "signatures/literals.h"

namespace cmgmon::matches {

namespace {

using signatures::Expression;
using signatures::FieldTest;
using signatures::Operator;
using Texts = std::vector<std::string>;

constexpr std::size_t kMostTexts = 32;

// The values of a column, by its place.
using Values = std::map<std::size_t, Texts>;

std::optional<Texts> values_of(const FieldTest& test) {
  if (test.op != Operator::kEquals || test.values.empty() || (test.all && test.values.size() > 1) ||
      !signatures::is_in_message(test.field) || base::equals_ignore_case(test.field, "message")) {
    return std::nullopt;
  }
  Texts values;
  for (const std::string& value : test.values) {
    if (value.empty() ||
        !std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c <= '~'; })) {
      return std::nullopt;
    }
    values.push_back(base::to_lower(value));
  }
  return values;
}

// Of all tests that must hold.
void collect(const Expression& condition, const Texts& columns, Values& values) {
  if (condition.kind == Expression::Kind::kAnd) {
    for (const Expression& child : condition.children) {
      collect(child, columns, values);
    }
  } else if (condition.kind == Expression::Kind::kTest) {
    // Of two columns with one name the first is meant.
    const auto column = std::find_if(columns.begin(), columns.end(), [&](const std::string& name) {
      return base::equals_ignore_case(name, condition.test.field);
    });
    if (auto of_test = column == columns.end() ? std::nullopt : values_of(condition.test)) {
      values.emplace(std::distance(columns.begin(), column), std::move(*of_test));
    }
  }
}

std::size_t shortest(const Texts& texts) {
  return std::min_element(texts.begin(), texts.end(),
                          [](const auto& a, const auto& b) { return a.size() < b.size(); })
      ->size();
}

// The best of those that start at a column and go on.
std::optional<Texts> best_run(const Values& values, std::size_t columns) {
  std::optional<Texts> best;
  for (auto first = values.begin(); first != values.end(); ++first) {
    Texts run = {first->first == 0 ? "" : " "};
    for (auto next = first; next != values.end(); ++next) {
      if (next != first && next->first != std::prev(next)->first + 1) {
        break;
      }
      if (run.size() * next->second.size() > kMostTexts) {
        break;
      }
      Texts longer;
      for (const std::string& text : run) {
        for (const std::string& value : next->second) {
          longer.push_back(text + value + (next->first + 1 == columns ? "" : " "));
        }
      }
      run = std::move(longer);
      if (shortest(run) >= signatures::kMinLiteralBytes &&
          (!best || shortest(run) > shortest(*best))) {
        best = run;
      }
    }
  }
  return best;
}

}  // namespace

std::optional<std::vector<std::string>> row_literals(const Expression& condition,
                                                     const std::vector<std::string>& columns) {
  Values values;
  collect(condition, columns, values);
  if (auto best = best_run(values, columns.size())) {
    return best;
  }
  if (condition.kind == Expression::Kind::kOr) {
    Texts every;
    for (const Expression& child : condition.children) {
      auto texts = row_literals(child, columns);
      if (!texts) {
        return std::nullopt;
      }
      every.insert(every.end(), std::make_move_iterator(texts->begin()),
                   std::make_move_iterator(texts->end()));
    }
    return every.empty() ? std::nullopt : std::optional(std::move(every));
  }
  std::optional<Texts> best;
  if (condition.kind == Expression::Kind::kAnd) {
    for (const Expression& child : condition.children) {
      auto texts = row_literals(child, columns);
      if (texts && (!best || shortest(*texts) > shortest(*best))) {
        best = std::move(texts);
      }
    }
  }
  return best;
}

}  // namespace cmgmon::matches
