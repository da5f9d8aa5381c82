#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "signatures/correlation.h"
#include "signatures/field_names.h"
#include "support/rules.h"

namespace cmgmon::signatures {
namespace {

using testing::ElementsAre;

// Two rules of one pack, 26 lines; the correlation begins in line 27.
const std::string kRules =
    test::rule_head(1) +
    R"(detection: {build: {Message|contains: tcp build failed}, condition: build}
x-cmgmon:
  version: 1
  event_id: 1501
  extract: [{re: 'failed for (?P<server>\S+) (?P<code>\d+)'}]
  group-by: [server]
---
)" + test::rule_head(2, "web") +
    R"(detection: {refused: {sc-status: 403, cs-uri-stem: /service/refused}, condition: refused}
x-cmgmon:
  version: 1
  event_id: 1502
  extract: [{field: cs-uri-query, re: 'name=(?P<name>\w+)'}]
  group-by: [c-ip]
---
)";

constexpr const char* kCorrelation = R"(title: Both
id: 00000000-0000-4000-8000-000000002000
name: BOTH
status: test
level: critical
correlation:
  type: temporal
  rules: [TEST-1001, TEST-1002]
  group-by: [machine]
  timespan: 10m
  aliases:
    machine: {TEST-1001: server, TEST-1002: s-computername}
  generate: true
fields: [machine, code, event_count]
x-cmgmon:
  version: 1
  event_id: 1510
  tolerance: 30s
  explains: [TEST-1001]
  diagnosis:
    - otherwise: true
      cause: '{event_count} failures of {machine}, {name}.'
  clear:
    recovery:
      - name: built
        service: app
        detection: {Message|contains: tcp build succeeded}
        extract: [{re: 'succeeded for (?P<machine>\S+)'}]
    quiet: 1h
)";

std::string with(const std::string& what, const std::string& by) {
  std::string rule = kCorrelation;
  const auto at = rule.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return kRules + (at == std::string::npos ? rule : rule.replace(at, what.size(), by));
}

std::vector<std::string> complaints(const std::string& rules) {
  std::vector<std::string> texts;
  for (const auto& complaint : test::complaints_about(rules)) {
    texts.push_back(base::describe(complaint));
  }
  return texts;
}

TEST(CorrelationLoader, ReadsEveryPart) {
  const auto set = test::rules_from(kRules + kCorrelation);
  const Signature* signature = set.find("BOTH");
  ASSERT_NE(signature, nullptr);
  ASSERT_TRUE(signature->correlation);
  const Correlation& correlation = *signature->correlation;
  EXPECT_EQ(correlation.type, Correlation::Type::kTemporal);
  EXPECT_THAT(correlation.rules, ElementsAre("TEST-1001", "TEST-1002"));
  EXPECT_THAT(signature->group_by, ElementsAre("machine"));
  EXPECT_EQ(correlation.timespan, std::chrono::minutes(10));
  EXPECT_EQ(correlation.tolerance, std::chrono::seconds(30));
  EXPECT_TRUE(correlation.generate);
  EXPECT_FALSE(correlation.holds(1));
  EXPECT_TRUE(correlation.holds(2)) << "without a condition all rules are wanted";
  EXPECT_EQ(correlation.field_of("TEST-1001", "machine"), "server");
  EXPECT_EQ(correlation.field_of("TEST-1002", "machine"), "s-computername");
  EXPECT_EQ(correlation.field_of("TEST-1002", "other"), "other");
  EXPECT_THAT(fields_of(*signature),
              ElementsAre("code", "event_count", "host", "machine", "name", "server"));
  EXPECT_THAT(signature->recoveries.at(0).on, ElementsAre("machine"));
  EXPECT_TRUE(signature->services.empty());
  for (const auto& each : set.signatures) {
    EXPECT_FALSE(each.silenced) << each.name;
  }
}

TEST(CorrelationLoader, ARuleCanBeGivenByItsId) {
  const auto set =
      test::rules_from(with("rules: [TEST-1001", "rules: [00000000-0000-4000-8000-000000001001"));
  EXPECT_THAT(set.find("BOTH")->correlation->rules, ElementsAre("TEST-1001", "TEST-1002"));
}

TEST(CorrelationLoader, RulesAreSilencedByTheirOwnPackOnly) {
  base::Complaints complaints;
  const std::string quiet = with("  generate: true\n", "").substr(kRules.size());
  const auto own = load_packs(
      {{{"pack.yaml", test::kTestPack}, {"a.yaml", kRules}, {"b.yaml", quiet}}}, complaints);
  ASSERT_TRUE(own);
  EXPECT_TRUE(own->find("TEST-1001")->silenced);
  EXPECT_TRUE(own->find("TEST-1002")->silenced);
  EXPECT_FALSE(own->find("BOTH")->silenced);
  const auto other = load_packs(
      {{{"pack.yaml", test::kTestPack}, {"a.yaml", kRules}},
       {{"pack.yaml", "pack: customer\nversion: 1.0\nformat: cmgmon/pack/1\n"}, {"b.yaml", quiet}}},
      complaints);
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->find("TEST-1001")->silenced);
  EXPECT_TRUE(complaints.empty());
}

