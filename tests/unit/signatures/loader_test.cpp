#include "signatures/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <utility>

#include "support/rules.h"

namespace cmgmon::signatures {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A rule that uses most of the language, 52 lines. Tests replace pieces of it.
constexpr const char* kRule = R"(title: A failure
id: 6d0f1c1e-6c37-4a0e-9f5b-0c6f5a3c1002
name: TEST-FAILURE
status: stable
level: high
description: What it is.
references: ['https://example.org/']
author: Somebody
date: 2026-11-22
logsource: {product: test, service: app}
detection:
  refused:
    Message|contains: request refused
    Message|re: '^request refused'
  condition: refused
fields: [url, request]
falsepositives: [none]
tags: [test.tag]
x-cmgmon:
  version: 1
  event_id: 1500
  context:
    - name: flag
      detection: {Message|contains: 'flag is set'}
    - name: forward
      detection: {Message|contains: 'forwarding'}
      same: {field: request, re: 'forwarding (?P<request>\S+)'}
  extract:
    - re: 'request (?P<request>\w+) refused at (?P<at>.*)'
      types: {at: timestamp}
    - from: flag
      re: '(?P<flags>\w+) flag is set'
      every: true
      types: {flags: {type: flags, bits: {0x1: FIRST, 0x2: SECOND}}}
    - re: '(?P<url>https://\S+) since (?P<since>.*)'
      types: {url: {type: url, parts: {host: url_host}}, since: timestamp}
  derive: {lasted: {from: since, to: at}}
  group-by: [request]
  diagnosis:
    - when: {flags: {has: FIRST}, url_host: {present: true}, open: {not: TEST-FAILURE}, request: [a, b]}
      level: critical
      cause: The first flag at {url}.
      resolution: ['Do this to {request}.']
    - when: {fact.verbose: {not: '1'}}
      note: true
      cause: Not verbose.
    - otherwise: true
      cause: Something else.
  clear:
    recovery:
      - name: accepted
        detection: {Message|contains: request accepted}
        extract: [{re: 'accepted (?P<request>\w+)'}]
    quiet: 24h
  suppress: 5m
)";

std::string with(const std::string& what, const std::string& by) {
  std::string rule = kRule;
  const auto at = rule.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? rule : rule.replace(at, what.size(), by);
}

std::vector<std::string> messages(const base::Complaints& complaints) {
  std::vector<std::string> texts;
  for (const auto& complaint : complaints) {
    texts.push_back(base::describe(complaint));
  }
  return texts;
}

