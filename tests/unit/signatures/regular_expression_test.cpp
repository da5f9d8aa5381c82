#include "signatures/regular_expression.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

namespace cmgmon::signatures {
namespace {

TEST(Expressions, CompilesEachOnce) {
  Expressions expressions;
  const auto first = expressions.compile("a(?P<b>c)");
  ASSERT_NE(first.compiled, nullptr);
  EXPECT_EQ(expressions.compile("a(?P<b>c)").compiled, first.compiled);
  EXPECT_NE(expressions.compile("a(?P<b>d)").compiled, first.compiled);
}

TEST(Expressions, TellsApartWhatDiffersInFlagsOnly) {
  Expressions expressions;
  const auto cased = expressions.compile("abc");
  const auto any = expressions.compile("abc", "i");
  EXPECT_FALSE(re2::RE2::FullMatch("ABC", *cased.compiled));
  EXPECT_TRUE(re2::RE2::FullMatch("ABC", *any.compiled));
}

TEST(Expressions, ComplainsAgainAboutWhatIsWrittenAgain) {
  Expressions expressions;
  const auto first = expressions.compile("a(");
  const auto second = expressions.compile("a(");
  EXPECT_EQ(first.compiled, nullptr);
  EXPECT_EQ(second.compiled, nullptr);
  EXPECT_FALSE(second.error.empty());
  EXPECT_EQ(first.error, second.error);
}

}  // namespace
}  // namespace cmgmon::signatures
