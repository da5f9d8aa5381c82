#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signatures/field_names.h"
#include "signatures/service_state.h"
#include "support/rules.h"

namespace cmgmon::signatures {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string rule(const std::string& extension, const std::string& head = "") {
  return test::rule_head(1) + head + "x-cmgmon:\n  version: 1\n  event_id: 1501\n" + extension;
}

TEST(AbsenceReader, ReadsEveryPart) {
  const auto set =
      test::rules_from(rule(R"(  absence:
    expect:
      alive: {Message|contains: connection is alive}
      condition: alive
    every: 15m
    grace: 5m
    armed-by: service-running
    while-running: [AGENT]
    stopped-at-most: 4h
    while-open: [TEST-1002]
    per: service
  diagnosis:
    - {when: {service.OTHER: [stopped, FAILED]}, cause: 'It is {silent_for} since {last_heard} in {path}, {log}.'}
    - {when: {service.AGENT: {not: running}}, cause: 'Every {expected_every}.'}
)") + "---\n" + test::rule_head(2) +
                       "x-cmgmon: {version: 1, event_id: 1502, absence: {every: 60s}}\n");
  ASSERT_EQ(set.signatures.size(), 2U);
  const Signature& signature = set.signatures[0];
  ASSERT_TRUE(signature.absence.has_value());
  const Absence& absence = *signature.absence;
  EXPECT_THAT(absence.expect->literals, ElementsAre("connection is alive"));
  EXPECT_EQ(absence.every, std::chrono::minutes(15));
  EXPECT_EQ(absence.grace, std::chrono::minutes(5));
  EXPECT_EQ(absence.armed_by, Absence::ArmedBy::kServiceRunning);
  EXPECT_THAT(absence.while_running, ElementsAre("AGENT"));
  EXPECT_EQ(absence.stopped_at_most, std::chrono::hours(4));
  EXPECT_THAT(absence.while_open, ElementsAre("TEST-1002"));
  EXPECT_FALSE(absence.per_stream);
  EXPECT_THAT(signature.group_by, IsEmpty());
  EXPECT_THAT(signature.detection.literals, IsEmpty());
  ASSERT_EQ(signature.recoveries.size(), 2U);
  EXPECT_EQ(signature.recoveries[0].name, kHeardAgain);
  EXPECT_TRUE(signature.recoveries[0].confirmed);
  EXPECT_EQ(signature.recoveries[1].name, kNoLongerExpected);
  EXPECT_FALSE(signature.recoveries[1].confirmed);
  EXPECT_THAT(services_asked_for(set), ElementsAre("AGENT", "OTHER"));
  EXPECT_EQ(signature.diagnoses[0].when[0].kind, Condition::Kind::kFactEquals);
  EXPECT_EQ(signature.diagnoses[0].when[0].subject, "service.OTHER");

  const Signature& shortest = set.signatures[1];
  EXPECT_FALSE(shortest.absence->expect.has_value());
  EXPECT_EQ(shortest.absence->grace, std::chrono::minutes(10));
  EXPECT_EQ(shortest.absence->armed_by, Absence::ArmedBy::kFirstMatch);
  EXPECT_TRUE(shortest.absence->per_stream);
  EXPECT_EQ(shortest.absence->stopped_at_most, std::nullopt);
  EXPECT_THAT(shortest.group_by, ElementsAre("path"));
  EXPECT_THAT(shortest.recoveries[0].on, ElementsAre("path"));
}

TEST(AbsenceReader, GroupsAsTold) {
  const auto set = test::rules_from(rule("  absence: {every: 1h}\n  group-by: [host]\n"));
  EXPECT_THAT(set.signatures.at(0).group_by, ElementsAre("host"));
  EXPECT_THAT(set.signatures.at(0).recoveries.at(1).on, ElementsAre("host"));
}

struct Bad {
  const char* name;
  const char* extension;
  const char* complaint;
  const char* head = "";
};

TEST(AbsenceReader, SaysWhatIsWrong) {
  const Bad rows[] = {
      {"no every", "  absence: {per: stream}\n", "10:12: absence has no 'every'"},
      {"too often", "  absence: {every: 59s}\n", "10:20: 'every' must be 1m or more"},
      {"no duration", "  absence: {every: often}\n", "10:20: "},
      {"unknown arming", "  absence: {every: 1h, armed-by: hand}\n",
       "10:34: 'armed-by' is none of first-match, service-running, always"},
      {"service without name", "  absence: {every: 1h, armed-by: service-running}\n",
       "10:34: 'armed-by: service-running' needs 'while-running'"},
      {"stopped without name", "  absence: {every: 1h, stopped-at-most: 1h}\n",
       "10:41: 'stopped-at-most' needs 'while-running'"},
      {"unknown per", "  absence: {every: 1h, per: file}\n",
       "10:29: 'per' is none of stream, service"},
      {"unknown key", "  absence: {every: 1h, expected: a}\n",
       "10:24: unknown key 'expected' in absence; did you mean 'expect'?"},
      {"no literal", "  absence: {every: 1h, expect: {Message|contains: short}}\n", "10:"},
      {"itself", "  absence: {every: 1h, while-open: [TEST-1001]}\n",
       "10:36: 'while-open' names the rule itself"},
      {"nobody", "  absence: {every: 1h, while-open: [NOBODY]}\n",
       "10:37: no signature is called 'NOBODY'"},
      {"context", "  absence: {every: 1h}\n  fallback: true\n",
       "11:13: an absence has no 'fallback'"},
      {"recovery",
       "  absence: {every: 1h}\n  clear: {recovery: [{name: a, detection: {Message|contains: "
       "recovered}}]}\n",
       "11:10: an absence ends when"},
      {"both", "  absence: {every: 1h}\n", "7:12: a rule has either 'detection' or an 'absence'",
       "detection: {a: {Message|contains: a literal}, condition: a}\n"},
      {"state", "  absence: {every: 1h}\n  diagnosis: [{when: {service.A: stoped}, cause: a}]\n",
       "11:34: a service is one of unknown, not-installed, stopped, failed, running, never "
       "'stoped'; "
       "did you mean 'stopped'?"},
      {"field", "  absence: {every: 1h}\n  diagnosis: [{otherwise: true, cause: '{silence}'}]\n",
       "11:40: the text uses the field 'silence'"},
      {"neither", "  suppress: 1h\n", "the rule has no 'detection'"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto complaints = test::complaints_about(rule(row.extension, row.head));
    ASSERT_FALSE(complaints.empty());
    std::vector<std::string> texts;
    for (const auto& complaint : complaints) {
      texts.push_back(base::describe(complaint));
    }
    EXPECT_THAT(texts, testing::Contains(testing::HasSubstr(row.complaint)));
  }
}

}  // namespace
}  // namespace cmgmon::signatures
