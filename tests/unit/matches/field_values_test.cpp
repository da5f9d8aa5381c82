#include "matches/field_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cmgmon::matches {
namespace {

using signatures::ValueType;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(FieldValues, AreOfTheirTypeOrNothing) {
  const char* const nothing = nullptr;
  const std::string forty = "52E1A0B3C4D5E6F708192A3B4C5D6E7F80914616";
  const struct {
    const char* name;
    ValueType type;
    std::string text;
    const char* want;
  } rows[] = {
      {"text", ValueType::kText, " as it is ", " as it is "},
      {"empty text", ValueType::kText, "", nothing},
      {"int", ValueType::kInteger, "007", "7"},
      {"int with sign", ValueType::kInteger, "-12", "-12"},
      {"int with plus", ValueType::kInteger, "+12", "12"},
      {"int and more", ValueType::kInteger, "12 ms", nothing},
      {"int too large", ValueType::kInteger, "99999999999999999999", nothing},
      {"empty int", ValueType::kInteger, "", nothing},
      {"hex", ValueType::kHex, "0x80072F8F", "0x80072f8f"},
      {"hex without prefix", ValueType::kHex, "2F8F", "0x2f8f"},
      {"hex with zeros", ValueType::kHex, "0X0009", "0x9"},
      {"no hex", ValueType::kHex, "0xg", nothing},
      {"hex too large", ValueType::kHex, "0x11111111111111111", nothing},
      {"guid", ValueType::kGuid, "{3087BD34-b82c-4950-b972-e82bb0fb8385}",
       "3087bd34-b82c-4950-b972-e82bb0fb8385"},
      {"no guid", ValueType::kGuid, "3087bd34b82c4950b972e82bb0fb8385", nothing},
      {"thumbprint", ValueType::kThumbprint, "52 e1a0b3c4d5e6f708192a3b4c5d6e7f80914616",
       forty.c_str()},
      {"thumbprint too short", ValueType::kThumbprint, forty.substr(1), nothing},
      {"thumbprint with invisible mark", ValueType::kThumbprint, "\xE2\x80\x8E" + forty, nothing},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto value = typed_value(row.type, row.text);
    EXPECT_EQ(value, row.want == nullptr ? std::nullopt : std::optional<std::string>(row.want));
  }
}

TEST(FieldValues, TimestampsAreReadAsAmericanOrIso) {
  const char* const nothing = nullptr;
  const struct {
    const char* text;
    const char* want;
  } rows[] = {
      {"01/29/2020 07:04:02", "2020-01-29T07:04:02.000Z"},
      {"1/9/2020 7:04:02", "2020-01-09T07:04:02.000Z"},
      {"01-29-2020 07:04:02.123", "2020-01-29T07:04:02.000Z"},
      {"1/29/2020 7:04:02 AM", "2020-01-29T07:04:02.000Z"},
      {"1/29/2020 7:04:02 PM", "2020-01-29T19:04:02.000Z"},
      {"1/29/2020 12:04:02 am", "2020-01-29T00:04:02.000Z"},
      {"1/29/2020 12:04:02 PM", "2020-01-29T12:04:02.000Z"},
      {"2020-01-29T07:04:02Z", "2020-01-29T07:04:02.000Z"},
      {"2020-01-29 07:04:02", "2020-01-29T07:04:02.000Z"},
      {"2020-01-29T07:04:02.5", "2020-01-29T07:04:02.500Z"},
      {"2020-01-29T07:04:02+02:00", "2020-01-29T05:04:02.000Z"},
      {" 01/29/2020 07:04:02 ", "2020-01-29T07:04:02.000Z"},
      {"13/29/2020 07:04:02", nothing},
      {"02/30/2020 07:04:02", nothing},
      {"01/29/2020 24:04:02", nothing},
      {"01/29/2020 13:04:02 PM", nothing},
      {"01/29/2020 07:60:02", nothing},
      {"01/29/2020 07:04", nothing},
      {"01/29/2020", nothing},
      {"01/29-2020 07:04:02", nothing},
      {"01/29/20 07:04:02", nothing},
      {"01/29/2020 07:04:02 and more", nothing},
      {"29.01.2020 07:04:02", nothing},
      {"2020/01/29 07:04:02", nothing},
      {"", nothing},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(typed_value(ValueType::kTimestamp, row.text),
              row.want == nullptr ? std::nullopt : std::optional<std::string>(row.want));
  }
}

TEST(FieldValues, FlagsComeFromNumbersAndNames) {
  const std::map<std::uint64_t, std::string> bits = {
      {0x1, "CERT_REV_FAILED"}, {0x8, "INVALID_CA"}, {0x80000000, "SECURITY_CHANNEL_ERROR"}};
  const struct {
    const char* text;
    const char* want;
  } rows[] = {
      {"0x9", "CERT_REV_FAILED|INVALID_CA"},
      {"9", "CERT_REV_FAILED|INVALID_CA"},
      {"0x80000000", "SECURITY_CHANNEL_ERROR"},
      {"0x108", "INVALID_CA|0x100"},
      {"0x8000000000000000", "0x8000000000000000"},
      {"invalid_ca", "INVALID_CA"},
      {"INVALID_CERT", ""},
      {"0x0", ""},
      {"", ""},
      {"0x", ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(join_flags(flags_in(row.text, bits)), row.want);
  }
}

TEST(FieldValues, UrlsComeApart) {
  EXPECT_THAT(
      url_parts(
          "HTTPS://user@CMG.Contoso.COM:8443/CCM_Proxy_MutualAuth/72057594037928017?x=/a/b#c"),
      ElementsAre(Pair("host", "cmg.contoso.com"),
                  Pair("path", "/CCM_Proxy_MutualAuth/72057594037928017"), Pair("port", "8443"),
                  Pair("query", "x=/a/b"), Pair("scheme", "https"),
                  Pair("segment", "CCM_Proxy_MutualAuth")));
  EXPECT_THAT(url_parts("http://mp/"), ElementsAre(Pair("host", "mp"), Pair("path", "/"),
                                                   Pair("port", "80"), Pair("scheme", "http")));
  EXPECT_THAT(url_parts("CMG.CLOUDAPP.NET/CCM_Proxy_MutualAuth/1"),
              ElementsAre(Pair("host", "cmg.cloudapp.net"), Pair("path", "/CCM_Proxy_MutualAuth/1"),
                          Pair("segment", "CCM_Proxy_MutualAuth")));
  EXPECT_THAT(url_parts("/SMS_MP/.sms_aut?MPLIST"),
              ElementsAre(Pair("path", "/SMS_MP/.sms_aut"), Pair("query", "MPLIST"),
                          Pair("segment", "SMS_MP")));
  EXPECT_THAT(url_parts("https://[fe80::1]:443/a"),
              ElementsAre(Pair("host", "[fe80::1]"), Pair("path", "/a"), Pair("port", "443"),
                          Pair("scheme", "https"), Pair("segment", "a")));
  EXPECT_THAT(url_parts("https://[fe80::1]/a"),
              ElementsAre(Pair("host", "[fe80::1]"), Pair("path", "/a"), Pair("port", "443"),
                          Pair("scheme", "https"), Pair("segment", "a")));
  EXPECT_THAT(url_parts("mp?next=https://other.example/x"),
              ElementsAre(Pair("host", "mp"), Pair("query", "next=https://other.example/x")));
  EXPECT_THAT(url_parts(""), IsEmpty());
}

}  // namespace
}  // namespace cmgmon::matches
