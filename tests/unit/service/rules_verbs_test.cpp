// The verbs of `cmgmon rules` on a pack of their own.

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "service/command_line.h"
#include "support/temp_folder.h"

namespace cmgmon::service {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPack =
    "pack: mine\nversion: 1.0.0\nformat: cmgmon/pack/1\n"
    "services:\n  app: {title: Application, files: [app.log]}\n"
    "  web: {files: ['u_ex*.log']}\n";

constexpr const char* kRule = R"(title: Requests are refused
id: 11111111-2222-4333-8444-555555555501
name: MY-REFUSED
status: stable
level: high
description: The gate refuses requests.
references: [https://example.org/refused]
logsource: {product: mine, service: app}
detection:
  plain:
    Message|contains: request refused
    Message|re: '^request refused by \S+ for \S+$'
  long:
    Message|startswith: ['the request was refused', 'the request is refused']
  filter: {Message|contains: only a drill}
  condition: (plain or long) and not filter
fields: [gate]
x-cmgmon:
  version: 1
  event_id: 1501
  context:
    - {name: flag, detection: {Message|contains: the flag is}}
  extract:
    - {re: 'refused by (?P<gate>\S+)'}
    - {re: 'the flag is (?P<flag>\w+)', from: flag, required: true}
  group-by: [gate]
  diagnosis:
    - {when: {flag: red}, cause: 'The flag of {gate} is red.', resolution: [Paint it., Wait.]}
    - {otherwise: true, cause: 'The colour {flag} of {gate} says nothing.'}
  clear:
    recovery:
      - {name: accepted, detection: {Message|startswith: 'request accepted by '}, extract: [{re: 'by (?P<gate>\S+)'}]}
    quiet: 1h
)";

constexpr const char* kTests = R"(rule: MY-REFUSED
tests:
  - name: refused
    service: app
    lines: [the flag is red, request refused by a for b]
    expect: [{signature: MY-REFUSED, group: {gate: a}}]
  - name: accepted
    service: app
    lines: [request accepted by a]
    expect: []
)";

struct Outcome {
  ExitCode code;
  std::string out;
  std::string err;
};

class Packs {
 public:
  Packs() {
    folder.write("mine/pack.yaml", kPack);
    folder.write("mine/refused.yaml", kRule);
    folder.write("mine/tests/refused.yaml", kTests);
  }
  // `rules` and these arguments, with the pack in force.
  Outcome operator()(std::vector<std::string> arguments, bool colour = false) const {
    arguments.insert(arguments.begin(), "rules");
    arguments.insert(arguments.end(),
                     {"--data", folder.file("data"), "--packs", folder.file("mine")});
    std::ostringstream out;
    std::ostringstream err;
    Console console{out, err};
    console.colour = colour;
    const auto code = run_command_line(arguments, console);
    return {code, out.str(), err.str()};
  }
  void change(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = file.ends_with("tests/refused.yaml") ? kTests : kRule;
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    folder.write(file, text.replace(at, from.size(), to));
  }

  support::TempFolder folder;
};

Poco::JSON::Object::Ptr parsed(const std::string& text) {
  return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
}

TEST(RulesLint, ShowsTheLineAndACaret) {
  const Packs packs;
  packs.change("mine/refused.yaml", "Message|contains: request", "Message|contians: request");
  const auto lint = packs({"lint"});
  EXPECT_EQ(lint.code, ExitCode::kFailure);
  EXPECT_THAT(lint.err, HasSubstr("refused.yaml:11:5: error: unknown modifier 'contians'; did you "
                                  "mean 'contains'?\n"
                                  "   11 |     Message|contians: request refused\n"
                                  "      |     ^\n"));
  EXPECT_THAT(lint.err, HasSubstr("cmgmon: 1 mistake, no warnings\n"));
}

TEST(RulesLint, PointsIntoTheCondition) {
  const Packs packs;
  packs.change("mine/refused.yaml", "(plain or long)", "(plain or logn)");
  EXPECT_THAT(packs({"lint"}).err, HasSubstr("   16 |   condition: (plain or logn) and not filter\n"
                                             "      |                        ^\n"));
}

TEST(RulesLint, ShowsThePlaceOfALongLine) {
  const Packs packs;
  packs.folder.write("mine/second.yaml", "# " + std::string(200, '-') + "\n{a: '" +
                                             std::string(300, 'b') + "', c: [}\n");
  EXPECT_THAT(packs({"lint"}).err, AllOf(HasSubstr("second.yaml:2:"), HasSubstr(" | ...bbbb"),
                                         Not(HasSubstr(std::string(200, 'b')))));
}

