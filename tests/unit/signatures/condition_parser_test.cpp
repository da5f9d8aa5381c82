#include "signatures/condition_parser.h"

#include <gtest/gtest.h>

namespace cmgmon::signatures {
namespace {

// Selections whose only content is their name.
std::map<std::string, Expression> named(std::initializer_list<const char*> names) {
  std::map<std::string, Expression> selections;
  for (const auto* name : names) {
    Expression leaf;
    leaf.kind = Expression::Kind::kTest;
    leaf.test.field = name;
    selections[name] = leaf;
  }
  return selections;
}

// "(a & !b)": the tree, with every group in brackets.
std::string shown(const Expression& expression) {
  if (expression.kind == Expression::Kind::kTest) {
    return expression.test.field;
  }
  if (expression.kind == Expression::Kind::kNot) {
    return "!" + shown(expression.children.front());
  }
  std::string text;
  for (const auto& child : expression.children) {
    text += text.empty() ? "" : expression.kind == Expression::Kind::kAnd ? " & " : " | ";
    text += shown(child);
  }
  return "(" + text + ")";
}

TEST(ConditionParser, BuildsTheTree) {
  const auto selections = named({"a", "b", "c", "sel_1", "sel_2", "_hidden", "1"});
  const struct {
    const char* name;
    const char* text;
    const char* want;
  } rows[] = {
      {"one selection", "a", "a"},
      {"and", "a and b", "(a & b)"},
      {"or", "a or b", "(a | b)"},
      {"and before or", "a or b and c", "(a | (b & c))"},
      {"and before or, other side", "a and b or c", "((a & b) | c)"},
      {"chain is one group", "a and b and c", "(a & b & c)"},
      {"brackets", "(a or b) and c", "((a | b) & c)"},
      {"brackets stay as written", "(a or b) or c", "((a | b) | c)"},
      {"not", "not a and b", "(!a & b)"},
      {"not a group", "not (a and b)", "!(a & b)"},
      {"twice not", "not not a", "a"},
      {"no spaces around brackets", "((a)or(b))", "(a | b)"},
      {"line breaks", "a\n  and\tb", "(a & b)"},
      {"1 of", "1 of sel_*", "(sel_1 | sel_2)"},
      {"any of", "any of sel_*", "(sel_1 | sel_2)"},
      {"all of", "all of sel_*", "(sel_1 & sel_2)"},
      {"star in the middle", "1 of s*_1", "(sel_1)"},
      {"of one name", "1 of a", "(a)"},
      {"them leaves out names with _", "1 of them", "(1 | a | b | c | sel_1 | sel_2)"},
      {"pattern reaches names with _", "all of _*", "(_hidden)"},
      {"not of", "a and not 1 of sel_*", "(a & !(sel_1 | sel_2))"},
      {"selection called 1", "1 and a", "(1 & a)"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto parsed = parse_condition(row.text, selections);
    EXPECT_FALSE(parsed.error) << parsed.error->message;
    EXPECT_EQ(shown(parsed.expression), row.want);
  }
}

TEST(ConditionParser, SaysWhereAndWhat) {
  const auto selections = named({"received", "filter", "sel_1"});
  const struct {
    const char* name;
    std::string text;
    std::size_t position;
    const char* message;
  } rows[] = {
      {"empty", "", 0, "a selection is missing at the end of the condition"},
      {"nothing after and", "received and", 12,
       "a selection is missing at the end of the condition"},
      {"unknown", "received and filters", 13,
       "no selection is called 'filters'; did you mean 'filter'?"},
      {"capital keyword", "received AND filter", 9,
       "'AND' is not expected here; combine with 'and' or 'or'"},
      {"two in a row", "received filter", 9,
       "'filter' is not expected here; combine with 'and' or 'or'"},
      {"keyword first", "or received", 0, "a selection is expected before 'or'"},
      {"open bracket", "(received", 9, "a closing bracket is missing"},
      {"close bracket", "received)", 8, "')' is not expected here; combine with 'and' or 'or'"},
      {"empty brackets", "()", 1, "a selection is expected before ')'"},
      {"2 of", "2 of sel_*", 0, "'2' of is not supported; write '1 of' or 'all of'"},
      {"of nothing", "1 of x*", 5, "no selection is called 'x*'"},
      {"of the end", "all of", 6, "no selection is called ''"},
      {"pipe", "received | count() > 5", 9, "'|' is not expected here; combine with 'and' or 'or'"},
      {"too deep", std::string(70, '(') + "received" + std::string(70, ')'), 65,
       "brackets are nested deeper than 64"},
      {"too long", std::string(5000, ' '), 4096, "the condition is longer than 4096 bytes"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto parsed = parse_condition(row.text, selections);
    ASSERT_TRUE(parsed.error);
    EXPECT_EQ(parsed.error->position, row.position);
    EXPECT_EQ(parsed.error->message, row.message);
  }
}

TEST(ConditionParser, TellsWhichSelectionsItUsed) {
  const auto parsed = parse_condition("a and not 1 of b_*", named({"a", "b_1", "b_2", "c"}));
  EXPECT_EQ(parsed.used, (std::set<std::string>{"a", "b_1", "b_2"}));
}

TEST(ConditionParser, RefusesToMultiplyLargeSelections) {
  auto selections = named({"big"});
  selections["big"].test.values.resize(1000);
  std::string text = "big";
  for (int i = 0; i < 30; ++i) {
    text += " or big";
  }
  const auto parsed = parse_condition(text, selections);
  ASSERT_TRUE(parsed.error);
  EXPECT_EQ(parsed.error->message, "the condition is too large");
}

}  // namespace
}  // namespace cmgmon::signatures
