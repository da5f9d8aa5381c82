#include "engine/pack_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/rules.h"

namespace cmgmon::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const signatures::SignatureSet& rules() {
  static const signatures::SignatureSet set = test::rules_from(test::rule_head(1) + R"(
detection: {hit: {Message|contains: the failure}, condition: hit}
x-cmgmon:
  version: 1
  event_id: 1001
  extract: [{re: 'failure of (?P<name>\w+)(?: for (?P<reason>\w+))?'}]
  group-by: [name]
  diagnosis:
    - {when: {fact.verbose: '1'}, cause: 'Verbose, {name}.', resolution: ['Do this.']}
    - {otherwise: true, cause: 'Something about {name}.', level: low}
  clear:
    recovery: [{name: over, detection: {Message|contains: recovery}, extract: [{re: 'recovery of (?P<name>\w+)'}]}]
    quiet: 1h
---
)" + test::rule_head(2, "web") +
                                                               R"(
detection: {hit: {cs-uri-stem: /CCM_STS, sc-status: 403}, condition: hit}
x-cmgmon: {version: 1, event_id: 1002, group-by: [c-ip]}
)");
  return set;
}

base::Result<std::string> no_files(const std::string& path) {
  return base::Error{base::ErrorKind::kNotFound, 0, path + " does not exist", "Check the name."};
}

struct Outcome {
  PackTestReport report;
  std::vector<std::string> complaints;
};

Outcome run(const std::string& yaml, const PackTestReader& read = no_files) {
  Outcome outcome;
  base::Complaints complaints;
  outcome.report = run_pack_tests(rules(), yaml, "tests/a.yaml", read, complaints);
  for (const auto& complaint : complaints) {
    outcome.complaints.push_back(base::describe(complaint));
  }
  return outcome;
}

TEST(PackTest, ThatGetsWhatItExpectsPasses) {
  const struct {
    const char* name;
    const char* test;
  } rows[] = {
      {"ccm", R"(
    service: app
    envelope: ccm
    lines:
      - {at: 5s, thread: 7, message: the failure of a for b}
      - {at: 6s, message: healthy}
    expect: [{signature: TEST-1001, state: firing, level: low, count: 1, event_id: 1001, group: {name: a},
              fields: {name: a, reason: b}, first_seen: '2026-03-01T10:00:05.000Z', cause_contains: about a}]
)"},
      {"site-server", R"(
    service: app
    envelope: site-server
    lines: [{at: 90m, message: the failure of a}]
    expect: [{signature: TEST-1001, first_seen: '2026-03-01T11:30:00.000Z', fields: {reason: null}}]
)"},
      {"plain lines", R"(
    service: app
    lines: [the failure of a, the failure of a, '']
    expect: [{signature: TEST-1001, count: 2, evidence_contains: [the failure]}]
)"},
      {"w3c lines", R"(
    service: web
    envelope: w3c
    fields: date time c-ip cs-uri-stem sc-status
    lines:
      - 2026-03-01 10:00:00 10.0.0.5 /CCM_STS 403
      - {at: 1m, columns: {c-ip: 10.0.0.6, cs-uri-stem: /CCM_STS, sc-status: 403}}
    expect:
      - {signature: TEST-1002, group: {c-ip: 10.0.0.6}, first_seen: '2026-03-01T10:01:00.000Z'}
      - {signature: TEST-1002, group: {c-ip: 10.0.0.5}}
)"},
      {"facts", R"(
    service: app
    facts: {verbose: '1', host: CM01}
    lines: [the failure of a]
    expect: [{signature: TEST-1001, level: high, fields: {host: CM01}, cause_contains: Verbose,
              resolution_contains: [Do this]}]
)"},
      {"recovery", R"(
    service: app
    envelope: ccm
    lines: [{at: 0s, message: the failure of a}, {at: 1m, message: recovery of a}]
    expect: [{signature: TEST-1001, state: cleared, cleared_by: recovery, cleared_at: '2026-03-01T10:01:00.000Z'}]
)"},
      {"time passes", R"(
    service: app
    envelope: ccm
    lines: [{at: 0s, message: the failure of a}]
    advance: 61m
    expect: [{signature: TEST-1001, state: cleared, cleared_by: quiet}]
)"},
      {"several logs, by time", R"(
    inputs:
      - {service: app, envelope: ccm, lines: [{at: 2m, message: recovery of a}]}
      - {service: app, envelope: ccm, lines: [{at: 0s, message: the failure of a}]}
    expect: [{signature: TEST-1001, state: cleared}]
)"},
      {"nothing", R"(
    service: app
    lines: [healthy]
    expect: []
)"},
      {"several moments", R"(
    service: app
    envelope: ccm
    lines: [{at: 1m, message: the failure of a}, {at: 5m, message: recovery of a}]
    checks:
      - {at: 59s, expect: []}
      - {at: 1m, expect: [{signature: TEST-1001, state: firing, first_seen: 1m}]}
      - {at: 4m, expect: [{signature: TEST-1001, state: firing}]}
      - {at: 5m, expect: [{signature: TEST-1001, state: cleared, cleared_at: 5m}]}
)"},
      {"moments beyond the log", R"(
    service: app
    envelope: ccm
    lines: [{at: 0s, message: the failure of a}]
    checks:
      - {at: 59m, expect: [{signature: TEST-1001, state: firing}]}
      - {at: 60m, expect: [{signature: TEST-1001, state: cleared, cleared_by: quiet, cleared_at: 1h}]}
)"},
      {"alerts, the end is held back for two minutes", R"(
    service: app
    envelope: ccm
    lines: [{at: 1m, message: the failure of a}, {at: 2m, message: the failure of a}, {at: 5m, message: recovery of a}]
    advance: 10m
    alerts:
      - {kind: raised, at: 1m, signature: TEST-1001, count: 1, state: firing}
      - {kind: cleared, at: 7m, signature: TEST-1001, count: 2, cleared_at: 5m}
)"},
      {"general and particular expectation", R"(
    service: app
    lines: [the failure of a, the failure of b]
    expect:
      - {signature: TEST-1001}
      - {signature: TEST-1001, group: {name: a}}
)"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto outcome =
        run(std::string("rule: TEST-1001\ntests:\n  - name: it\n") + (row.test + 1));
    EXPECT_THAT(outcome.complaints, IsEmpty());
    ASSERT_EQ(outcome.report.results.size(), 1U);
    EXPECT_TRUE(outcome.report.results[0].passed) << outcome.report.results[0].difference;
  }
}