TEST(CorrelationLoader, OneCorrelationThatWantsTheRulesKeepsThem) {
  std::string second = with("  generate: true\n", "").substr(kRules.size());
  for (const auto& [what, by] : {std::pair("2000", "2001"), std::pair("BOTH", "BOTH-2"),
                                 std::pair("event_id: 1510", "event_id: 1511")}) {
    second.replace(second.find(what), std::string(what).size(), by);
  }
  const auto set = test::rules_from(kRules + kCorrelation + "---\n" + second);
  EXPECT_FALSE(set.find("TEST-1001")->silenced);
}

struct BadCorrelation {
  const char* name;
  const char* what;
  const char* by;
  const char* complaint;
};

class CorrelationComplaint : public testing::TestWithParam<BadCorrelation> {};

TEST_P(CorrelationComplaint, SaysWhereAndWhatInstead) {
  const auto& row = GetParam();
  EXPECT_THAT(complaints(with(row.what, row.by)), ElementsAre(row.complaint));
}

const BadCorrelation kBad[] = {
    {"UnknownType", "type: temporal", "type: temporale",
     "rule.yaml:33:9: 'temporale' is none of event_count, value_count, temporal, "
     "temporal_ordered; did you mean 'temporal'?"},
    {"UnknownKey", "  generate: true", "  generates: true",
     "rule.yaml:39:3: unknown key 'generates' in the correlation; did you mean 'generate'?"},
    {"NoTimespan", "  timespan: 10m\n", "",
     "rule.yaml:33:3: the correlation has no 'timespan', "
     "like 10m"},
    {"ShortTimespan", "timespan: 10m", "timespan: 10ms",
     "rule.yaml:36:13: 'timespan' must be between 1s and 31d"},
    {"LongTimespan", "timespan: 10m", "timespan: 32d",
     "rule.yaml:36:13: 'timespan' must be between 1s and 31d"},
    {"Tolerance", "tolerance: 30s", "tolerance: 2h",
     "rule.yaml:44:14: 'tolerance' must be at most 1h"},
    {"NoCondition", "type: temporal", "type: event_count",
     "rule.yaml:33:3: the correlation has no 'condition', like {gte: 10}"},
    {"EmptyCondition", "  generate: true", "  condition: {}",
     "rule.yaml:39:14: 'condition' needs one of gt, gte, lt, lte, eq, neq with a number"},
    {"ConditionOperator", "  generate: true", "  condition: {gtr: 1}",
     "rule.yaml:39:15: unknown key 'gtr' in the condition of the correlation; did you mean 'gt'?"},
    {"MoreRulesThanThereAre", "  generate: true", "  condition: {gt: 2}",
     "rule.yaml:39:14: no count from 1 to 2 satisfies 'condition'"},
    {"FewerThan", "  generate: true", "  condition: {lt: 2}",
     "rule.yaml:39:14: 'condition' holds with the first event, before it is known how many follow; "
     "say from how many on it is a failure, with gte or gt"},
    {"None", "  generate: true", "  condition: {eq: 0}",
     "rule.yaml:39:14: 'condition' asks for something that does not happen, and only what is "
     "logged is counted; an absence rule finds what is missing"},
    {"FieldOfACount", "  generate: true", "  condition: {gte: 2, field: code}",
     "rule.yaml:39:30: 'field' belongs to value_count; the other types count matches"},
    {"NoFieldToCount", "type: temporal", "type: value_count\n  condition: {gte: 2}",
     "rule.yaml:34:14: value_count needs 'field', whose values are counted, in 'condition'"},
    {"OneRule", "rules: [TEST-1001, TEST-1002]", "rules: TEST-1001",
     "rule.yaml:34:10: 'temporal' needs at least two rules; event_count counts the matches of one"},
    {"UnknownRule", "rules: [TEST-1001, TEST-1002]", "rules: [TEST-1001, TEST-1009, TEST-1002]",
     "rule.yaml:34:22: no signature is called 'TEST-1009' in the loaded packs; did you mean "
     "'TEST-1001'?"},
    {"RuleTwice", "rules: [TEST-1001, TEST-1002]", "rules: [TEST-1001, TEST-1002, TEST-1001]",
     "rule.yaml:34:11: 'rules' names TEST-1001 twice"},
    {"Itself", "rules: [TEST-1001, TEST-1002]", "rules: [TEST-1001, TEST-1002, BOTH]",
     "rule.yaml:38:5: the alias 'machine' does not say what it is in BOTH"},
    {"GroupNobodyExtracts", "group-by: [machine]", "group-by: [machine, code]",
     "rule.yaml:35:23: TEST-1002 does not extract 'code', which 'group-by' uses; 'aliases' can say "
     "what it is called there"},
    {"AliasNobodyExtracts", "TEST-1001: server", "TEST-1001: servers",
     "rule.yaml:38:5: TEST-1001 does not extract 'servers', which the alias 'machine' uses; "
     "'aliases' can say what it is called there; did you mean 'server'?"},
    {"AliasOfAnotherRule", "TEST-1002: s-computername}", "TEST-1002: s-ip, TEST-1003: x}",
     "rule.yaml:38:5: the alias 'machine' is about 'TEST-1003', which is not in 'rules'; did you "
     "mean 'TEST-1001'?"},
    {"AliasNobodyUses", "aliases:\n", "aliases:\n    other: {TEST-1001: code, TEST-1002: name}\n",
     "rule.yaml:38:5: nothing uses the alias 'other'; name it in group-by"},
    {"TextNobodyExtracts", "{name}", "{names}",
     "rule.yaml:48:14: the text uses the field 'names', which nothing extracts; did you mean "
     "'name'?"},
    {"ShownNobodyExtracts", "fields: [machine, code", "fields: [machine, cod",
     "rule.yaml:40:19: 'fields' shows the field 'cod', which nothing extracts; did you mean "
     "'code'?"},
    {"Detection", "fields:", "detection: {a: b, condition: a}\nfields:",
     "rule.yaml:40:12: a correlation has no 'detection'; its rules have"},
    {"LogSource", "fields:", "logsource: {service: app}\nfields:",
     "rule.yaml:40:12: a correlation has no 'logsource'; its rules have"},
    {"Extract", "  tolerance: 30s", "  extract: [{re: 'a(?P<b>c)'}]",
     "rule.yaml:44:12: 'extract' has no meaning in a correlation, which reads no log; it belongs "
     "into the rules that are correlated"},
    {"GroupInExtension", "  tolerance: 30s", "  group-by: [machine]",
     "rule.yaml:44:13: 'group-by' of a correlation stands under 'correlation'"},
    {"RecoveryWithoutService", "        service: app\n", "",
     "rule.yaml:51:9: an entry of recovery has no 'service'; a correlation has no log that it "
     "could be found in"},
};

