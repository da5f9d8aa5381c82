#include "signatures/literals.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "signatures/field_names.h"

namespace cmgmon::signatures {

namespace {

using Literals = std::vector<std::string>;

// The longest run of ASCII characters; line breaks do not count, the raw bytes may write them differently.
std::string longest_ascii_run(std::string_view text) {
  std::string_view longest;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool usable = i < text.size() && text[i] >= ' ' && text[i] <= '~';
    if (!usable) {
      if (i - start > longest.size()) {
        longest = text.substr(start, i - start);
      }
      start = i + 1;
    }
  }
  return base::to_lower(longest);
}

std::size_t shortest(const Literals& literals) {
  std::size_t size = std::string::npos;
  for (const auto& literal : literals) {
    size = std::min(size, literal.size());
  }
  return size;
}

// Long literals are rare in logs, and few are found faster.
bool better(const Literals& a, const Literals& b) {
  return shortest(a) != shortest(b) ? shortest(a) > shortest(b) : a.size() < b.size();
}

std::optional<Literals> of_test(const FieldTest& test) {
  if (!is_in_message(test.field)) {
    return std::nullopt;
  }
  std::optional<Literals> best;  // of `all`
  Literals every;
  for (const auto& text : test.required) {
    const std::string run = longest_ascii_run(text);
    if (run.size() >= kMinLiteralBytes) {
      if (!best || better({run}, *best)) {
        best = Literals{run};
      }
      every.push_back(run);
    } else if (!test.all) {
      return std::nullopt;
    }
  }
  return test.all ? best : std::optional(std::move(every));
}

std::optional<Literals> of(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::kTest:
      return of_test(expression.test);
    case Expression::Kind::kNot:
      return std::nullopt;
    case Expression::Kind::kAnd: {
      std::optional<Literals> best;
      for (const auto& child : expression.children) {
        auto literals = of(child);
        if (literals && (!best || better(*literals, *best))) {
          best = std::move(literals);
        }
      }
      return best;
    }
    case Expression::Kind::kOr: {
      Literals every;
      for (const auto& child : expression.children) {
        auto literals = of(child);
        if (!literals) {
          return std::nullopt;
        }
        every.insert(every.end(), std::make_move_iterator(literals->begin()),
                     std::make_move_iterator(literals->end()));
      }
      return every;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> required_literals(const Expression& expression) {
  auto literals = of(expression);
  if (!literals) {
    return std::nullopt;
  }
  std::sort(literals->begin(), literals->end());
  literals->erase(std::unique(literals->begin(), literals->end()), literals->end());
  // A text that holds "xABCDEFGx" holds "ABCDEFG" too.
  Literals kept;
  for (const auto& literal : *literals) {
    const bool redundant = std::any_of(literals->begin(), literals->end(), [&](const auto& other) {
      return &other != &literal && literal.find(other) != std::string::npos;
    });
    if (!redundant) {
      kept.push_back(literal);
    }
  }
  return kept;
}

}  // namespace cmgmon::signatures
