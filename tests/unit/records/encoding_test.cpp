#include "records/encoding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cmgmon::records {
namespace {

using namespace std::string_literals;

TEST(FileStart, IsKnownNoLaterThanTheFourthByte) {
  struct Row {
    const char* name;
    std::string bytes;
    Encoding encoding;
    std::size_t mark;
    std::size_t decided_at;
  };
  const std::vector<Row> rows = {
      {"ASCII", "abcd", Encoding::kUtf8, 0, 2},
      {"UTF-8 mark",
       "\xEF\xBB\xBF"
       "a",
       Encoding::kUtf8Bom, 3, 3},
      {"part of a UTF-8 mark", "\xEF\xBBxx", Encoding::kUtf8, 0, 3},
      {"UTF-16LE mark",
       "\xFF\xFE"
       "a\0"s,
       Encoding::kUtf16Le, 2, 2},
      {"UTF-16BE mark", "\xFE\xFF\0a"s, Encoding::kUtf16Be, 2, 2},
      {"UTF-16LE", "<\0!\0"s, Encoding::kUtf16Le, 0, 4},
      {"UTF-16BE", "\0<\0!"s, Encoding::kUtf16Be, 0, 4},
      {"UTF-16LE, line end", "\r\0\n\0"s, Encoding::kUtf16Le, 0, 4},
      {"UTF-16LE, not ASCII", "\xFC\0a\0"s, Encoding::kUtf8, 0, 1},
      {"one character between NULs", "\0a\0\0"s, Encoding::kUtf8, 0, 4},
      {"NULs", "\0\0\0\0"s, Encoding::kUtf8, 0, 2},
      {"one NUL", "a\0bc"s, Encoding::kUtf8, 0, 4},
      {"an escape", "\x1B\0a\0"s, Encoding::kUtf8, 0, 1},
  };
  EXPECT_FALSE(read_file_start(""));
  for (const Row& row : rows) {
    for (std::size_t size = 1; size <= row.bytes.size(); ++size) {
      SCOPED_TRACE(std::string(row.name) + ", " + std::to_string(size));
      const auto start = read_file_start(std::string_view(row.bytes).substr(0, size));
      ASSERT_EQ(start.has_value(), size >= row.decided_at);
      if (start) {
        EXPECT_EQ(start->encoding, row.encoding);
        EXPECT_EQ(start->mark, row.mark);
      }
    }
  }
}

TEST(Decode, DamagedUtf8IsNoCodePage) {
  struct Row {
    const char* name;
    std::string bytes;
    std::string text;
    bool windows_1252;
  };
  const std::vector<Row> rows = {
      {"ASCII", "text", "text", false},
      {"UTF-8", "\u0422\u0435\u0441\u0442", "\u0422\u0435\u0441\u0442", false},
      {"Windows-1252", "gr\xFC\xDF \x80", "gr\u00FC\u00DF \u20AC", true},
      {"bytes Windows-1252 has not", "\x81\x8D\x8F\x90\x9D", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD",
       true},
      {"a letter before a closing quote", "CANCELL\xC9\xBB, \xE0 refaire",
       "CANCELL\u00C9\u00BB, \u00E0 refaire", true},
      {"as much for it as against it", "\u0422\xD0", "\u00D0\u00A2\u00D0", true},
      {"cut at the end", "\u0422\u0435\xD0", "\u0422\u0435\uFFFD", false},
      {"one byte damaged", "\u0422\xFF\u0435\u0441", "\u0422\uFFFD\u0435\u0441", false},
      {"overlong", "\xC0\xAF", "\uFFFD\uFFFD", false},
      {"a surrogate", "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD", false},
      {"too big", "\xF5\x80\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD", false},
      {"a following byte alone", "a\x80", "a\u20AC", true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const DecodedText decoded = decode(row.bytes);
    EXPECT_EQ(decoded.windows_1252, row.windows_1252);
    EXPECT_EQ(decoded.text, row.text);
  }
}

}  // namespace
}  // namespace cmgmon::records
