// The condition of a detection: an expression of bounded size, or an error inside the text.

#include "fuzz/fuzz.h"
#include "signatures/condition_parser.h"

using namespace cmgmon;
using signatures::Expression;

namespace {

Expression leaf(const char* value) {
  Expression expression;
  expression.kind = Expression::Kind::kTest;
  expression.test.field = "Message";
  expression.test.values = {value};
  expression.test.required = {value};
  return expression;
}

void check(const Expression& expression) {
  const bool is_test = expression.kind == Expression::Kind::kTest;
  fuzz::promise(is_test == expression.children.empty(), "only tests are leaves");
  fuzz::promise(expression.kind != Expression::Kind::kNot || expression.children.size() == 1,
                "not has one child");
  for (const auto& child : expression.children) {
    check(child);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::map<std::string, Expression> kSelections = {
      {"a", leaf("a")},     {"b", leaf("b")},    {"sel_1", leaf("1")},
      {"sel_2", leaf("2")}, {"_own", leaf("_")}, {"filter_x", leaf("x")}};
  const auto text = fuzz::text_of(data, size);
  const auto parsed = signatures::parse_condition(text, kSelections);
  if (parsed.error) {
    fuzz::promise(parsed.error->position <= text.size(), "an error stands in the text");
    fuzz::promise(!parsed.error->message.empty(), "an error says what");
    return 0;
  }
  check(parsed.expression);
  fuzz::promise(signatures::node_count(parsed.expression) <= 2 * signatures::kMaxExpressionNodes,
                "size has a bound");
  fuzz::promise(!parsed.used.empty(), "a condition uses a selection");
  for (const auto& name : parsed.used) {
    fuzz::promise(kSelections.contains(name), "and only those there are");
  }
  return 0;
}
