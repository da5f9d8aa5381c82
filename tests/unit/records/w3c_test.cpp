#include "records/w3c.h"

#include <gtest/gtest.h>

#include <string>

namespace cmgmon::records {
namespace {

std::string text_of(const W3cReader& reader) {
  std::string text;
  for (const Column& column : reader.columns()) {
    text += std::string(column.first) + "=" + std::string(column.second) + ";";
  }
  return text;
}

TEST(W3cReader, KnowsDirectives) {
  EXPECT_TRUE(W3cReader::is_directive("#Software: Microsoft Internet Information Services 10.0"));
  EXPECT_TRUE(W3cReader::is_directive("#FIELDS:"));
  EXPECT_FALSE(W3cReader::is_directive("#Fields"));
  EXPECT_FALSE(W3cReader::is_directive("# Fields:"));
  EXPECT_FALSE(W3cReader::is_directive("#comment"));
  EXPECT_FALSE(W3cReader::is_directive(""));
}

TEST(W3cReader, MapsByTheLatestHeader) {
  W3cReader reader;
  EXPECT_FALSE(reader.read("1 2"));
  reader.directive("#Fields: a b");
  EXPECT_TRUE(reader.read("1 2"));
  EXPECT_EQ(text_of(reader), "a=1;b=2;");
  reader.directive("#Fields: b a c");
  EXPECT_FALSE(reader.read("1 2"));
  EXPECT_TRUE(reader.read("1 2 3"));
  EXPECT_EQ(text_of(reader), "b=1;a=2;c=3;");
  reader.directive("#Fields:");
  EXPECT_FALSE(reader.read("1 2 3"));
}

TEST(W3cReader, TakesTheDateFromTheHeaderAndNoticesMidnight) {
  W3cReader reader;
  reader.directive("#Date: 2026-11-22 23:59:00");
  reader.directive("#Fields: time");
  ASSERT_TRUE(reader.read("00:00:01"));
  EXPECT_EQ(reader.stamp().time, base::from_rfc3339("2026-11-23T00:00:01Z"));
  ASSERT_TRUE(reader.read("00:00:00"));  // requests are not logged strictly in order
  EXPECT_EQ(reader.stamp().time, base::from_rfc3339("2026-11-23T00:00:00Z"));
  reader.directive("#Date: nonsense");
  ASSERT_TRUE(reader.read("00:00:02"));
  EXPECT_FALSE(reader.stamp().time.has_value());
}

TEST(W3cReader, ADateColumnIsBelievedBeforeTheHeader) {
  W3cReader reader;
  reader.directive("#Date: 2026-11-22 23:59:00");
  reader.directive("#Fields: time date");
  ASSERT_TRUE(reader.read("00:00:01 2026-12-24"));
  EXPECT_EQ(reader.stamp().time, base::from_rfc3339("2026-12-24T00:00:01Z"));
  EXPECT_EQ(reader.stamp().confidence, TimeConfidence::kExact);
  ASSERT_TRUE(reader.read("00:00:01 -"));
  EXPECT_FALSE(reader.stamp().time.has_value());
}

TEST(W3cReader, HeadersAreBounded) {
  W3cReader reader;
  std::string header = "#Fields:";
  std::string line = "x";
  for (std::size_t i = 0; i < kMaxW3cColumns + 50; ++i) {
    header += " c" + std::to_string(i);
    line += i == 0 ? "" : " x";
  }
  reader.directive(header);
  EXPECT_FALSE(reader.read(line));
  EXPECT_LE(reader.columns().size(), kMaxW3cColumns);
}

}  // namespace
}  // namespace cmgmon::records
