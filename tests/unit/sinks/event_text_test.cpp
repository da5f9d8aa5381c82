#include "sinks/event_text.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "incident_samples.h"

namespace cmgmon::sinks {
namespace {

TEST(EventLine, MakesUntrustedTextInert) {
  struct Row {
    const char* name;
    std::string text;
    std::string inert;
  };
  const Row rows[] = {
      {"plain", "HTTP/1.1 403 CMGConnector_Forbidden", "HTTP/1.1 403 CMGConnector_Forbidden"},
      {"insertion", "%1 %99", "\uFF051 \uFF0599"},
      {"parameter file", "%%1843", "\uFF05\uFF051843"},
      {"line end", "a%nb", "a\uFF05nb"},
      {"other marks of FormatMessage", "%0 %r %t %b %. %! % x",
       "\uFF050 \uFF05r \uFF05t \uFF05b \uFF05. \uFF05! \uFF05 x"},
      {"directory names", "%{S-1-5-18}", "\uFF05{S-1-5-18}"},
      {"percent at the end", "100%", "100\uFF05"},
      {"variables can still be copied", "%ProgramData%\\x %SystemRoot%\\y",
       "%ProgramData%\\x %SystemRoot%\\y"},
      {"percent-encoded URL", "/a%20b%2Fc%", "/a\uFF0520b\uFF052Fc\uFF05"},
      {"line breaks", "a\r\nb\tc", "a\\r\\nb\\tc"},
      {"terminal controls", "\x1b[31m\x07", "\\u001B[31m\\u0007"},
      {"NUL", std::string("a\0b", 3), "a\\u0000b"},
      {"direction marks",
       "a\xe2\x80\xae"
       "b",
       "a\\u202Eb"},
      {"damaged UTF-8", "a\xff", "a\uFFFD"},
      {"lone surrogate", "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},
      {"astral character", "\U0001F600", "\U0001F600"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(event_line(row.text), row.inert);
  }
}

TEST(EventLine, CutsOnACharacterBoundary) {
  struct Row {
    const char* name;
    std::string text;
    std::size_t units;
    std::string cut;
  };
  const Row rows[] = {
      {"fits", "abcd", 4, "abcd"},
      {"one too many", "abcde", 4, "abc\u2026"},
      {"before an astral character", "abc\U0001F600", 4, "abc\u2026"},
      {"inside of one", "ab\U0001F600x", 4, "ab\u2026"},
      {"astral fits", "ab\U0001F600", 4, "ab\U0001F600"},
      {"nothing", "abc", 0, ""},
      {"escapes count", "\x01\x01", 8, "\\u0001\\\u2026"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(event_line(row.text, row.units), row.cut);
  }
}

// Scans UTF-8 for what must not come out.
void expect_inert(const std::string& text, std::size_t max_units) {
  ASSERT_TRUE(base::is_valid_utf8(text));
  EXPECT_LE(base::to_utf16(text).size(), max_units);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    EXPECT_TRUE(byte >= 0x20 && byte != 0x7F) << "control at " << i;
    if (byte == '%') {
      ASSERT_LT(i + 1, text.size());
      EXPECT_EQ(std::string("0123456789%!.{ nrtb").find(text[i + 1]), std::string::npos)
          << text.substr(i, 3);
    }
  }
}

TEST(EventLine, AnyBytesComeOutInertAndShortEnough) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string pieces[] = {"%",
                                "%%",
                                "1",
                                "n",
                                "!",
                                "{",
                                "\r\n",
                                "\x1b",
                                "\xe2\x80\xae",
                                "\xf0\x9f\x98\x80",
                                "\xff",
                                "\xc3",
                                std::string(1, '\0'),
                                "abc ",
                                "\xed\xa0\x80",
                                "\xc2\x85"};
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    const auto count = random() % 40;
    for (unsigned i = 0; i < count; ++i) {
      text += pieces[random() % std::size(pieces)];
    }
    const std::size_t limit = random() % 60;
    expect_inert(event_line(text, limit), limit);
    expect_inert(event_paragraph(text, limit), limit);
  }
  expect_inert(event_line(std::string(1000000, '%')), kMaxEventStringUnits);
}

TEST(EventParagraph, FlowsIntoOneLine) {
  EXPECT_EQ(event_paragraph("  one\r\n   two\n\n\tthree  "), "one two three");
  EXPECT_EQ(event_paragraph("WHY\nWHAT TO DO\nrun %1"), "WHY WHAT TO DO run \uFF051");
}

TEST(JoinEventLines, KeepsWholeLinesThatFit) {
  EXPECT_EQ(join_event_lines({}), "");
  EXPECT_EQ(join_event_lines({"one"}), "one");
  EXPECT_EQ(join_event_lines({"one", "two"}), "one\r\ntwo");
  EXPECT_EQ(join_event_lines({"one", "two"}, 8), "one\r\ntwo");
  EXPECT_EQ(join_event_lines({"one", "two"}, 7), "one\r\n\u2026");
  EXPECT_EQ(join_event_lines({"one", "two"}, 5), "one");
  EXPECT_EQ(join_event_lines({"one", "two"}, 2), "o\u2026");
}

}  // namespace
}  // namespace cmgmon::sinks
