#include "signatures/literals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "matches/matcher.h"

namespace cmgmon::signatures {
namespace {

using testing::ElementsAre;
using testing::Optional;

Expression test(Operator op, std::vector<std::string> values, const char* field = "Message") {
  Expression expression;
  expression.kind = Expression::Kind::kTest;
  expression.test.field = field;
  expression.test.op = op;
  expression.test.required = values;
  for (auto& value : values) {
    value = base::to_lower(value);
  }
  expression.test.values = std::move(values);
  return expression;
}

Expression group(Expression::Kind kind, std::vector<Expression> children) {
  Expression expression;
  expression.kind = kind;
  expression.children = std::move(children);
  return expression;
}

Expression contains(const char* text) {
  return test(Operator::kContains, {text});
}
Expression both(Expression a, Expression b) {
  return group(Expression::Kind::kAnd, {std::move(a), std::move(b)});
}
Expression either(Expression a, Expression b) {
  return group(Expression::Kind::kOr, {std::move(a), std::move(b)});
}
Expression none_of(Expression a) {
  return group(Expression::Kind::kNot, {std::move(a)});
}

Expression every(Expression expression) {
  expression.test.all = true;
  return expression;
}

TEST(Literals, ComeFromPlainTexts) {
  const struct {
    const char* name;
    Expression expression;
    std::vector<std::string> want;
  } rows[] = {
      {"lower case", contains("Some LITERAL"), {"some literal"}},
      {"seven bytes", contains("1234567"), {"1234567"}},
      {"values are alternatives",
       test(Operator::kEquals, {"literal A", "literal B"}),
       {"literal a", "literal b"}},
      {"of all values the longest",
       every(test(Operator::kContains, {"short", "literal A", "the literal B"})),
       {"the literal b"}},
      {"longest ASCII run",
       contains("gr\xC3\xB6\xC3\x9F"
                "er als literal"),
       {"er als literal"}},
      {"line breaks are no part", contains("literal A\r\nlong literal B"), {"long literal b"}},
      {"W3C column", test(Operator::kStartsWith, {"/CCM_STS/"}, "cs-uri-stem"), {"/ccm_sts/"}},
      {"and takes the longer",
       both(contains("literal"), contains("long literal")),
       {"long literal"}},
      {"and takes the one that has any", both(contains("x"), contains("literal")), {"literal"}},
      {"or takes all",
       either(contains("literal A"), contains("literal B")),
       {"literal a", "literal b"}},
      {"or of the same", either(contains("literal"), contains("Literal")), {"literal"}},
      {"a literal in another is enough",
       either(contains("literal"), contains("a literal more")),
       {"literal"}},
      {"not is passed over",
       both(contains("literal"), none_of(contains("long literal"))),
       {"literal"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_THAT(required_literals(row.expression), Optional(row.want));
  }
}

TEST(Literals, AreMissingWhereNothingPlainIsRequired) {
  Expression expression = test(Operator::kRegex, {"a long literal"});
  expression.test.required = {""};
  const struct {
    const char* name;
    Expression expression;
  } rows[] = {
      {"six bytes", contains("123456")},
      {"six ASCII bytes in a row", contains("123456\xC3\xA4"
                                            "123456")},
      {"expression", expression},
      {"one alternative has none", either(contains("literal"), contains("x"))},
      {"one value has none", test(Operator::kContains, {"literal", "x"})},
      {"not", none_of(contains("long literal"))},
      {"component is not in the message",
       test(Operator::kEquals, {"SMS_CLOUD_PROXYCONNECTOR"}, "Component")},
      {"and of nothing", group(Expression::Kind::kAnd, {})},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(required_literals(row.expression), std::nullopt);
  }
}

// The law the matcher stands on: whatever the tree, a record that satisfies it holds a literal.
class RandomTree {
 public:
  explicit RandomTree(unsigned seed) : random_(seed) {}

  Expression tree(int depth) {
    const auto choice = number(depth > 0 ? 6 : 2);
    if (choice == 3 || choice == 4) {
      std::vector<Expression> children;
      for (auto i = number(3); i >= 0; --i) {
        children.push_back(tree(depth - 1));
      }
      return group(choice == 3 ? Expression::Kind::kAnd : Expression::Kind::kOr,
                   std::move(children));
    }
    if (choice >= 5) {
      return none_of(tree(depth - 1));
    }
    std::vector<std::string> values;
    for (auto i = number(2); i >= 0; --i) {
      values.push_back(text(1 + number(3)));
    }
    static constexpr Operator kOperators[] = {Operator::kEquals, Operator::kContains,
                                              Operator::kStartsWith, Operator::kEndsWith};
    Expression leaf = test(kOperators[number(3)], values);
    leaf.test.all = number(3) == 0;
    return leaf;
  }

  // Few fragments, so that texts often contain each other.
  std::string text(int fragments) {
    static const char* const kFragments[] = {"alpha",    "Beta", " ",    "gamma7",
                                             "\xC3\xB6", "/",    "ALPHA"};
    std::string result;
    for (int i = 0; i < fragments; ++i) {
      result += kFragments[number(6)];
    }
    return result;
  }

 private:
  int number(int max) { return std::uniform_int_distribution<int>(0, max)(random_); }

  std::mt19937 random_;
};

TEST(Literals, EveryRecordThatHoldsHasOne) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomTree random(seed);
  int held = 0;
  for (int round = 0; round < 4000; ++round) {
    const Expression expression = random.tree(3);
    const auto literals = required_literals(expression);
    for (int i = 0; i < 10; ++i) {
      const std::string message = random.text(6);
      records::Record record;
      record.message = message;
      if (!literals || !matches::holds(expression, record)) {
        continue;
      }
      ++held;
      const std::string lower = base::to_lower(message);
      const bool found = std::any_of(literals->begin(), literals->end(), [&](const auto& literal) {
        return lower.find(literal) != std::string::npos;
      });
      ASSERT_TRUE(found) << message;
    }
  }
  EXPECT_GT(held, 50);
}

}  // namespace
}  // namespace cmgmon::signatures