TEST(RulesLint, WarnsAndFailsOnlyWhenStrict) {
  const Packs packs;
  packs.folder.write("mine/tests/refused.yaml", "tests:\n  - {name: it, lines: [a], expect: []}\n");
  const auto lint = packs({"lint"});
  EXPECT_EQ(lint.code, ExitCode::kOk);
  EXPECT_THAT(lint.err, AllOf(HasSubstr("refused.yaml:1:1: warning: MY-REFUSED: no test expects"),
                              HasSubstr("MY-REFUSED: no test shows what does not fire it")));
  EXPECT_THAT(lint.out, HasSubstr("1 signature and 1 test in "));
  EXPECT_THAT(lint.out, HasSubstr("no mistakes, 2 warnings.\n"));
  const auto strict = packs({"lint", "--strict"});
  EXPECT_EQ(strict.code, ExitCode::kFailure);
  EXPECT_THAT(strict.err, HasSubstr("cmgmon: no mistakes, 2 warnings\n"));
}

TEST(RulesLint, GivesTheSameAsJson) {
  const Packs packs;
  packs.change("mine/refused.yaml", "event_id: 1501", "event_id: 1401");
  const auto lint = packs({"lint", "--json"});
  EXPECT_EQ(lint.code, ExitCode::kOk);
  EXPECT_EQ(lint.err, "");
  const auto document = parsed(lint.out);
  EXPECT_EQ(document->getValue<std::string>("schema"), "cmgmon/rules-lint/1");
  EXPECT_EQ(document->getValue<int>("errors"), 0);
  EXPECT_EQ(document->getValue<int>("warnings"), 1);
  const auto finding = document->getArray("findings")->getObject(0);
  EXPECT_EQ(finding->getValue<std::string>("severity"), "warning");
  EXPECT_EQ(finding->getValue<int>("line"), 1);
  EXPECT_EQ(finding->getValue<std::string>("text"), "title: Requests are refused");
}

TEST(RulesTest, ColoursTheDifferenceOnATerminal) {
  const Packs packs;
  packs.change("mine/tests/refused.yaml", "group: {gate: a}", "group: {gate: c}");
  const auto plain = packs({"test"});
  EXPECT_EQ(plain.code, ExitCode::kFailure);
  EXPECT_THAT(plain.out, AllOf(HasSubstr("FAILED "), HasSubstr("refused.yaml:3: refused\n"),
                               HasSubstr("\n-   group.gate: c\n+   group.gate: a\n"),
                               HasSubstr("2 tests, 1 failed.\n")));
  const auto colour = packs({"test"}, true);
  EXPECT_THAT(colour.out, HasSubstr("\n\033[31m-   group.gate: c\033[0m\n\033[32m+   group.gate: "
                                    "a\033[0m\n"));
}

TEST(RulesTest, RunsWhatTheFilterChooses) {
  const Packs packs;
  EXPECT_THAT(packs({"test", "--filter", "accept"}).out, HasSubstr("1 tests, 0 failed.\n"));
  const auto none = packs({"test", "--filter", "nothing like it"});
  EXPECT_EQ(none.code, ExitCode::kFailure);
  EXPECT_THAT(none.err, HasSubstr("no test has 'nothing like it'"));
}

TEST(RulesExplain, TellsTheWholeRuleInWords) {
  const Packs packs;
  const auto explain = packs({"explain", "MY-REFUSED"});
  EXPECT_EQ(explain.code, ExitCode::kOk);
  EXPECT_EQ(explain.err, "");
  for (const char* text :
       {"MY-REFUSED  Requests are refused\nhigh, stable; event 1501 when it begins, 2501 when it "
        "is "
        "over; pack mine\n",
        "\nWhat it is\n  The gate refuses requests.\n",
        "\nWhere it looks\n  app.log (Application)\n",
        "  - all of these:\n    - one of these:\n      - [plain] all of these:\n        - Message "
        "contains 'request refused'\n        - Message matches /^request refused by",
        "    - not:\n      - [filter] Message contains 'only a drill'\n",
        "- flag: an earlier record, written by the same thread, among its last 32 records",
        "- gate from the record: /refused by",
        "- flag from the context flag: /the flag is (?P<flag>\\w+)/; without it there is no match",
        "One incident for each gate;",
        "- accepted: a record of app.log (Application) with the same "
        "gate, for which this holds:",
        "- 1 h without it; the alert then says that recovery is not confirmed",
        "- when flag is red: The flag of {gate} is red.\n    1. Paint it.\n    2. Wait.\n",
        "- otherwise: The colour {flag} of {gate} says nothing.",
        "- https://example.org/refused\n"}) {
    EXPECT_THAT(explain.out, HasSubstr(text));
  }
  EXPECT_THAT(packs({"explain", "MY-REFUSE"}).err, HasSubstr("did you mean MY-REFUSED?"));
}

