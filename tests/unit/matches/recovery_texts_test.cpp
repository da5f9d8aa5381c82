#include <gtest/gtest.h>

#include "matches/recovery_key.h"
#include "support/rules.h"

namespace cmgmon::matches {
namespace {

// One rule whose recovery is recognised by `on`.
signatures::SignatureSet rules(const std::string& on) {
  return test::rules_from(test::rule_head(1) + R"(
detection: {failed: {Message|contains: 'failure of '}, condition: failed}
x-cmgmon:
  version: 1
  event_id: 1001
  extract:
    - {re: 'name (?P<id>\S+)'}
    - {re: 'url (?P<url>\S+)', types: {url: {type: url, parts: {host: server, path: path, port: port}}}}
    - {re: 'code (?P<code>\S+)', types: {code: int}}
    - {re: 'mark (?P<mark>\S+)', types: {mark: hex}}
  group-by: )" + on + R"(
  clear:
    recovery:
      - name: works
        detection: {Message|contains: 'works again'}
        extract:
          - {re: 'name (?P<id>\S+)'}
          - {re: 'url (?P<url>\S+)', types: {url: {type: url, parts: {host: server, path: path, port: port}}}}
          - {re: 'code (?P<code>\S+)', types: {code: int}}
          - {re: 'mark (?P<mark>\S+)', types: {mark: hex}}
        on: )" + on + "\n");
}

TEST(RecoveryTexts, AreValuesThatStayAsTheyWereWritten) {
  const Fields fields = {{"host", "cp1"},       {"id", "Gateway"}, {"server", "cmg.contoso.com"},
                         {"path", "/CCM_STS"},  {"port", "443"},   {"code", "7"},
                         {"mark", "0x80072f8f"}};
  const struct {
    const char* on;
    std::vector<std::string> want;
  } rows[] = {
      {"[id]", {"gateway"}},
      {"[server]", {"cmg.contoso.com"}},
      {"[path]", {"/ccm_sts"}},
      {"[id, server]", {"gateway", "cmg.contoso.com"}},
      {"[host, id]", {"gateway"}},
      {"[host]", {}},
      {"[port]", {}},  // may be known from the scheme
      {"[code]", {}},  // may be written as 007
      {"[mark]", {}},  // likewise
      {"[code, id]", {"gateway"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.on);
    const auto set = rules(row.on);
    ASSERT_EQ(set.signatures.size(), 1U);
    EXPECT_EQ(recovery_texts(set.signatures[0].recoveries[0], fields), row.want);
  }
}

TEST(RecoveryTexts, AreNotOfCharactersThatTheLogMayWriteDifferently) {
  const auto set = rules("[id]");
  ASSERT_EQ(set.signatures.size(), 1U);
  const auto& recovery = set.signatures[0].recoveries[0];
  EXPECT_EQ(recovery_texts(recovery, {{"id", "W\xC3\xA4rme"}}), std::vector<std::string>());
  EXPECT_EQ(recovery_texts(recovery, {{"id", "two words"}}), std::vector<std::string>());
}

// A sign knows all fields that it is recognised by.
TEST(RecoveryTexts, AreNoneWhereTheIncidentLacksAField) {
  const auto set = rules("[id, server]");
  ASSERT_EQ(set.signatures.size(), 1U);
  EXPECT_EQ(recovery_texts(set.signatures[0].recoveries[0], {{"id", "Gateway"}}), std::nullopt);
}

}  // namespace
}  // namespace cmgmon::matches
