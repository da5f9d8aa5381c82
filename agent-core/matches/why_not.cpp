#include "matches/why_not.h"

#include <string_view>
#include <utility>

#include "matches/matcher.h"

namespace cmgmon::matches {

namespace {

using signatures::Expression;

class Search {
 public:
  explicit Search(const records::Record& record) : record_(record) {}

  // Names what keeps `expression` from being `wanted`.
  void run(const Expression& expression, bool wanted, std::string_view selection) {
    if (holds(expression, record_) == wanted) {
      return;
    }
    if (!expression.selection.empty()) {
      selection = expression.selection;
    }
    switch (expression.kind) {
      case Expression::Kind::kTest: {
        const auto value = record_.field(expression.test.field);
        found_.push_back({&expression.test, std::string(selection), !wanted,
                          value ? std::optional(std::string(*value)) : std::nullopt});
        return;
      }
      case Expression::Kind::kNot:
        run(expression.children.front(), !wanted, selection);
        return;
      case Expression::Kind::kAnd:
      case Expression::Kind::kOr:
        for (const auto& child : expression.children) {
          run(child, wanted, selection);
        }
        return;
    }
  }

  std::vector<Obstacle> take() { return std::move(found_); }

 private:
  const records::Record& record_;
  std::vector<Obstacle> found_;
};

}  // namespace

std::vector<Obstacle> why_not(const Expression& expression, const records::Record& record) {
  Search search(record);
  search.run(expression, true, "");
  return search.take();
}

}  // namespace cmgmon::matches
