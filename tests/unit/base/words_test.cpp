#include "base/words.h"

#include <gtest/gtest.h>

namespace cmgmon::base {
namespace {

TEST(Words, AHintNamesWhatWasMeant) {
  EXPECT_EQ(with_hint("no such verb", "scna", {"scan", "run"}),
            "no such verb; did you mean 'scan'?");
  EXPECT_EQ(with_hint("no such verb", "Scan", {"scan", "run"}),
            "no such verb; did you mean 'scan'?");
  EXPECT_EQ(with_hint("no such verb", "install", {"scan", "run"}), "no such verb");
  EXPECT_EQ(with_hint("no such verb", "", {"scan"}), "no such verb");
}

TEST(Words, OneIsNotSeveral) {
  EXPECT_EQ(counted(0, "log"), "0 logs");
  EXPECT_EQ(counted(1, "log"), "1 log");
  EXPECT_EQ(counted(18446744073709551615U, "log"), "18446744073709551615 logs");
}

TEST(Words, ATextFlowsIntoOneLine) {
  const struct {
    const char* name;
    const char* text;
    const char* flowing;
  } rows[] = {
      {"nothing", "", ""},
      {"blanks only", " \r\n\t ", ""},
      {"one word", "word", "word"},
      {"lines", "\n one\r\n\r\n  two\tthree \n", "one two three"},
      {"other controls stay", "a\x1b b", "a\x1b b"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(flowing(row.text), row.flowing);
  }
}

TEST(Words, UpperCaseIsAsciiOnly) {
  EXPECT_EQ(to_upper("azAZ09 \xC3\xA4"), "AZAZ09 \xC3\xA4");
}

}  // namespace
}  // namespace cmgmon::base
