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
    - {otherwise: true, cause: 'The flag of {gate} is {flag}.'}
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

}  // namespace
}  // namespace cmgmon::service