TEST(RulesExplain, TellsACorrelation) {
  const Packs packs;
  packs.folder.write("mine/burst.yaml", R"(title: Many requests are refused
id: 11111111-2222-4333-8444-555555555502
name: MY-BURST
status: stable
level: critical
correlation:
  type: event_count
  rules: [MY-REFUSED]
  group-by: [gate]
  timespan: 10m
  condition: {gte: 5}
  generate: true
x-cmgmon:
  version: 1
  event_id: 1502
  diagnosis: [{otherwise: true, cause: 'Refused by {gate} again and again.'}]
  clear: {quiet: 1h}
)");
  const auto explain = packs({"explain", "1502"});
  EXPECT_EQ(explain.code, ExitCode::kOk) << explain.err;
  EXPECT_THAT(explain.out,
              AllOf(HasSubstr("  Within 10 min and with the same gate, at least 5 matches of "
                              "these:\n  - MY-REFUSED: Requests are refused\n"),
                    HasSubstr("These rules also raise incidents of their own.")));
}

TEST(RulesMatch, SaysWhyRulesFireAndWhyNot) {
  const Packs packs;
  packs.folder.write("app.log",
                     "the flag is red\r\n"
                     "request refused by a for b\r\n"
                     "request refused by a for b\r\n"
                     "the flag is red\r\n"
                     "request refused by a for nobody, only a drill\r\n"
                     "the request was refused\r\n"
                     "request accepted by a\r\n"
                     "something else\r\n");
  const auto match = packs({"match", packs.folder.file("app.log")});
  EXPECT_EQ(match.code, ExitCode::kOk) << match.err;
  for (const char* text :
       {"line 2: request refused by a for b\n  MY-REFUSED: fires, gate=a, seen 1 time\n",
        // The context has been used up by the match before.
        "line 3: request refused by a for b\n  MY-REFUSED: looked, because of 'request refused', "
        "and does not:\n    the context 'flag' does not give what is required; the newest earlier "
        "record that is one stands in line 1, thread -\n",
        "[plain] does not hold: Message matches /^request refused by",
        "[filter] holds and must not: Message contains 'only a drill'\n",
        "line 7: request accepted by a\n  MY-REFUSED, recovery accepted: recovers, gate=a\n",
        "8 records (plain), held against the rules for app; rules looked at 5 of them and "
        "fired "}) {
    EXPECT_THAT(match.out, HasSubstr(text));
  }
  EXPECT_THAT(match.out, Not(HasSubstr("something else")));
  EXPECT_THAT(packs({"match", packs.folder.file("app.log"), "--all"}).out,
              HasSubstr("line 8: something else\n  no rule looks at it"));
  EXPECT_THAT(packs({"match", packs.folder.file("app.log"), "--service", "web"}).out,
              HasSubstr("rules looked at 0 of them"));
  EXPECT_THAT(packs({"match", packs.folder.file("app.log"), "--rule", "MY-REFUSE"}).err,
              HasSubstr("did you mean MY-REFUSED?"));
}

TEST(RulesMatch, GivesTheSameAsJson) {
  const Packs packs;
  packs.folder.write("app.log",
                     "the flag is red\nrequest refused by a for b\nrequest refused by\n");
  const auto match = packs({"match", packs.folder.file("app.log"), "--json"});
  EXPECT_EQ(match.code, ExitCode::kOk);
  const auto document = parsed(match.out);
  EXPECT_EQ(document->getValue<std::string>("schema"), "cmgmon/rules-match/1");
  EXPECT_EQ(document->getValue<int>("records"), 3);
  ASSERT_EQ(document->getArray("lines")->size(), 2U);
  const auto fired = document->getArray("lines")->getObject(0)->getArray("rules")->getObject(0);
  EXPECT_TRUE(fired->getValue<bool>("fired"));
  EXPECT_EQ(fired->getObject("group")->getValue<std::string>("gate"), "a");
  const auto missed = document->getArray("lines")->getObject(1)->getArray("rules")->getObject(0);
  EXPECT_FALSE(missed->getValue<bool>("fired"));
  EXPECT_GT(missed->getArray("reasons")->size(), 0U);
}

TEST(RulesMatch, SaysThatAFileCannotBeRead) {
  const Packs packs;
  const auto match = packs({"match", packs.folder.file("none.log")});
  EXPECT_EQ(match.code, ExitCode::kFailure);
  EXPECT_THAT(match.err, HasSubstr("none.log"));
}

