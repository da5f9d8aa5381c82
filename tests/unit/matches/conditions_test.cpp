#include "matches/conditions.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <memory>
#include <random>

#include "base/text.h"
#include "matches/literal_scanner.h"
#include "matches/matcher.h"

namespace cmgmon::matches {
namespace {

using signatures::Expression;
using signatures::FieldTest;
using signatures::Operator;

std::shared_ptr<const re2::RE2> expression_of(const std::string& pattern, bool ignore_case) {
  re2::RE2::Options options;
  options.set_case_sensitive(!ignore_case);
  return std::make_shared<const re2::RE2>(pattern, options);
}

Expression test_of(const std::string& field, Operator op, const std::string& value,
                   bool cased = false) {
  Expression expression;
  expression.kind = Expression::Kind::kTest;
  expression.test.field = field;
  expression.test.op = op;
  expression.test.cased = cased;
  const bool number = op >= Operator::kLess;
  expression.test.values = {cased || op == Operator::kRegex ? value : base::to_lower(value)};
  expression.test.required = {op == Operator::kRegex || number ? "" : value};
  if (op == Operator::kRegex) {
    expression.test.compiled = {expression_of(value, !cased)};
  }
  return expression;
}

struct Asked {
  Conditions conditions;
  LiteralScanner scanner{{}};
  LiteralHits hits;
  Conditions::Answers answers;

  void close() {
    std::vector<std::string> literals = conditions.texts();
    literals.insert(literals.begin(), "something else");
    conditions.set_literals(literals);
    scanner = LiteralScanner(literals);
  }
  void begin(const records::Record& record) {
    scanner.collect(record.message, hits);
    answers.clear(conditions);
  }
};

TEST(Conditions, AreOneWhenTheyAskTheSame) {
  Conditions conditions;
  const auto failed = test_of("Message", Operator::kContains, "has failed");
  const auto a = conditions.add(failed);
  EXPECT_EQ(conditions.add(test_of("message", Operator::kContains, "Has Failed")), a);
  const struct {
    const char* name;
    Expression other;
  } rows[] = {
      {"letter case", test_of("Message", Operator::kContains, "has failed", true)},
      {"operator", test_of("Message", Operator::kEquals, "has failed")},
      {"field", test_of("Component", Operator::kContains, "has failed")},
      {"value", test_of("Message", Operator::kContains, "has failed ")},
      {"expression", test_of("Message", Operator::kRegex, "has failed")},
  };
  for (const auto& row : rows) {
    EXPECT_NE(conditions.add(row.other), a) << row.name;
  }
}

TEST(Conditions, WithTheSameTextAndOtherFlagsAreDifferent) {
  Asked asked;
  const auto any_case = test_of("Message", Operator::kRegex, "Failed$");
  const auto cased = test_of("Message", Operator::kRegex, "Failed$", true);
  Expression lines = any_case;
  re2::RE2::Options options;
  options.set_case_sensitive(false);
  options.set_posix_syntax(true);
  options.set_one_line(false);
  lines.test.compiled = {std::make_shared<const re2::RE2>("Failed$", options)};
  const auto a = asked.conditions.add(any_case);
  const auto b = asked.conditions.add(cased);
  const auto c = asked.conditions.add(lines);
  asked.close();
  records::Record record;
  record.message = "it failed";
  asked.begin(record);
  EXPECT_TRUE(asked.conditions.hold(a, record, asked.hits, asked.answers));
  EXPECT_FALSE(asked.conditions.hold(b, record, asked.hits, asked.answers));
  record.message = "it failed\nand went on";
  asked.begin(record);
  EXPECT_FALSE(asked.conditions.hold(a, record, asked.hits, asked.answers));
  EXPECT_TRUE(asked.conditions.hold(c, record, asked.hits, asked.answers));
}

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }
  std::string text() {
    static const char* const kTexts[] = {
        "has failed",     "Has Failed", "the request", "request has", "403",
        "wärme verloren", "a*b (c)",    "4711",        "failed",      "est has fail"};
    return kTexts[below(std::size(kTexts))];
  }
  std::string message() {
    std::string message;
    for (std::size_t i = below(5); i > 0; --i) {
      message += text() + (below(2) == 0 ? " " : "");
    }
    return message;
  }
  FieldTest test() {
    static const char* const kFields[] = {"Message", "message", "Component", "sc-status",
                                          "cs-uri-stem"};
    FieldTest test;
    test.field = kFields[below(std::size(kFields))];
    test.op = static_cast<Operator>(below(10));
    test.cased = below(3) == 0;
    test.all = below(3) == 0;
    if (test.op == Operator::kExists) {
      test.values = {below(2) == 0 ? "true" : "false"};
      test.required = {""};
      return test;
    }
    for (std::size_t i = below(3) + 1; i > 0; --i) {
      const std::string value = text();
      if (test.op == Operator::kRegex) {
        const std::string pattern = re2::RE2::QuoteMeta(value) + (below(2) == 0 ? "$" : "");
        test.values.push_back(pattern);
        test.compiled.push_back(expression_of(pattern, below(2) == 0));
        test.required.push_back(below(2) == 0 ? value : "");
      } else {
        test.values.push_back(test.cased ? value : base::to_lower(value));
        test.required.push_back(test.op < Operator::kLess ? value : "");
      }
    }
    return test;
  }
  Expression expression(int depth) {
    Expression expression;
    expression.kind =
        depth == 0 ? Expression::Kind::kTest : static_cast<Expression::Kind>(below(4));
    if (expression.kind == Expression::Kind::kTest) {
      expression.test = test();
      return expression;
    }
    const std::size_t children = expression.kind == Expression::Kind::kNot ? 1 : below(4);
    for (std::size_t i = 0; i < children; ++i) {
      expression.children.push_back(this->expression(depth - 1));
    }
    return expression;
  }

 private:
  std::mt19937 random_;
};

TEST(Conditions, HoldWhereTheirExpressionsDo) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Dice dice(seed);
  std::size_t held = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<Expression> expressions(dice.below(20) + 1);
    for (auto& expression : expressions) {
      expression = dice.expression(static_cast<int>(dice.below(4)));
    }
    Asked asked;
    std::vector<Conditions::Id> ids;
    for (const auto& expression : expressions) {
      ids.push_back(asked.conditions.add(expression));
    }
    asked.close();
    for (int i = 0; i < 50; ++i) {
      const std::string message = dice.message();
      const std::string component = dice.text();
      const std::string stem = dice.text();
      const std::vector<records::Column> columns = {{"sc-status", dice.below(2) == 0 ? "403" : "-"},
                                                    {"cs-uri-stem", stem}};
      // The values of columns stand in the message.
      const std::string line = message + ' ' + stem + " 403";
      records::Record record;
      record.message = message;
      record.component = component;
      if (dice.below(2) == 0) {
        record.format = records::Format::kW3c;
        record.message = line;
        record.columns = columns;
      }
      asked.begin(record);
      for (std::size_t n = 0; n < ids.size(); ++n) {
        const bool want = holds(expressions[n], record);
        held += want ? 1 : 0;
        ASSERT_EQ(asked.conditions.hold(ids[n], record, asked.hits, asked.answers), want)
            << "message: " << record.message;
        if (want) {
          ASSERT_TRUE(asked.conditions.may_hold(ids[n], record.message, asked.hits))
              << "message: " << record.message;
        }
      }
    }
  }
  EXPECT_GT(held, 1000U);
}

}  // namespace
}  // namespace cmgmon::matches