TEST(Loader, ReadsEveryPartOfARule) {
  const auto set = test::rules_from(kRule);
  ASSERT_EQ(set.signatures.size(), 1U);
  const Signature& signature = set.signatures.front();
  EXPECT_EQ(signature.title, "A failure");
  EXPECT_EQ(signature.name, "TEST-FAILURE");
  EXPECT_EQ(signature.pack, "test");
  EXPECT_EQ(signature.origin.file, "rule.yaml");
  EXPECT_EQ(signature.origin.line, 1);
  EXPECT_EQ(signature.status, Status::kStable);
  EXPECT_EQ(signature.level, Level::kHigh);
  EXPECT_EQ(signature.event_id, 1500);
  EXPECT_THAT(signature.services, ElementsAre("app"));
  EXPECT_THAT(signature.detection.literals, ElementsAre("request refused"));
  ASSERT_EQ(signature.context.size(), 2U);
  EXPECT_TRUE(signature.context[0].same_thread);
  EXPECT_FALSE(signature.context[1].same_thread);
  EXPECT_EQ(signature.context[1].same_field, "request");
  ASSERT_EQ(signature.extract.size(), 3U);
  EXPECT_EQ(signature.extract[1].from, "flag");
  EXPECT_TRUE(signature.extract[1].every);
  EXPECT_EQ(signature.extract[1].types.at("flags").bits.at(2), "SECOND");
  EXPECT_EQ(signature.extract[2].types.at("url").parts.at("host"), "url_host");
  ASSERT_EQ(signature.derived.size(), 1U);
  EXPECT_EQ(signature.derived[0].field, "lasted");
  EXPECT_THAT(signature.group_by, ElementsAre("request"));
  ASSERT_EQ(signature.diagnoses.size(), 3U);
  const auto& conditions = signature.diagnoses[0].when;
  ASSERT_EQ(conditions.size(), 4U);
  EXPECT_EQ(conditions[0].kind, Condition::Kind::kFlagSet);
  EXPECT_THAT(conditions[0].values, ElementsAre("FIRST"));
  EXPECT_EQ(conditions[1].kind, Condition::Kind::kFieldPresent);
  EXPECT_FALSE(conditions[1].negated);
  EXPECT_EQ(conditions[2].kind, Condition::Kind::kIncidentOpen);
  EXPECT_EQ(conditions[2].subject, "TEST-FAILURE");
  EXPECT_TRUE(conditions[2].negated);
  EXPECT_EQ(conditions[3].kind, Condition::Kind::kFieldIn);
  EXPECT_EQ(signature.diagnoses[0].level, Level::kCritical);
  EXPECT_EQ(signature.diagnoses[1].when[0].kind, Condition::Kind::kFactEquals);
  EXPECT_EQ(signature.diagnoses[1].when[0].subject, "verbose");
  EXPECT_TRUE(signature.diagnoses[1].when[0].negated);
  EXPECT_TRUE(signature.diagnoses[1].note);
  EXPECT_TRUE(signature.diagnoses[2].otherwise);
  ASSERT_EQ(signature.recoveries.size(), 1U);
  EXPECT_THAT(signature.recoveries[0].services, ElementsAre("app"));
  EXPECT_THAT(signature.recoveries[0].on, ElementsAre("request"));
  EXPECT_EQ(signature.quiet, std::chrono::hours(24));
  EXPECT_EQ(signature.suppress, std::chrono::minutes(5));
  EXPECT_EQ(signature.hold, std::chrono::milliseconds(0));
  EXPECT_FALSE(signature.fallback);
  ASSERT_EQ(set.services.size(), 2U);
  EXPECT_EQ(set.services[0].title, "Application");
  EXPECT_EQ(set.services[1].title, "web");
  ASSERT_EQ(set.facts.size(), 1U);
  EXPECT_EQ(set.facts[0].value, "Verbose");
}

TEST(Loader, UnderstandsTheSpellingsOfAClear) {
  EXPECT_EQ(test::rules_from(with("quiet: 24h", "quiet: never")).signatures[0].quiet, std::nullopt);
  EXPECT_EQ(test::rules_from(with("    quiet: 24h\n", "")).signatures[0].quiet, std::nullopt);
  const auto everything =
      test::rules_from(with("extract: [{re: 'accepted (?P<request>\\w+)'}]", "on: []"));
  EXPECT_THAT(everything.signatures[0].recoveries[0].on, IsEmpty());
  const auto elsewhere = test::rules_from(
      with("- name: accepted\n", "- name: accepted\n        service: [web, app]\n"));
  EXPECT_THAT(elsewhere.signatures[0].recoveries[0].services, ElementsAre("web", "app"));
}

TEST(Loader, SortsByEventIdAcrossDocumentsAndPacks) {
  base::Complaints complaints;
  const auto rule = [](int number) {
    return test::rule_head(number) +
           "detection: {a: {Message|contains: literal}, condition: a}\nx-cmgmon: {version: 1, "
           "event_id: " +
           std::to_string(1000 + number) + "}\n";
  };
  const auto set = load_packs(
      {{{"a/pack.yaml", test::kTestPack}, {"a/1.yaml", rule(3) + "---\n" + rule(1)}},
       {{"b/pack.yaml", "pack: b\nversion: 2.0\nformat: cmgmon/pack/1\n"}, {"b/1.yaml", rule(2)}}},
      complaints);
  ASSERT_THAT(messages(complaints), IsEmpty());
  ASSERT_EQ(set->signatures.size(), 3U);
  EXPECT_EQ(set->signatures[0].name, "TEST-1001");
  EXPECT_EQ(set->signatures[1].name, "TEST-1002");
  EXPECT_EQ(set->signatures[1].pack, "b");
  EXPECT_EQ(set->signatures[2].name, "TEST-1003");
}