TEST(RulesCoverage, ListsWhatNoTestExercises) {
  const Packs packs;
  const auto coverage = packs({"coverage"});
  EXPECT_EQ(coverage.code, ExitCode::kOk) << coverage.err;
  for (const char* text :
       {"MY-REFUSED is not exercised in\n", "refused.yaml:14: selection long\n",
        "refused.yaml:15: selection filter\n", "alternative Message: the request was refused\n",
        "diagnosis The colour {flag} of {gate} says nothing.\n", "recovery        1 of    1\n",
        "rule            1 of    1\n", "2 tests exercise 4 of 9 parts: 44.4 %.\n"}) {
    EXPECT_THAT(coverage.out, HasSubstr(text));
  }
  EXPECT_THAT(coverage.out, Not(HasSubstr("selection plain")));
  packs.folder.write(
      "mine/tests/more.yaml",
      "tests:\n"
      "  - {name: a, service: app, lines: [the flag is blue, the request was refused by c], "
      "expect: "
      "[{signature: MY-REFUSED}]}\n"
      "  - {name: b, service: app, lines: [the flag is blue, the request is refused by c], expect: "
      "[{signature: MY-REFUSED}]}\n"
      "  - {name: c, service: app, lines: [the request is refused in only a drill], expect: []}\n");
  EXPECT_THAT(packs({"coverage"}).out, HasSubstr("5 tests exercise 9 of 9 parts: 100.0 %.\n"));
}

TEST(RulesCoverage, FailsBelowAPercentage) {
  const Packs packs;
  EXPECT_EQ(packs({"coverage", "--fail-under", "44"}).code, ExitCode::kOk);
  const auto low = packs({"coverage", "--fail-under", "45"});
  EXPECT_EQ(low.code, ExitCode::kFailure);
  EXPECT_THAT(low.err, HasSubstr("coverage is 44.4 %, below 45 %"));
  EXPECT_EQ(packs({"coverage", "--fail-under", "101"}).code, ExitCode::kUsage);
  const auto json = parsed(packs({"coverage", "--json"}).out);
  EXPECT_EQ(json->getValue<std::string>("schema"), "cmgmon/rules-coverage/1");
  EXPECT_EQ(json->getArray("unexercised")->size(), 5U);
}

TEST(RulesDoc, WritesThePagesAndKnowsWhetherTheyAreCurrent) {
  const Packs packs;
  const std::string docs = packs.folder.file("docs");
  packs.folder.write("docs/events.md",
                     "# Events\n<!-- signatures: written by 'cmgmon rules doc' -->\nold\n"
                     "<!-- end of signatures -->\nThe end.\n");
  const auto stale = packs({"doc", "--output", docs, "--check"});
  EXPECT_EQ(stale.code, ExitCode::kFailure);
  EXPECT_THAT(stale.err, AllOf(HasSubstr("signature-reference.md is not what the packs say"),
                               HasSubstr("events.md is not"), HasSubstr("--output " + docs)));
  EXPECT_EQ(packs.folder.read("docs/signature-reference.md"), "");
  EXPECT_EQ(packs({"doc", "--output", docs}).code, ExitCode::kOk);
  EXPECT_EQ(packs.folder.read("docs/events.md"),
            "# Events\n<!-- signatures: written by 'cmgmon rules doc' -->\n\n"
            "| raised | cleared | signature | level | one for each | ends |\n"
            "|---|---|---|---|---|---|\n"
            "| 1501 | 2501 | MY-REFUSED | high | gate | accepted, 1 h without it |\n\n"
            "<!-- end of signatures -->\nThe end.\n");
  const std::string reference = packs.folder.read("docs/signature-reference.md");
  EXPECT_THAT(reference, AllOf(HasSubstr("\n## 1501 MY-REFUSED\n\n**Requests are refused.**\n"),
                               HasSubstr("*When flag is red:* The flag of `{gate}` is red.\n\n"
                                         "1. Paint it.\n2. Wait.\n"),
                               HasSubstr("- **Ends:** accepted, 1 h without it\n")));
  EXPECT_EQ(packs({"doc", "--output", docs, "--check"}).code, ExitCode::kOk);
  EXPECT_EQ(packs({"doc"}).out, reference);
  EXPECT_EQ(packs({"doc", "--check"}).code, ExitCode::kUsage);
}

TEST(RulesDoc, NeedsThePlaceForTheTable) {
  const Packs packs;
  packs.folder.write("docs/events.md", "# Events\n");
  const auto doc = packs({"doc", "--output", packs.folder.file("docs")});
  EXPECT_EQ(doc.code, ExitCode::kFailure);
  EXPECT_THAT(doc.err, HasSubstr("lacks the lines"));
}

}  // namespace
}  // namespace cmgmon::service
