#include "base/text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace cmgmon::base {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(Text, KnowsValidUtf8) {
  struct Row {
    const char* name;
    std::string_view bytes;
    bool valid;
  };
  const std::vector<Row> rows = {
      {"empty", ""sv, true},
      {"ascii", "plain text that is longer than one machine word"sv, true},
      {"NUL is a character", "a\0b"sv, true},
      {"two bytes", "gr\xC3\xBC\xC3\x9F"sv, true},
      {"three bytes", "\xE2\x82\xAC"sv, true},
      {"four bytes", "\xF0\x9F\x94\xA5"sv, true},
      {"last character", "\xF4\x8F\xBF\xBF"sv, true},
      {"damage after a long ASCII part", "0123456789abcdef0123456789\xFF"sv, false},
      {"continuation alone", "\x80"sv, false},
      {"cut", "\xE2\x82"sv, false},
      {"overlong slash", "\xC0\xAF"sv, false},
      {"overlong in three", "\xE0\x9F\xBF"sv, false},
      {"overlong in four", "\xF0\x8F\xBF\xBF"sv, false},
      {"surrogate", "\xED\xA0\x80"sv, false},
      {"above U+10FFFF", "\xF4\x90\x80\x80"sv, false},
      {"Windows-1252", "gr\xFC\xDF"sv, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(is_valid_utf8(row.bytes), row.valid);
    EXPECT_TRUE(is_valid_utf8(decode_utf8_or_1252(row.bytes)));
    EXPECT_TRUE(is_valid_utf8(printable(row.bytes)));
    EXPECT_EQ(from_utf16(to_utf16(row.bytes)) == row.bytes, row.valid);
    EXPECT_EQ(utf16_length(row.bytes), to_utf16(row.bytes).size());
  }
}