TEST(Loader, CauseAndSymptomAgreeInFieldsOfBothGroups) {
  const auto rule = [](int number, const std::string& more) {
    return test::rule_head(number) +
           "detection: {a: {Message|contains: literal}, condition: a}\nx-cmgmon: {version: 1, "
           "event_id: " +
           std::to_string(1000 + number) + ", extract: [{re: '(?P<pc>\\w+)'}]" + more + "}\n";
  };
  const std::string cause =
      rule(1, ", group-by: [pc], explains: [{signature: TEST-1002, same: [pc]}]") + "---\n";
  const auto set = test::rules_from(cause + rule(2, ", group-by: [pc]"));
  EXPECT_THAT(set.signatures[0].explains, ElementsAre("TEST-1002"));
  EXPECT_THAT(set.signatures[0].explains_same.at("TEST-1002"), ElementsAre("pc"));
  EXPECT_THAT(messages(test::complaints_about(cause + rule(2, ""))),
              ElementsAre("rule.yaml:1:1: TEST-1001 explains TEST-1002 with the same 'pc', which "
                          "is not in the group-by of TEST-1002"));
}

struct BadRule {
  const char* name;
  const char* what;  // in kRule
  const char* by;
  const char* complaint;
};

void PrintTo(const BadRule& row, std::ostream* out) {
  *out << row.name;
}

class LoaderComplaint : public testing::TestWithParam<BadRule> {};

TEST_P(LoaderComplaint, SaysWhereAndWhat) {
  const auto& row = GetParam();
  EXPECT_THAT(messages(test::complaints_about(with(row.what, row.by))), ElementsAre(row.complaint));
}

