#include "signatures/sigma_text.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

namespace cmgmon::signatures {
namespace {

// Texts in brackets, '*' and '?' for wildcards.
std::string shown(const std::vector<SigmaPiece>& pieces) {
  std::string text;
  for (const auto& piece : pieces) {
    switch (piece.kind) {
      case SigmaPiece::Kind::kText:
        text += "[" + piece.text + "]";
        break;
      case SigmaPiece::Kind::kAny:
        text += "*";
        break;
      case SigmaPiece::Kind::kOne:
        text += "?";
        break;
    }
  }
  return text;
}

TEST(SigmaText, SplitsTextsFromWildcardsAsSigmaEscapesThem) {
  const struct {
    const char* name;
    const char* value;
    const char* want;
  } rows[] = {
      {"empty", "", ""},
      {"plain", "plain text", "[plain text]"},
      {"star at the end", "begin*", "[begin]*"},
      {"stars collapse", "**a***b", "*[a]*[b]"},
      {"question marks do not", "a??b", "[a]??[b]"},
      {"escaped star", R"(a\*b)", "[a*b]"},
      {"escaped question mark", R"(a\?b)", "[a?b]"},
      {"single backslash is itself", R"(C:\Windows)", R"([C:\Windows])"},
      {"double backslash is one", R"(C:\\Windows)", R"([C:\Windows])"},
      {"backslash, then a wildcard", R"(C:\\*)", R"([C:\]*)"},
      {"backslash, then a plain star", R"(C:\\\*)", R"([C:\*])"},
      {"backslash at the end", R"(C:\)", R"([C:\])"},
      {"UNC path needs four", R"(\\\\server\share)", R"([\\server\share])"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(shown(parse_sigma_text(row.value)), row.want);
  }
}

TEST(SigmaText, RegularExpressionMatchesTheWholeText) {
  const struct {
    const char* name;
    const char* value;
    bool cased;
    const char* text;
    bool want;
  } rows[] = {
      {"whole", "abc", false, "abc", true},
      {"not a part", "abc", false, "xabc", false},
      {"any case", "aBc", false, "AbC", true},
      {"cased", "aBc", true, "abc", false},
      {"one character", "a?c", false, "abc", true},
      {"one character is not none", "a?c", false, "ac", false},
      {"one character may be a line break", "a?c", false, "a\nc", true},
      {"one character may take two bytes", "a?c", false,
       "a\xC3\xA4"
       "c",
       true},
      {"any characters, also lines", "a*c", false, "a\r\n\r\nc", true},
      {"star in front", "*bc", false, "xxbc", true},
      {"star behind", "ab*", false, "abxx", true},
      {"special characters are plain", "a.c(d)[*", false, "a.c(d)[x", true},
      {"special characters match nothing else", "a.c*", false, "abc", false},
      {"empty is only empty", "", false, "x", false},
      {"long s is no s", "*sss?", false,
       "ss\xC5\xBF"
       "x",
       false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const re2::RE2 expression(to_regular_expression(parse_sigma_text(row.value), row.cased));
    ASSERT_TRUE(expression.ok()) << expression.error();
    EXPECT_EQ(re2::RE2::PartialMatch(row.text, expression), row.want);
  }
}

TEST(SigmaText, LongestTextIsWhatEveryMatchHolds) {
  EXPECT_EQ(longest_text(parse_sigma_text("ab*cdef?g")), "cdef");
  EXPECT_EQ(longest_text(parse_sigma_text("*?*")), "");
}

}  // namespace
}  // namespace cmgmon::signatures