TEST(Text, DecodesUtf8OrElseWindows1252) {
  EXPECT_EQ(decode_utf8_or_1252("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(decode_utf8_or_1252("gr\xFC\xDF \x80"), "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC");
  EXPECT_EQ(decode_utf8_or_1252("\x81\x8D\x8F\x90\x9D"), "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(Text, DecodesUtf16OfEitherByteOrder) {
  EXPECT_EQ(decode_utf16("a\0\xFC\0\x3D\xD8\x25\xDD"sv, ByteOrder::kLittle), "a\u00FC\U0001F525");
  EXPECT_EQ(decode_utf16("\0a\0\xFC\xD8\x3D\xDD\x25"sv, ByteOrder::kBig), "a\u00FC\U0001F525");
  EXPECT_EQ(decode_utf16("a\0b"sv, ByteOrder::kLittle), "a\uFFFD");
  EXPECT_EQ(decode_utf16("\x3D\xD8"sv, ByteOrder::kLittle), "\uFFFD");
  EXPECT_EQ(decode_utf16("\x3D\xD8\x3D\xD8\x25\xDD"sv, ByteOrder::kLittle), "\uFFFD\U0001F525");
  EXPECT_EQ(decode_utf16("\x25\xDD"sv, ByteOrder::kLittle), "\uFFFD");
  EXPECT_EQ(decode_utf16(""sv, ByteOrder::kBig), "");
}

TEST(Text, GoesToUtf16AndBack) {
  EXPECT_EQ(to_utf16("a\u00FC\U0001F525"), u"a\u00FC\U0001F525");
  EXPECT_EQ(to_utf16("\xFF"), u"\uFFFD");
  EXPECT_EQ(from_utf16(u"a\u00FC\U0001F525"), "a\u00FC\U0001F525");
  EXPECT_EQ(from_utf16(std::u16string(1, char16_t{0xD800})), "\uFFFD");
}

TEST(Text, CutsOnlyBetweenCharacters) {
  const std::string text =
      "a\u00FC\u20AC\U0001F525z";  // 1 + 2 + 3 + 4 + 1 bytes, 1 + 1 + 1 + 2 + 1 units
  for (std::size_t size = 0; size <= text.size() + 2; ++size) {
    SCOPED_TRACE(size);
    const auto bytes = prefix_of_bytes(text, size);
    EXPECT_LE(bytes.size(), size);
    EXPECT_GT(bytes.size() + 4, std::min(size, text.size()));
    EXPECT_TRUE(is_valid_utf8(bytes));
    const auto units = prefix_of_utf16_units(text, size);
    EXPECT_LE(utf16_length(units), size);
    EXPECT_GT(utf16_length(units) + 2, std::min(size, utf16_length(text)));
    EXPECT_TRUE(is_valid_utf8(units));
  }
  EXPECT_EQ(prefix_of_bytes("\x80\x80\x80\x80\x80\x80"sv, 5).size(), 5U);
}

TEST(Text, ComparesWithoutLetterCase) {
  EXPECT_TRUE(equals_ignore_case("CMG-Conn", "cmg-cONN"));
  EXPECT_FALSE(equals_ignore_case("CMG", "CMG "));
  EXPECT_FALSE(equals_ignore_case("\xC3\x84", "\xC3\xA4"));  // ASCII only
  EXPECT_FALSE(equals_ignore_case("[", "{"));
  EXPECT_EQ(to_lower("AbZ[\xC3\x84"), "abz[\xC3\x84");
}

TEST(Text, FindsWithoutLetterCase) {
  EXPECT_EQ(find_ignore_case("Error: FORBIDDEN", "forbidden"), 7U);
  EXPECT_EQ(find_ignore_case("aaab", "ab"), 2U);
  EXPECT_EQ(find_ignore_case("abab", "ab", 1), 2U);
  EXPECT_EQ(find_ignore_case("ab", "abc"), std::string_view::npos);
  EXPECT_EQ(find_ignore_case("ab", "ab", 1), std::string_view::npos);
  EXPECT_EQ(find_ignore_case("ab", "", 2), 2U);
  EXPECT_EQ(find_ignore_case("ab", "a", 3), std::string_view::npos);
}

TEST(Text, TrimsBlanks) {
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, PrintableLeavesNothingThatATerminalInterprets) {
  struct Row {
    std::string_view raw;
    const char* shown;
  };
  const std::vector<Row> rows = {
      {"plain \\ text %1 <b>", "plain \\ text %1 <b>"},
      {"a\r\n\tb", "a\\r\\n\\tb"},
      {"\x1B[31mred\x07", "\\u001B[31mred\\u0007"},
      {"a\0b"sv, "a\\u0000b"},
      {"\x7F", "\\u007F"},
      {"\u0085\u009B", "\\u0085\\u009B"},
      {"\u2028\u2029", "\\u2028\\u2029"},
      {"\u202Eevil\u2066\u200F", "\\u202Eevil\\u2066\\u200F"},
      {"gr\u00FC\u00DF \U0001F525", "gr\u00FC\u00DF \U0001F525"},
      {"\xFF", "\uFFFD"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.shown);
    EXPECT_EQ(printable(row.raw), row.shown);
    EXPECT_EQ(printable(row.shown), row.shown);
  }
}

TEST(Text, NearestIsASlipOfThePenOrNothing) {
  const std::vector<std::string> keys = {"title",    "status", "group-by",
                                         "event_id", "id",     "keep_firing_for"};
  struct Row {
    const char* word;
    const char* meant;  // nullptr: no idea
  };
  const std::vector<Row> rows = {
      {"titel", "title"},       {"Title", "title"},
      {"groupby", "group-by"},  {"group_by", "group-by"},
      {"eventid", "event_id"},  {"di", "id"},
      {"xyz", nullptr},         {"", nullptr},
      {"titanium", nullptr},    {"state", nullptr},
      {"keep_firing", nullptr},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.word);
    const auto meant = nearest(row.word, keys);
    EXPECT_EQ(meant.value_or(""), row.meant == nullptr ? "" : row.meant);
  }
  EXPECT_FALSE(nearest(std::string(100000, 'x'), keys).has_value());
}

TEST(Text, RandomBytesAlwaysBecomeText) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 24, '\0');
    for (char& c : bytes) {
      c = static_cast<char>(random() % 3 == 0 ? random() % 256 : 0x80 + random() % 128);
    }
    EXPECT_TRUE(is_valid_utf8(decode_utf8_or_1252(bytes)));
    EXPECT_TRUE(is_valid_utf8(decode_utf16(bytes, ByteOrder::kLittle)));
    EXPECT_TRUE(is_valid_utf8(from_utf16(to_utf16(bytes))));
    EXPECT_TRUE(is_valid_utf8(printable(bytes)));
    EXPECT_EQ(from_utf16(to_utf16(bytes)) == bytes, is_valid_utf8(bytes));
    EXPECT_EQ(utf16_length(bytes), to_utf16(bytes).size());
    EXPECT_LE(prefix_of_bytes(bytes, 7).size(), 7U);
  }
}

}  // namespace
}  // namespace cmgmon::base
