// How far back a failure may look: 32 records of its thread, 10 s, 64 KiB.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "matches/matcher.h"
#include "support/match_oracle.h"
#include "support/rules.h"

namespace cmgmon::matches {
namespace {

const signatures::SignatureSet& rules() {
  static const signatures::SignatureSet set = test::rules_from(test::rule_head(1) + R"(
detection: {hit: {Message|contains: the failure}, condition: hit}
x-cmgmon:
  version: 1
  event_id: 1001
  context:
    - {name: before, detection: {Message|contains: the context}}
    - name: keyed
      detection: {Message|contains: the request}
      same: {field: id, re: 'request (?P<id>\w+)'}
  extract:
    - {re: 'failure of (?P<id>\w+)'}
    - {from: before, re: 'context (?P<context>\w+)'}
    - {from: keyed, re: 'request \w+ to (?P<target>\w+)'}
)");
  return set;
}

class MatcherLimits : public testing::Test {
 protected:
  MatcherLimits() : plan_(rules(), "app"), matcher_(plan_, {}) {}

  void pass(const std::string& message, const std::string& thread = "1",
            std::uint64_t length = 100) {
    record_.message = message;
    record_.thread = thread;
    record_.length = length;
    record_.with([&](const records::Record& record) {
      matcher_.match(record, "a.log", [&](const Match& match) { matches_.push_back(match); });
    });
    record_.offset += length;
  }
  void fillers(std::size_t count, const std::string& thread, std::uint64_t length = 100) {
    for (std::size_t i = 0; i < count; ++i) {
      pass("healthy", thread, length);
    }
  }
  // Fields of the only match.
  Fields fields() const { return matches_.size() == 1 ? matches_.front().fields : Fields(); }
  bool knows(const char* field) const { return fields().contains(field); }

  Plan plan_;
  Matcher matcher_;
  test::OwnedRecord record_;
  std::vector<Match> matches_;
};

TEST_F(MatcherLimits, TheThirtySecondRecordBackBelongs) {
  pass("the context x");
  fillers(kContextRecords - 1, "1");
  pass("the failure of a");
  EXPECT_EQ(fields().at("context"), "x");
}

TEST_F(MatcherLimits, TheThirtyThirdDoesNot) {
  pass("the context x");
  fillers(kContextRecords, "1");
  pass("the failure of a");
  ASSERT_EQ(matches_.size(), 1U);
  EXPECT_FALSE(knows("context"));
}

TEST_F(MatcherLimits, OtherThreadsDoNotCount) {
  pass("the context x");
  fillers(200, "2");
  fillers(kContextRecords - 1, "1");
  pass("the failure of a");
  EXPECT_EQ(fields().at("context"), "x");
}

TEST_F(MatcherLimits, PlainLinesAreOneThread) {
  record_.format = records::Format::kPlain;
  pass("the context x", "");
  fillers(kContextRecords, "");
  pass("the failure of a", "");
  ASSERT_EQ(matches_.size(), 1U);
  EXPECT_FALSE(knows("context"));
}

TEST_F(MatcherLimits, TenSecondsBelongAndAMillisecondMoreDoesNot) {
  const auto start = base::Time(std::chrono::hours(1000));
  for (const auto& [later, known] : {std::pair(std::chrono::milliseconds(10000), true),
                                     std::pair(std::chrono::milliseconds(10001), false),
                                     std::pair(std::chrono::milliseconds(-10000), true),
                                     std::pair(std::chrono::milliseconds(-10001), false)}) {
    SCOPED_TRACE(later.count());
    matches_.clear();
    matcher_ = Matcher(plan_, {});
    record_.time = start;
    pass("the context x");
    record_.time = start + later;
    pass("the failure of a");
    ASSERT_EQ(matches_.size(), 1U);
    EXPECT_EQ(knows("context"), known);
  }
}

TEST_F(MatcherLimits, WithoutATimeOnlyCountsLimit) {
  record_.time = base::Time(std::chrono::hours(1));
  pass("the context x");
  record_.time.reset();
  pass("the failure of a");
  EXPECT_EQ(fields().at("context"), "x");
}

TEST_F(MatcherLimits, SixtyFourKilobytesBelongAndAByteMoreDoesNot) {
  for (const auto& [bytes, known] :
       {std::pair(kContextBytes - 200, true), std::pair(kContextBytes - 199, false)}) {
    SCOPED_TRACE(bytes);
    matches_.clear();
    matcher_ = Matcher(plan_, {});
    pass("the context x");
    pass("healthy", "2", bytes);
    fillers(1, "2");
    pass("the failure of a");
    ASSERT_EQ(matches_.size(), 1U);
    EXPECT_EQ(knows("context"), known);
  }
}

TEST_F(MatcherLimits, AKeyReachesOverMoreThan32RecordsButNotOver64Kilobytes) {
  pass("the request a to target", "9");
  fillers(300, "9");
  pass("the failure of a", "1");
  EXPECT_EQ(fields().at("target"), "target");
  matches_.clear();
  pass("the request a to target", "9");
  fillers(700, "9");
  pass("the failure of a", "1");
  ASSERT_EQ(matches_.size(), 1U);
  EXPECT_FALSE(knows("target"));
}

TEST_F(MatcherLimits, LongMessagesAreQuotedAndFieldsKeptInPart) {
  const std::string message = "the failure of " + std::string(10000, 'x');
  pass(message);
  ASSERT_EQ(matches_.size(), 1U);
  EXPECT_EQ(matches_[0].evidence.back().message, message.substr(0, kMaxEvidenceBytes));
  EXPECT_EQ(fields().at("id"), std::string(kMaxFieldBytes, 'x'));
}

}  // namespace
}  // namespace cmgmon::matches