TEST(PackTest, ThatDoesNotSaysWhatDiffers) {
  const auto test_of = [](const std::string& expect) {
    return "tests:\n  - name: it\n    service: app\n    lines: [the failure of a]\n    expect: " +
           expect + "\n";
  };
  const struct {
    const char* name;
    const char* expect;
    const char* difference;
  } rows[] = {
      {"unexpected", "[]",
       "  incidents at the end:\n+ signature: TEST-1001\n+   state: firing\n+   level: low\n+   "
       "count: 1\n"},
      {"missing", "[{signature: TEST-1001}, {signature: TEST-1002}]",
       "- signature: TEST-1002    (tests/a.yaml:5; nothing like it)\n"},
      {"count and group", "[{signature: TEST-1001, state: firing, count: 2, group: {name: b}}]",
       "  signature: TEST-1001    (tests/a.yaml:5)\n    state: firing\n-   count: 2\n+   count: "
       "1\n-   group.name: b\n+   group.name: a\n"},
      {"absent field", "[{signature: TEST-1001, fields: {reason: x}}]",
       "-   fields.reason: x\n+   fields.reason: (absent)\n"},
      {"present field", "[{signature: TEST-1001, fields: {name: null}}]",
       "-   fields.name: (absent)\n+   fields.name: a\n"},
      {"text", "[{signature: TEST-1001, cause_contains: [Something, nothing]}]",
       "    cause_contains: Something\n-   cause_contains: nothing\n+   cause_contains: Something "
       "about a.\n"},
      {"time", "[{signature: TEST-1001, first_seen: 5s}]",
       "-   first_seen: 5s (2026-03-01T10:00:05.000Z)\n+   first_seen: \n"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto outcome = run(test_of(row.expect));
    EXPECT_THAT(outcome.complaints, IsEmpty());
    ASSERT_EQ(outcome.report.results.size(), 1U);
    EXPECT_FALSE(outcome.report.results[0].passed);
    EXPECT_EQ(outcome.report.results[0].line, 2);
    EXPECT_THAT(outcome.report.results[0].difference, HasSubstr(row.difference));
    EXPECT_THAT(outcome.report.raised, IsEmpty());
  }
}

TEST(PackTest, ComparesAlertsAndMoments) {
  const auto outcome = run(R"(tests:
  - name: it
    service: app
    envelope: ccm
    lines: [{at: 1m, message: the failure of a}]
    checks: [{at: 30s, expect: [{signature: TEST-1001}]}]
    alerts: [{kind: raised, at: 2m, signature: TEST-1001}]
)");
  EXPECT_THAT(outcome.complaints, IsEmpty());
  ASSERT_EQ(outcome.report.results.size(), 1U);
  EXPECT_EQ(outcome.report.results[0].difference,
            "  incidents at 2026-03-01T10:00:30.000Z:\n"
            "- signature: TEST-1001    (tests/a.yaml:6; nothing like it)\n"
            "  alerts:\n"
            "  signature: TEST-1001    (tests/a.yaml:7)\n"
            "    kind: raised\n"
            "-   at: 2m (2026-03-01T10:02:00.000Z)\n"
            "+   at: 2026-03-01T10:01:00.000Z\n");
}

TEST(PackTest, RunsOnlyWhatIsAskedFor) {
  const std::string tests =
      "rule: TEST-1001\ntests:\n"
      "  - {name: one, service: app, lines: [a], expect: []}\n"
      "  - {name: two, service: app, lines: [a], expect: []}\n";
  for (const auto& [filter, count] : std::vector<std::pair<std::string, std::size_t>>{
           {"", 2}, {"TWO", 1}, {"test-10", 2}, {"three", 0}}) {
    SCOPED_TRACE(filter);
    base::Complaints complaints;
    std::size_t begun = 0;
    PackTestOptions options;
    options.filter = filter;
    options.begins = [&](const std::string&) { ++begun; };
    const auto report =
        run_pack_tests(rules(), tests, "tests/a.yaml", no_files, complaints, options);
    EXPECT_EQ(report.results.size(), count);
    EXPECT_EQ(begun, count);
  }
}

TEST(PackTest, ReadsFilesBesideTheTestFile) {
  const auto outcome =
      run("tests:\n  - {name: it, service: app, file: samples/a.log, expect: [{signature: "
          "TEST-1001}]}\n",
          [](const std::string& path) -> base::Result<std::string> {
            EXPECT_THAT(path, testing::AnyOf("tests/samples/a.log", "tests\\samples/a.log"));
            return std::string("the failure of a\r\n");
          });
  EXPECT_THAT(outcome.complaints, IsEmpty());
  ASSERT_EQ(outcome.report.results.size(), 1U);
  EXPECT_TRUE(outcome.report.results[0].passed) << outcome.report.results[0].difference;
  EXPECT_THAT(outcome.report.raised, ElementsAre("TEST-1001"));
}

TEST(PackTest, SaysWhatIsWrongWithATestFile) {
  const std::string test =
      "tests:\n  - name: it\n    service: app\n    lines: [a]\n    expect: []\n";
  const auto with = [&](const std::string& what, const std::string& by) {
    std::string changed = test;
    return changed.replace(changed.find(what), what.size(), by);
  };
  const struct {
    const char* name;
    std::string yaml;
    const char* complaint;
  } rows[] = {
      {"no tests", "rule: TEST-1001\n", "tests/a.yaml:1:1: the test file has no list 'tests'"},
      {"unknown rule", "rule: TEST-101\n" + test,
       "tests/a.yaml:1:7: no signature is called 'TEST-101'; did you mean 'TEST-1001'?"},
      {"unknown key", with("lines:", "line:"),
       "tests/a.yaml:2:5: a log is given by either 'file' or 'lines'"},
      {"no name", with("name: it\n    ", ""), "tests/a.yaml:2:5: a test has no 'name'"},
      {"unknown service", with("app", "apps"),
       "tests/a.yaml:3:14: no log service is called 'apps'"},
      {"both", with("lines: [a]", "lines: [a]\n    file: b"),
       "tests/a.yaml:2:5: a log is given by either 'file' or 'lines'"},
      {"missing file", with("lines: [a]", "file: b.log"), nullptr},
      {"unknown envelope", with("lines: [a]", "lines: [a]\n    envelope: cmm"),
       "tests/a.yaml:5:15: 'envelope' is none of ccm, site-server, w3c, none"},
      {"w3c without columns", with("lines: [a]", "lines: [a]\n    envelope: w3c"),
       "tests/a.yaml:2:5: envelope w3c needs 'fields', the columns as in a #Fields line"},
      {"columns without w3c", with("lines: [a]", "lines: [a]\n    fields: date"),
       "tests/a.yaml:2:5: 'fields' goes with envelope w3c only"},
      {"line without message", with("[a]", "[{at: 5s}]"),
       "tests/a.yaml:4:13: a line has no 'message'"},
      {"bad time", with("[a]", "[{at: soon, message: a}]"),
       "tests/a.yaml:4:18: 'at' of a line must be a duration: a whole number and ms, s, m, h or d, "
       "like 30s or 24h"},
      {"unknown fact", with("    expect", "    facts: {local_adresses: [a]}\n    expect"),
       "tests/a.yaml:5:13: unknown key 'local_adresses' in facts; did you mean 'local_addresses'?"},
      {"no expectation", with("    expect: []\n", ""),
       "tests/a.yaml:2:5: a test needs a list 'expect' (empty: nothing is reported)"},
      {"unknown expectation", with("[]", "[{signature: TEST-1001, colour: red}]"),
       "tests/a.yaml:5:37: unknown key 'colour' in an expected incident"},
      {"checks out of order",
       with("expect: []", "checks: [{at: 2m, expect: []}, {at: 1m, expect: []}]"),
       "tests/a.yaml:5:36: 'checks' must be in the order of time"},
      {"check without time", with("expect: []", "checks: [{expect: []}]"),
       "tests/a.yaml:5:14: a check needs 'at' and 'expect'"},
      {"unknown signature", with("[]", "[{signature: TEST-1003}]"),
       "tests/a.yaml:5:26: no signature is called 'TEST-1003'; did you mean 'TEST-1001'?"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto outcome = run(row.yaml);
    ASSERT_FALSE(outcome.complaints.empty());
    if (row.complaint != nullptr) {
      EXPECT_EQ(outcome.complaints.front(), row.complaint);
    } else {
      EXPECT_THAT(outcome.complaints.front(), HasSubstr("b.log does not exist. Check the name."));
    }
  }
}

}  // namespace
}  // namespace cmgmon::engine