const BadRule kBadRules[] = {
    {"UnknownKey", "falsepositives: [none]", "false_positives: [none]",
     "rule.yaml:17:1: unknown key 'false_positives' in the rule; did you mean 'falsepositives'?"},
    {"UnknownExtensionKey", "  group-by: [request]", "  group_by: [request]",
     "rule.yaml:38:3: unknown key 'group_by' in x-cmgmon; did you mean 'group-by'?"},
    {"DuplicateKey", "level: high\n", "level: high\nlevel: low\n",
     "rule.yaml:6:1: 'level' is written twice in the same mapping (first in line 5)"},
    {"NoTitle", "title: A failure\n", "", "rule.yaml:1:1: the rule has no 'title'"},
    {"EmptyName", "name: TEST-FAILURE\nstatus", "name: ''\nstatus",
     "rule.yaml:3:7: 'name' is empty"},
    {"NoUuid", "6d0f1c1e-6c37-4a0e-9f5b-0c6f5a3c1002", "6d0f1c1e",
     "rule.yaml:2:5: 'id' must be a UUID like 6d0f1c1e-6c37-4a0e-9f5b-0c6f5a3c1002"},
    {"Level", "level: high\n", "level: hight\n",
     "rule.yaml:5:8: 'hight' is none of informational, low, medium, high, critical; did you mean "
     "'high'?"},
    {"Status", "status: stable", "status: final",
     "rule.yaml:4:9: 'final' is none of stable, test, experimental, deprecated, unsupported"},
    {"Date", "2026-11-22", "22.11.2026", "rule.yaml:9:7: 'date' must be a date like 2026-11-22"},
    {"UnknownService", "service: app}", "service: apps}",
     "rule.yaml:10:37: no log service is called 'apps' in the loaded packs; did you mean 'app'?"},
    {"NoService", "{product: test, service: app}", "{product: test}",
     "rule.yaml:10:12: logsource has no 'service'"},
    {"EmptyService", "service: app}", "service: []}",
     "rule.yaml:10:12: logsource has no 'service'"},
    {"NoExtensionVersion", "  version: 1\n", "",
     "rule.yaml:20:3: x-cmgmon has no 'version'; this program reads version 1"},
    {"ExtensionVersion", "version: 1\n", "version: 2\n",
     "rule.yaml:20:12: 'version' of x-cmgmon must be a whole number from 1 to 1"},
    {"EventIdRange", "event_id: 1500", "event_id: 2500",
     "rule.yaml:21:13: 'event_id' of x-cmgmon must be a whole number from 1000 to 1999"},
    {"NoLiteral", "    Message|contains: request refused\n", "",
     "rule.yaml:12:3: the detection has no literal: a record that satisfies it must hold a plain "
     "text of at least 7 ASCII characters. Add one to every alternative, for example "
     "'Message|contains: ...' beside the regular expression"},
    {"NoLiteralInContext", "{Message|contains: 'flag is set'}", "{Message|re: 'flag is set'}",
     "rule.yaml:24:18: the detection of context 'flag' has no literal: a record that satisfies it "
     "must hold a plain text of at least 7 ASCII characters. Add one to every alternative, for "
     "example 'Message|contains: ...' beside the regular expression"},
    {"NoLiteralInRecovery", "{Message|contains: request accepted}", "{Message|contains: 200 OK}",
     "rule.yaml:52:20: the detection of recovery 'accepted' has no literal: a record that "
     "satisfies it must hold a plain text of at least 7 ASCII characters. Add one to every "
     "alternative, for example 'Message|contains: ...' beside the regular expression"},
    {"RegularExpression", "'^request refused'", "'^request (refused'",
     "rule.yaml:14:17: the regular expression is not valid: missing ): ^request (refused in: "
     "^request (refused"},
    {"ExtractionExpression", "(?P<at>.*)'", "(?P<at>.*'",
     "rule.yaml:29:11: the regular expression is not valid: missing ): request (?P<request>\\w+) "
     "refused at (?P<at>.* in: request (?P<request>\\w+) refused at (?P<at>.*"},
    {"NoNamedGroup", "'accepted (?P<request>\\w+)'", "'accepted (\\w+)'",
     "rule.yaml:53:24: the regular expression has no named group; write (?P<field>...)"},
    {"GroupName", "(?P<flags>\\w+) flag is set'\n      every: true\n      types: {flags:",
     "(?P<Flags>\\w+) flag is set'\n      every: true\n      types: {Flags:",
     "rule.yaml:32:11: 'Flags' cannot name a field; use small letters, digits and '_'"},
    {"GroupHost", "parts: {host: url_host}", "parts: {host: host}",
     "rule.yaml:36:46: 'host' has a meaning of its own; use another name"},
    {"TypeOfNothing", "types: {at: timestamp}", "types: {time: timestamp}",
     "rule.yaml:30:15: 'time' is no named group of the regular expression; known are request, at"},
    {"UnknownType", "types: {at: timestamp}", "types: {at: timestmp}",
     "rule.yaml:30:19: 'timestmp' is no type; known are text, int, hex, flags, timestamp, url, "
     "guid, thumbprint; did you mean 'timestamp'?"},
    {"FlagsWithoutBits", "{type: flags, bits: {0x1: FIRST, 0x2: SECOND}}", "flags",
     "rule.yaml:34:22: the type flags needs 'bits', like {0x1: CERT_REV_FAILED}"},
    {"NotABit", "0x2: SECOND", "0x3: SECOND",
     "rule.yaml:34:55: '0x3' is not one bit; write it like 0x8"},
    {"UnknownPart", "parts: {host:", "parts: {hostname:",
     "rule.yaml:36:40: 'hostname' is no part of a URL; known are scheme, host, port, path, "
     "segment, query"},
    {"UnknownContext", "from: flag\n", "from: flags\n",
     "rule.yaml:31:13: there is no context called 'flags'; did you mean 'flag'?"},
    {"NewestWithEvery", "      every: true\n", "      every: true\n      newest: true\n",
     "rule.yaml:34:15: 'newest' needs 'from' with a context, and no 'every': it says that only the "
     "newest record of the context is read"},
    {"TwoContexts", "- name: forward\n", "- name: flag\n",
     "rule.yaml:25:13: there are two contexts called 'flag'"},
    {"SameWithoutGroup", "re: 'forwarding (?P<request>\\S+)'", "re: 'forwarding (?P<other>\\S+)'",
     "rule.yaml:27:34: the regular expression has no group (?P<request>...)"},
    {"SameFromContext", "same: {field: request, re: 'forwarding (?P<request>",
     "same: {field: flags, re: 'forwarding (?P<flags>",
     "rule.yaml:27:21: the record itself gives no field 'flags' to compare with"},
    {"FieldNobodyExtracts", "fields: [url, request]", "fields: [url, requests]",
     "rule.yaml:16:15: 'fields' shows the field 'requests', which nothing extracts; did you mean "
     "'request'?"},
    {"GroupNobodyExtracts", "group-by: [request]", "group-by: [request, c-pi]",
     "rule.yaml:38:23: 'group-by' uses the field 'c-pi', which nothing extracts; did you mean "
     "'c-ip'?"},
    {"DeriveFromText", "from: since", "from: request",
     "rule.yaml:37:27: 'from' needs a field extracted with the type timestamp; 'request' is none"},
    {"PlaceholderNobodyExtracts", "first flag at {url}", "first flag at {uri}",
     "rule.yaml:42:14: the text uses the field 'uri', which nothing extracts; did you mean 'url'?"},
    {"ConditionNobodyExtracts", "url_host: {present", "url_hots: {present",
     "rule.yaml:40:35: 'when' asks for the field 'url_hots', which nothing extracts; did you mean "
     "'url_host'?"},
    {"UnknownFlag", "{has: FIRST}", "{has: FRIST}",
     "rule.yaml:40:27: 'FRIST' is no flag of the field 'flags'; did you mean 'FIRST'?"},
    {"UnknownCondition", "{has: FIRST}", "{hass: FIRST}",
     "rule.yaml:40:22: unknown key 'hass' in a condition; did you mean 'has'?"},
    {"ComparisonWithText", "{has: FIRST}", "{gte: many}",
     "rule.yaml:40:27: 'gte' of a condition must be a whole number from -2147483648 to 2147483647"},
    {"ComparisonOfFact", "{not: '1'}", "{gte: 1}",
     "rule.yaml:44:29: unknown key 'gte' in a condition"},
    {"EachWithEvery", "every: true\n", "every: true\n      each: true\n",
     "rule.yaml:34:13: 'each' goes with the record itself, without 'from' and 'every'"},
    {"TwoEach", "refused at (?P<at>.*)'\n      types: {at: timestamp}",
     "refused at (?P<at>.*)'\n      types: {at: timestamp}\n      each: true\n    - {re: "
     "'(?P<x>x)', each: "
     "true}",
     "rule.yaml:29:5: only one entry of 'extract' can have 'each'"},
    {"ContextTooFar", "- name: flag\n", "- name: flag\n      within: 2h\n",
     "rule.yaml:24:15: 'within' is at most 1h"},
    {"PercentOfText", "since: timestamp}\n  derive: {lasted: {from: since, to: at}}",
     "since: int}\n  derive: {lasted: {part: request, of: since}}",
     "rule.yaml:37:27: 'part' needs a field extracted with the type int; 'request' is none"},
    {"UnknownSignature", "{not: TEST-FAILURE}", "{not: TEST-FAILURES}",
     "rule.yaml:40:74: no signature is called 'TEST-FAILURES' in the loaded packs; did you mean "
     "'TEST-FAILURE'?"},
    {"UnknownFact", "fact.verbose", "fact.verbos",
     "rule.yaml:44:14: no fact is called 'verbos' in the loaded packs; did you mean 'verbose'?"},
    {"WhenAndOtherwise", "    - otherwise: true\n",
     "    - otherwise: true\n      when: {request: a}\n",
     "rule.yaml:47:7: 'when' and 'otherwise' exclude each other"},
    {"NeitherWhenNorOtherwise", "    - otherwise: true\n      cause: Something",
     "    - cause: Something",
     "rule.yaml:47:7: an entry of diagnosis needs 'when' or 'otherwise: true'"},
    {"OnIsNotInGroup", "extract: [{re: 'accepted (?P<request>\\w+)'}]",
     "extract: [{re: 'accepted (?P<url>\\w+)'}]\n        on: [url]",
     "rule.yaml:54:14: 'on' uses 'url', which is not in group-by"},
    {"OnIsNotExtracted", "'accepted (?P<request>\\w+)'", "'accepted (?P<url>\\w+)'",
     "rule.yaml:51:9: recovery 'accepted' does not extract 'request', which it is compared on"},
    {"RecoveryFromContext", "[{re: 'accepted", "[{from: flag, re: 'accepted",
     "rule.yaml:53:19: a recovery has no context; remove 'from'"},
    {"Quiet", "quiet: 24h", "quiet: soon",
     "rule.yaml:54:12: 'quiet' must be a duration like 24h, or never"},
    {"Suppress", "suppress: 5m", "suppress: 5",
     "rule.yaml:55:13: 'suppress' of x-cmgmon must be a duration: a whole number and ms, s, m, h "
     "or d, like 30s or 24h"},
    {"ExplainsWithoutSame", "  suppress: 5m", "  explains: [{signature: TEST-OTHER, same: []}]",
     "rule.yaml:55:14: an entry of explains needs 'same', the fields in which both agree; else "
     "write only the name"},
    {"ExplainsItself", "  suppress: 5m", "  explains: [TEST-FAILURE]",
     "rule.yaml:1:1: 'explains' of TEST-FAILURE leads back to itself"},
};

