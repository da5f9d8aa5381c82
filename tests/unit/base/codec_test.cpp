#include "base/codec.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace cmgmon::base {
namespace {

TEST(Codec, ReturnsWhatWasWritten) {
  const std::vector<std::uint64_t> numbers = {
      0, 1, 127, 128, 300, std::uint64_t{1} << 63U, std::numeric_limits<std::uint64_t>::max()};
  const std::vector<std::int64_t> integers = {0, -1, 1, std::numeric_limits<std::int64_t>::min(),
                                              std::numeric_limits<std::int64_t>::max()};
  const std::vector<std::string> texts = {"", "a", std::string("\0\xff\x80", 3),
                                          std::string(1000, 'x')};
  const std::optional<Time> known = Time(Duration(-5));
  Writer writer("sample", 7);
  writer.list(numbers, [&](std::uint64_t value) { writer.number(value); });
  writer.list(integers, [&](std::int64_t value) { writer.integer(value); });
  writer.list(texts, [&](const std::string& value) { writer.text(value); });
  writer.boolean(true).boolean(false).time(known).time(std::optional<Time>());

  const std::string bytes = writer.finish();
  auto reader = Reader::open(bytes, "sample", 9);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(reader->version(), 7U);
  std::vector<std::uint64_t> numbers_read;
  reader->list([&] { numbers_read.push_back(reader->number()); });
  EXPECT_EQ(numbers_read, numbers);
  std::vector<std::int64_t> integers_read;
  reader->list([&] { integers_read.push_back(reader->integer()); });
  EXPECT_EQ(integers_read, integers);
  std::vector<std::string> texts_read;
  reader->list([&] { texts_read.push_back(reader->text()); });
  EXPECT_EQ(texts_read, texts);
  EXPECT_TRUE(reader->boolean());
  EXPECT_FALSE(reader->boolean());
  EXPECT_EQ(reader->optional_time(), known);
  EXPECT_EQ(reader->optional_time(), std::nullopt);
  EXPECT_TRUE(reader->finish().has_value());
}

TEST(Codec, RefusesEveryCutAndEveryFlippedBit) {
  Writer writer("sample", 1);
  writer.text("some words").number(77).text("more");
  const std::string bytes = writer.finish();
  ASSERT_TRUE(Reader::open(bytes, "sample", 1).has_value());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_FALSE(Reader::open(bytes.substr(0, size), "sample", 1).has_value());
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    SCOPED_TRACE(bit);
    std::string flipped = bytes;
    flipped[bit / 8] =
        static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
    EXPECT_FALSE(Reader::open(flipped, "sample", 1).has_value());
  }
}

TEST(Codec, TellsNewerFromDamaged) {
  const std::string newer = Writer("sample", 2).finish();
  EXPECT_EQ(Reader::open(newer, "sample", 1).error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(Reader::open(newer, "other", 2).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(Reader::open("", "sample", 1).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(Reader::open(std::string(100, '\0'), "sample", 1).error().kind, ErrorKind::kCorrupt);
}

// The checksum is no secret: bodies that lie about lengths must be harmless too.
TEST(Codec, NeverBelievesALength) {
  struct Row {
    const char* name;
    std::string body;
  };
  const Row rows[] = {
      {"text longer than the rest",
       "\x7f"
       "abc"},
      {"length of 2^64-1", std::string(9, '\xff') + '\x01'},
      {"number that never ends", std::string(40, '\xff')},
      {"number above 64 bits", std::string(9, '\xff') + '\x02'},
      {"nothing", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Writer writer("sample", 1);
    writer.text(row.body);
    const std::string bytes = writer.finish();
    for (const bool as_list : {false, true}) {
      auto reader = Reader::open(bytes, "sample", 1);
      ASSERT_TRUE(reader.has_value());
      ASSERT_EQ(reader->number(), row.body.size());  // what follows is the raw body
      int items = 0;
      if (as_list)
        reader->list([&] { reader->text(), ++items; });
      else
        EXPECT_EQ(reader->view(), "");
      EXPECT_LE(items, 3);
      EXPECT_FALSE(reader->ok());
      EXPECT_EQ(reader->number(), 0U);  // and everything after it reads as nothing
      EXPECT_FALSE(reader->finish().has_value());
    }
  }
}

// What is calculated with must not overflow.
TEST(Codec, RefusesTimesAndIntegersOutOfRange) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kYear = 31'556'952'000'000;
  struct Row {
    const char* name;
    std::int64_t microseconds;
    bool known;
  };
  const Row rows[] = {
      {"1970", 0, true},
      {"before 1970", -1, true},
      {"9999-12-31", 253'402'300'799'999'999, true},
      {"0000-01-01", -62'167'219'200'000'000, true},
      {"two years after the last that is written", 253'402'300'799'999'999 + 2 * kYear, false},
      {"two years before the first", -62'167'219'200'000'000 - 2 * kYear, false},
      {"the last", kMost, false},
      {"the first", -kMost - 1, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Writer writer("sample", 1);
    const std::string bytes = writer.integer(row.microseconds).finish();
    auto reader = Reader::open(bytes, "sample", 1);
    ASSERT_TRUE(reader.has_value());
    EXPECT_EQ(reader->time(), Time(Duration(row.known ? row.microseconds : 0)));
    EXPECT_EQ(reader->ok(), row.known);
  }
  for (const std::int64_t value : {-3, -2, 4, 5}) {
    SCOPED_TRACE(value);
    Writer writer("sample", 1);
    const std::string bytes = writer.integer(value).finish();
    auto reader = Reader::open(bytes, "sample", 1);
    ASSERT_TRUE(reader.has_value());
    const bool within = value >= -2 && value <= 4;
    EXPECT_EQ(reader->integer_within(-2, 4), within ? value : 0);
    EXPECT_EQ(reader->ok(), within);
  }
}

TEST(Codec, RefusesBytesLeftOver) {
  Writer writer("sample", 1);
  const std::string bytes = writer.number(1).number(2).finish();
  auto reader = Reader::open(bytes, "sample", 1);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(reader->number(), 1U);
  EXPECT_FALSE(reader->finish().has_value());
  EXPECT_EQ(reader->number(), 2U);
  EXPECT_TRUE(reader->finish().has_value());
}

TEST(Base64, IsTheOneOfRfc4648) {
  const std::pair<std::string, std::string> rows[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xff\xfb", "//s="},
  };
  for (const auto& [bytes, text] : rows) {
    SCOPED_TRACE(text);
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    all.push_back(static_cast<char>(byte));
  EXPECT_EQ(from_base64(to_base64(all)), all);
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Zm9=", "=Zm9", "Zm=9", "Zg==Zg==", "Zm9v\n",
                          "Zm9\xff", "====", "Z==="}) {
    SCOPED_TRACE(bad);
    EXPECT_EQ(from_base64(bad), std::nullopt);
  }
}

}  // namespace
}  // namespace cmgmon::base
