#include "signatures/forgery.h"

#include <gtest/gtest.h>

#include "support/rules.h"

namespace cmgmon::signatures {
namespace {

// The value that find_loose() names for this detection, "" for none.
std::string loose_in(const std::string& detection, const std::string& service = "app") {
  const auto set = test::rules_from(test::rule_head(1, service) + "detection:\n" + detection +
                                    "x-cmgmon: {version: 1, event_id: 1001}\n");
  if (set.signatures.empty()) {
    return "(not loaded)";
  }
  const auto loose = find_loose(set.signatures.front().detection.condition);
  return loose ? loose->text : "";
}

TEST(FindLoose, NamesWhatAUrlCanHold) {
  const struct {
    const char* name;
    const char* detection;
    const char* loose;
  } rows[] = {
      {"one word", "  a: {Message|contains: Gateway_Refused}\n  condition: a\n", "gateway_refused"},
      {"keyword", "  a: [Gateway_Refused]\n  condition: a\n", "gateway_refused"},
      {"several words", "  a: {Message|contains: gateway refused it}\n  condition: a\n", ""},
      {"at the start", "  a: {Message|startswith: Gateway_Refused}\n  condition: a\n", ""},
      {"the whole message", "  a: {Message: Gateway_Refused}\n  condition: a\n", ""},
      {"anchored at both ends",
       "  a: {Message|contains: Gateway_Refused, Message|re: '^Answer: \\S+ .*Gateway_\\w+$'}\n"
       "  condition: a\n",
       ""},
      {"anchored at the end only",
       "  a: {Message|contains: Gateway_Refused, Message|re: 'Gateway_\\w+$'}\n  condition: a\n",
       "gateway_refused"},
      {"anchored at the start, the word elsewhere",
       "  a: {Message|contains: Gateway_Refused, Message|re: '^Answer from \\S+'}\n"
       "  condition: a\n",
       "gateway_refused"},
      {"anchored at the start, the word in the same token as a URL",
       "  a: {Message|contains: Gateway_Refused, Message|re: '^Answer from \\S+Gateway_Refused'}\n"
       "  condition: a\n",
       R"(^Answer from \S+Gateway_Refused)"},
      {"anchored at the start, a blank in between",
       "  a: {Message|contains: Gateway_Refused, Message|re: '^Answer from \\S+ was "
       "Gateway_Refused'}\n  condition: a\n",
       ""},
      {"anchored at the start, a path of the URL",
       "  a: {Message|contains: Connected to gateway, Message|re: '^Connected to gateway "
       "https://\\S+/Proxy_Endpoint'}\n  condition: a\n",
       ""},
      {"not anchored at the start, a blank before the word",
       "  a: {Message|contains: Gateway_Refused, Message|re: 'result "
       "\\([^()]*Gateway_Refused\\)$'}\n"
       "  condition: a\n",
       ""},
      {"one of two expressions is not anchored",
       "  a:\n    Message|contains: Gateway_Refused\n    Message|re: ['^Gateway_Refused$', "
       "'Gateway_Refused by']\n  condition: a\n",
       "gateway_refused"},
      {"one of two alternatives",
       "  a: {Message|startswith: 'Refused by '}\n  b: {Message|contains: Gateway_Refused}\n"
       "  condition: a or b\n",
       "gateway_refused"},
      {"not decides nothing",
       "  a: {Message|contains: Gateway_Refused}\n  b: {Message|re: '^Answer$'}\n"
       "  condition: a and not b\n",
       "gateway_refused"},
      {"wildcards", "  a: {Message: '*Gateway_*_Refused*'}\n  condition: a\n",
       "*Gateway_*_Refused*"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(loose_in(row.detection), row.loose);
  }
}

TEST(FindLoose, KnowsWhichColumnsTheClientFills) {
  EXPECT_EQ(loose_in("  a: {cs-uri-stem: /gateway/status}\n  condition: a\n", "web"),
            "/gateway/status");
  EXPECT_EQ(loose_in("  a: {'cs(User-Agent)|contains': gateway}\n  condition: a\n", "web"),
            "gateway");
  EXPECT_EQ(
      loose_in("  a: {cs-uri-stem: /gateway/status, sc-status: 403}\n  condition: a\n", "web"), "");
}

}  // namespace
}  // namespace cmgmon::signatures