INSTANTIATE_TEST_SUITE_P(Rules, LoaderComplaint, testing::ValuesIn(kBadRules),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Loader, NamesStandForOneSignatureInAllPacks) {
  base::Complaints complaints;
  const auto set = load_packs(
      {{{"a/pack.yaml", test::kTestPack}, {"a/rule.yaml", kRule}},
       {{"b/pack.yaml", "pack: b\nversion: 2.0\nformat: cmgmon/pack/1\n"}, {"b/rule.yaml", kRule}}},
      complaints);
  EXPECT_FALSE(set);
  EXPECT_THAT(messages(complaints),
              testing::UnorderedElementsAre(
                  "b/rule.yaml:2:5: the id 6d0f1c1e-6c37-4a0e-9f5b-0c6f5a3c1002 is used twice, "
                  "first in a/rule.yaml:2",
                  "b/rule.yaml:3:7: the name TEST-FAILURE is used twice, first in a/rule.yaml:3",
                  "b/rule.yaml:21:13: the event_id 1500 is used twice, first in a/rule.yaml:21"));
}

TEST(Loader, SaysWhatIsWrongWithAPack) {
  const std::string good = "pack: a\nversion: 1.0\nformat: cmgmon/pack/1\n";
  const struct {
    const char* name;
    std::vector<Pack> packs;
    const char* complaint;
  } rows[] = {
      {"nothing", {{}}, "pack: the pack has no file pack.yaml"},
      {"no pack.yaml", {{{"folder/rule.yaml", ""}}}, "folder: the pack has no file pack.yaml"},
      {"no format",
       {{{"pack.yaml", "pack: a\nversion: 1.0\n"}}},
       "pack.yaml:1:1: the pack has no 'format'"},
      {"other format",
       {{{"pack.yaml", "pack: a\nversion: 1.0\nformat: cmgmon/pack/2\n"}}},
       "pack.yaml:3:9: this program reads 'cmgmon/pack/1', not 'cmgmon/pack/2'"},
      {"twice the same pack",
       {{{"a/pack.yaml", good}}, {{"b/pack.yaml", good}}},
       "b/pack.yaml:1:7: there is a pack 'a' already, in a/pack.yaml"},
      {"service without files",
       {{{"pack.yaml", good + "services:\n  app: {title: App}\n"}}},
       "pack.yaml:5:3: service 'app' has no 'files'"},
      {"service with a folder",
       {{{"pack.yaml", good + "services:\n  app: {files: ['C:\\app.log']}\n"}}},
       "pack.yaml:5:16: 'C:\\app.log' must be a file name; folders go under 'folders'"},
      {"service twice",
       {{{"a/pack.yaml", good + "services: {app: {files: [a]}}\n"}},
        {{"b/pack.yaml",
          "pack: b\nversion: 1.0\nformat: cmgmon/pack/1\nservices: {app: {files: [a]}}\n"}}},
       "b/pack.yaml:4:12: service 'app' is described twice"},
      {"key of a user",
       {{{"pack.yaml", good + "facts:\n  x: {registry: 'HKCU\\Software', value: a}\n"}}},
       "pack.yaml:5:17: the registry key must begin with HKLM\\"},
      {"built-in fact",
       {{{"pack.yaml", good + "facts:\n  host: {registry: 'HKLM\\Software', value: a}\n"}}},
       "pack.yaml:5:3: there is a fact 'host' already"},
      {"two documents",
       {{{"pack.yaml", good + "---\n" + good}}},
       "pack.yaml:5:1: pack.yaml must be one document; rules go into files of their own"},
      {"rule file of nothing",
       {{{"pack.yaml", good}, {"rule.yaml", "# soon\n"}}},
       "rule.yaml: the file holds no rule"},
      {"rule is a list",
       {{{"pack.yaml", good}, {"rule.yaml", "- a\n"}}},
       "rule.yaml:1:1: the rule must be a mapping (key: value)"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    base::Complaints complaints;
    EXPECT_FALSE(load_packs(row.packs, complaints));
    EXPECT_THAT(messages(complaints), ElementsAre(row.complaint));
  }
}

TEST(Loader, ShowsEveryMistakeAtOnce) {
  std::string rule = with("status: stable", "status: final");
  rule.replace(rule.find("event_id: 1500"), 14, "event_id: 15");
  rule += "  unheard_of: 1\n";
  EXPECT_EQ(test::complaints_about(rule).size(), 3U);
}

}  // namespace
}  // namespace cmgmon::signatures
