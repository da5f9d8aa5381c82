#include "matches/field_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signatures/regular_expression.h"

namespace cmgmon::matches {
namespace {

using signatures::Extraction;
using signatures::FieldType;
using signatures::ValueType;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Extraction extraction(const char* pattern) {
  Extraction result;
  result.expression = signatures::compile(pattern).compiled;
  return result;
}

Extraction flags(const char* pattern, bool every) {
  Extraction result = extraction(pattern);
  result.every = every;
  result.types["flags"] = FieldType{ValueType::kFlags, {{1, "ONE"}, {2, "TWO"}, {4, "FOUR"}}, {}};
  return result;
}

records::Record message(std::string_view text) {
  records::Record record;
  record.format = records::Format::kCcm;
  record.message = text;
  return record;
}

TEST(FieldCollector, FirstValueWins) {
  FieldCollector collector(Fields{{"host", "CM01"}});
  EXPECT_TRUE(collector.apply(extraction("a=(?P<a>\\w+)"), message("a=1 a=2")));
  EXPECT_TRUE(collector.apply(extraction("(?P<a>b)(?P<host>c)"), message("abc")));
  EXPECT_THAT(collector.fields(), ElementsAre(Pair("a", "1"), Pair("host", "CM01")));
}

TEST(FieldCollector, EmptyAndAbsentGroupsTellNothing) {
  FieldCollector collector({});
  EXPECT_FALSE(collector.apply(extraction("a=(?P<a>\\w*)"), message("a=")));
  EXPECT_FALSE(collector.apply(extraction("x(?P<a>y)?"), message("x")));
  EXPECT_FALSE(collector.apply(extraction("(?P<a>z)"), message("x")));
  EXPECT_THAT(collector.fields(), IsEmpty());
  EXPECT_TRUE(collector.apply(extraction("(?P<a>\\w+)"), message("x")));
  EXPECT_THAT(collector.fields(), ElementsAre(Pair("a", "x")));
}

TEST(FieldCollector, ValueOfTheWrongTypeIsAbsent) {
  Extraction number = extraction("(?P<n>\\w+)");
  number.types["n"].type = ValueType::kInteger;
  FieldCollector collector({});
  EXPECT_FALSE(collector.apply(number, message("many")));
  EXPECT_TRUE(collector.apply(number, message("08")));
  EXPECT_THAT(collector.fields(), ElementsAre(Pair("n", "8")));
}

TEST(FieldCollector, ReadsColumns) {
  const std::vector<records::Column> columns = {{"cs-uri-stem", "/a"}, {"cs-username", "-"}};
  records::Record record = message("line");
  record.format = records::Format::kW3c;
  record.columns = columns;
  Extraction stem = extraction("^/(?P<stem>.*)$");
  stem.field = "cs-uri-stem";
  FieldCollector collector({});
  EXPECT_TRUE(collector.apply(stem, record));
  collector.take_record_field("cs-uri-stem", record);
  collector.take_record_field("cs-username", record);
  collector.take_record_field("c-ip", record);
  EXPECT_THAT(collector.fields(), ElementsAre(Pair("cs-uri-stem", "/a"), Pair("stem", "a")));
}

TEST(FieldCollector, FlagsUniteOnlyWithEvery) {
  FieldCollector one({});
  one.apply(flags("(?P<flags>\\w+)", false), message("0x4 one"));
  one.apply(flags("(?P<flags>\\w+)", false), message("two"));
  EXPECT_THAT(one.fields(), ElementsAre(Pair("flags", "FOUR")));

  FieldCollector all({});
  all.apply(flags("(?P<flags>\\w+)", true), message("0x4 one"));
  all.apply(flags("(?P<flags>\\w+)", true), message("two or one or nothing"));
  EXPECT_THAT(all.fields(), ElementsAre(Pair("flags", "ONE|TWO|FOUR")));
}

TEST(FieldCollector, EveryIsBoundedAndEndsOnEmptyMatches) {
  FieldCollector collector({});
  EXPECT_FALSE(collector.apply(flags("(?P<flags>x*)", true), message(std::string(100000, 'y'))));
  EXPECT_THAT(collector.fields(), IsEmpty());
}

TEST(FieldCollector, UrlsGiveTheirParts) {
  Extraction url = extraction("(?P<url>https?://\\S+)");
  url.types["url"] =
      FieldType{ValueType::kUrl, {}, {{"host", "cmg_host"}, {"segment", "endpoint"}}};
  FieldCollector collector(Fields{{"endpoint", "known"}});
  collector.apply(url, message("to https://CMG.contoso.com/SMS_MP/.sms_aut?x"));
  EXPECT_THAT(collector.fields(),
              ElementsAre(Pair("cmg_host", "cmg.contoso.com"), Pair("endpoint", "known"),
                          Pair("url", "https://CMG.contoso.com/SMS_MP/.sms_aut?x")));
}

TEST(FieldCollector, LongValuesAreCutBetweenCharacters) {
  std::string text(kMaxFieldBytes - 1, 'a');
  text += "\xC3\xA4 and more";
  FieldCollector collector({});
  collector.apply(extraction("(?s)(?P<all>.*)"), message(text));
  EXPECT_EQ(collector.fields().at("all"), std::string(kMaxFieldBytes - 1, 'a'));
}

TEST(FieldCollector, DerivesDurations) {
  const struct {
    const char* name;
    Fields fields;
    const char* want;  // nullptr: absent
  } rows[] = {
      {"forward",
       {{"from", "2020-01-01T00:00:00Z"}, {"to", "2020-01-27T15:00:00Z"}},
       "26 days 15 h"},
      {"backward", {{"from", "2020-01-02T00:00:00Z"}, {"to", "2020-01-01T00:00:00Z"}}, nullptr},
      {"unknown end", {{"from", "2020-01-02T00:00:00Z"}}, nullptr},
      {"no time", {{"from", "x"}, {"to", "2020-01-01T00:00:00Z"}}, nullptr},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    FieldCollector collector(row.fields);
    collector.derive({"lasted", "from", "to"});
    const auto found = collector.fields().find("lasted");
    const bool known = found != collector.fields().end();
    ASSERT_EQ(known, row.want != nullptr);
    if (known) {
      EXPECT_EQ(found->second, row.want);
    }
  }
}

TEST(FieldCollector, DerivesPercents) {
  const struct {
    const char* name;
    Fields fields;
    const char* want;  // nullptr: absent
  } rows[] = {
      {"half", {{"part", "5"}, {"whole", "10"}}, "50"},
      {"rounded down", {{"part", "499"}, {"whole", "1000"}}, "49"},
      {"more than all", {{"part", "3"}, {"whole", "2"}}, "150"},
      {"nothing of something", {{"part", "0"}, {"whole", "2"}}, "0"},
      {"of nothing", {{"part", "3"}, {"whole", "0"}}, nullptr},
      {"too large", {{"part", "18446744073709551615"}, {"whole", "2"}}, nullptr},
      {"no number", {{"part", "x"}, {"whole", "2"}}, nullptr},
      {"unknown", {{"part", "1"}}, nullptr},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    FieldCollector collector(row.fields);
    collector.derive({"percent", "part", "whole", signatures::Derived::Kind::kPercent});
    const auto found = collector.fields().find("percent");
    const bool known = found != collector.fields().end();
    ASSERT_EQ(known, row.want != nullptr);
    if (known) {
      EXPECT_EQ(found->second, row.want);
    }
  }
}

TEST(FieldCollector, WalksOverTheOccurrencesOfEach) {
  Extraction each = extraction("a=(?P<a>\\d*)");
  each.each = true;
  std::size_t position = 0;
  std::vector<std::string> found;
  for (int i = 0; i < 10 && position != std::string_view::npos; ++i) {
    FieldCollector collector({});
    const bool told = collector.apply(each, message("a=1 a= a=3"), &position);
    found.push_back(told ? collector.fields().at("a") : "");
  }
  EXPECT_THAT(found, ElementsAre("1", "", "3", ""));
}

}  // namespace
}  // namespace cmgmon::matches
