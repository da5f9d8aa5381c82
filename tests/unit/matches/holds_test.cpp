#include <gtest/gtest.h>

#include "matches/matcher.h"

namespace cmgmon::matches {
namespace {

using signatures::Expression;
using signatures::Operator;

Expression test(const char* field, Operator op, std::vector<std::string> values) {
  Expression expression;
  expression.kind = Expression::Kind::kTest;
  expression.test.field = field;
  expression.test.op = op;
  expression.test.required.resize(values.size());
  expression.test.values = std::move(values);
  return expression;
}

// What Sigma's texts mean is tested with the detection reader; here is what needs columns and numbers.
TEST(Holds, ComparesColumns) {
  const std::vector<records::Column> columns = {{"sc-status", "403"},
                                                {"cs-uri-stem", "/CCM_STS"},
                                                {"cs-username", "-"},
                                                {"time-taken", "10"}};
  records::Record record;
  record.format = records::Format::kW3c;
  record.message = "403 /CCM_STS - 10";
  record.columns = columns;
  const struct {
    const char* name;
    Expression expression;
    bool want;
  } rows[] = {
      {"equal", test("sc-status", Operator::kEquals, {"403"}), true},
      {"name of a column in another case", test("SC-Status", Operator::kEquals, {"403"}), true},
      {"not a part", test("sc-status", Operator::kEquals, {"40"}), false},
      {"starts, any case", test("cs-uri-stem", Operator::kStartsWith, {"/ccm_"}), true},
      {"ends", test("cs-uri-stem", Operator::kEndsWith, {"_sts"}), true},
      {"absent column", test("c-ip", Operator::kEquals, {"-"}), false},
      {"greater", test("time-taken", Operator::kGreater, {"9"}), true},
      {"numbers, not texts", test("time-taken", Operator::kLess, {"9"}), false},
      {"not greater than itself", test("time-taken", Operator::kGreater, {"10"}), false},
      {"greater or equal", test("time-taken", Operator::kGreaterEqual, {"10"}), true},
      {"less or equal", test("time-taken", Operator::kLessEqual, {"10"}), true},
      {"no number", test("cs-uri-stem", Operator::kLess, {"9"}), false},
      {"exists", test("sc-status", Operator::kExists, {"true"}), true},
      {"empty column does not", test("cs-username", Operator::kExists, {"true"}), false},
      {"absent column does not", test("c-ip", Operator::kExists, {"false"}), true},
      {"message is the line", test("Message", Operator::kContains, {"403 /ccm_sts"}), true},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(holds(row.expression, record), row.want);
  }
}

TEST(Holds, EmptyGroupsAreTrueOrFalse) {
  Expression expression;
  expression.kind = Expression::Kind::kAnd;
  EXPECT_TRUE(holds(expression, {}));
  expression.kind = Expression::Kind::kOr;
  EXPECT_FALSE(holds(expression, {}));
}

}  // namespace
}  // namespace cmgmon::matches