INSTANTIATE_TEST_SUITE_P(Correlations, CorrelationComplaint, testing::ValuesIn(kBad),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(CorrelationLoader, ToleranceIsForCorrelations) {
  std::string rules = kRules;
  rules.replace(rules.find("  group-by: [server]"), 20, "  tolerance: 30s    ");
  EXPECT_THAT(complaints(rules + kCorrelation),
              testing::Contains(testing::HasSubstr("unknown key 'tolerance' in x-cmgmon")));
}

TEST(CorrelationLoader, CirclesAreRefused) {
  const auto correlation = [](const std::string& number, const std::string& rules) {
    return "title: t\nid: 00000000-0000-4000-8000-00000000" + number + "\nname: C-" + number +
           "\nstatus: test\nlevel: low\ncorrelation: {type: event_count, rules: [" + rules +
           "], timespan: 1m, condition: {gte: 2}}\nx-cmgmon: {version: 1, event_id: " + number +
           "}\n---\n";
  };
  EXPECT_THAT(
      complaints(kRules + correlation("1601", "TEST-1001, C-1602") + correlation("1602", "C-1601")),
      ElementsAre("rule.yaml:32:41: 'rules' of C-1601 leads back to itself",
                  "rule.yaml:40:41: 'rules' of C-1602 leads back to itself"));
  const auto chain =
      test::rules_from(kRules + correlation("1601", "C-1602") + correlation("1602", "TEST-1001"));
  EXPECT_TRUE(fields_of(*chain.find("C-1601")).contains("server")) << "known through C-1602";
}

TEST(CountTest, HoldsAsItsNameSays) {
  using Op = CountTest::Operator;
  struct Row {
    Op op;
    bool below;
    bool same;
    bool above;
  };
  for (const Row& row :
       {Row{Op::kEqual, false, true, false}, Row{Op::kNotEqual, true, false, true},
        Row{Op::kLess, true, false, false}, Row{Op::kLessEqual, true, true, false},
        Row{Op::kGreater, false, false, true}, Row{Op::kGreaterEqual, false, true, true}}) {
    const CountTest test{row.op, 5};
    EXPECT_EQ(test.holds(4), row.below);
    EXPECT_EQ(test.holds(5), row.same);
    EXPECT_EQ(test.holds(6), row.above);
  }
}

}  // namespace
}  // namespace cmgmon::signatures
