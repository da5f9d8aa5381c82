#include "matches/correlator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "correlation_rules.h"

namespace cmgmon::matches {
namespace {

using test::at_ms;
using test::correlation_rule;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;

// One correlator, and what came out of it as text: "CORR-1011 3" is a match with event_count 3.
class CorrelatorTest : public testing::Test {
 protected:
  void load(const std::string& correlations, CorrelatorLimits limits = {}) {
    set_ = test::rules_from(test::correlated_rules() + correlations);
    correlator_ = std::make_unique<Correlator>(set_, limits);
  }
  std::vector<std::string> take(const Match& match, const std::string& stream = "a.log",
                                bool backlog = false) {
    answers_.clear();
    correlator_->take(match, stream, backlog, now_, handler());
    return told();
  }
  std::vector<std::string> fail(int rule, std::int64_t ms, const std::string& server = "s1",
                                const std::string& stream = "a.log") {
    return take(test::match_of(set_, "TEST-" + std::to_string(1000 + rule), at_ms(ms),
                               {{"server", server}}),
                stream);
  }
  std::vector<std::string> heal(int rule, std::int64_t ms, const std::string& server = "s1",
                                const std::string& stream = "a.log") {
    return take(test::recovery_of(set_, "TEST-" + std::to_string(1000 + rule), at_ms(ms),
                                  {{"server", server}}),
                stream);
  }
  Correlator::Handler handler() {
    return [this](const Match& match, const std::string& stream, bool backlog) {
      answers_.push_back(match);
      streams_.push_back(stream);
      backlogs_.push_back(backlog);
    };
  }
  std::vector<std::string> told() const {
    std::vector<std::string> texts;
    for (const auto& answer : answers_) {
      texts.push_back(answer.signature->name +
                      (answer.recovery ? " recovery" : " " + answer.fields.at("event_count")));
    }
    return texts;
  }

  signatures::SignatureSet set_;
  std::unique_ptr<Correlator> correlator_;
  std::vector<Match> answers_;
  std::vector<std::string> streams_;
  std::vector<bool> backlogs_;
  base::Time now_ = at_ms(0) + std::chrono::hours(24);
};

const std::string kThreeInAMinute = correlation_rule(
    11,
    "type: event_count, rules: [TEST-1001], group-by: [server], timespan: 1m, condition: {gte: 3}");
const std::string kBoth = correlation_rule(
    12, "type: temporal, rules: [TEST-1001, TEST-1002], group-by: [server], timespan: 1m");

TEST_F(CorrelatorTest, CountsInASlidingWindowToTheMillisecond) {
  load(kThreeInAMinute);
  EXPECT_THAT(fail(1, 0), IsEmpty());
  EXPECT_THAT(fail(1, 1), IsEmpty());
  EXPECT_THAT(fail(1, kMinute), ElementsAre("CORR-1011 3")) << "exactly a minute is within it";
  load(kThreeInAMinute);
  EXPECT_THAT(fail(1, 0), IsEmpty());
  EXPECT_THAT(fail(1, 1), IsEmpty());
  EXPECT_THAT(fail(1, kMinute + 1), IsEmpty()) << "a millisecond too late";
  EXPECT_THAT(fail(1, kMinute + 1), ElementsAre("CORR-1011 3")) << "the first one has left";
}

TEST_F(CorrelatorTest, GoesOnMatchingWhileTheConditionHolds) {
  load(kThreeInAMinute);
  fail(1, 0);
  fail(1, 10);
  EXPECT_THAT(fail(1, 20), ElementsAre("CORR-1011 3"));
  EXPECT_THAT(fail(1, 30), ElementsAre("CORR-1011 4"));
  EXPECT_THAT(fail(1, 3 * kMinute), IsEmpty());
}

TEST_F(CorrelatorTest, HasNoUseForWhatItIsNotMadeOf) {
  load(kThreeInAMinute);
  const auto take_of = [&](const char* rule) {
    return correlator_->take(test::match_of(set_, rule, at_ms(0), {{"server", "s1"}}), "a.log",
                             false, now_, handler());
  };
  EXPECT_FALSE(take_of("TEST-1002"));
  EXPECT_FALSE(correlator_->awaits(*set_.find("TEST-1001")));
  EXPECT_TRUE(take_of("TEST-1001"));
  EXPECT_TRUE(correlator_->awaits(*set_.find("TEST-1001")));
  EXPECT_TRUE(correlator_->awaits(*set_.find("CORR-1011")));
  EXPECT_FALSE(correlator_->awaits(*set_.find("TEST-1002")));
}

TEST_F(CorrelatorTest, LongValuesHealLikeShortOnes) {
  load(kThreeInAMinute);
  const std::string server(1000, 's');
  heal(1, 10, server, "b.log");
  EXPECT_THAT(fail(1, 5, server), IsEmpty());
  EXPECT_THAT(fail(1, 6, server), IsEmpty());
  EXPECT_THAT(fail(1, 7, server), IsEmpty()) << "healed by what stands in the other log";
  EXPECT_THAT(fail(1, 11, server), IsEmpty());
  EXPECT_THAT(fail(1, 12, server), IsEmpty());
  EXPECT_THAT(fail(1, 13, server), ElementsAre("CORR-1011 3"));
}

TEST_F(CorrelatorTest, GroupsDoNotMix) {
  load(kThreeInAMinute);
  fail(1, 0, "s1");
  fail(1, 1, "s2");
  fail(1, 2, "s1");
  EXPECT_THAT(fail(1, 3, "s2"), IsEmpty());
  EXPECT_THAT(fail(1, 4, "s1"), ElementsAre("CORR-1011 3"));
  EXPECT_EQ(answers_.at(0).fields.at("server"), "s1");
}

TEST_F(CorrelatorTest, AGroupWithoutAValueIsAGroup) {
  load(kThreeInAMinute);
  const auto unknown = [&](std::int64_t ms) {
    return take(test::match_of(set_, "TEST-1001", at_ms(ms), {}));
  };
  unknown(0);
  unknown(1);
  EXPECT_THAT(fail(1, 2, ""), IsEmpty()) << "an empty value is not an absent one";
  EXPECT_THAT(unknown(3), ElementsAre("CORR-1011 3"));
  EXPECT_FALSE(answers_.at(0).fields.contains("server"));
}

TEST_F(CorrelatorTest, ALateEventCountsInTheWindowItBelongsTo) {
  load(kThreeInAMinute);
  fail(1, 0);
  fail(1, 90 * kSecond);
  EXPECT_THAT(fail(1, 40 * kSecond), IsEmpty()) << "two and two are within a minute";
  EXPECT_THAT(fail(1, 50 * kSecond), ElementsAre("CORR-1011 3"));
  EXPECT_EQ(answers_.at(0).time, at_ms(90 * kSecond)) << "40, 50 and 90 s: the newest window";
}

TEST_F(CorrelatorTest, ATooLateEventOfAnotherLogIsLeftOutAndCounted) {
  load(kThreeInAMinute);
  fail(1, 10 * kMinute);
  fail(1, 10 * kMinute);
  EXPECT_THAT(fail(1, 7 * kMinute - 1, "s1", "b.log"), IsEmpty());
  EXPECT_EQ(correlator_->counters().late_events, 1U);
  EXPECT_THAT(fail(1, 7 * kMinute, "s1", "b.log"), IsEmpty()) << "kept, a minute before the rest";
  EXPECT_EQ(correlator_->counters().late_events, 1U);
  EXPECT_THAT(fail(1, 10 * kMinute), ElementsAre("CORR-1011 3"));
}

TEST_F(CorrelatorTest, AClockSetBackStartsTheGroupAnew) {
  struct Row {
    const char* name;
    std::int64_t jump;
    const char* stream;
    base::Time now;
  };
  const std::int64_t day = 24 * 60 * kMinute;
  for (const Row& row :
       {Row{"an hour in one log, as in a DST fold", 60 * kMinute, "a.log", now_},
        Row{"twenty years in one log", 20 * 365 * day, "a.log", now_},
        Row{"twenty years, and another log goes on", 20 * 365 * day, "b.log", now_}}) {
    SCOPED_TRACE(row.name);
    load(kThreeInAMinute);
    now_ = at_ms(row.jump);
    fail(1, row.jump);
    fail(1, row.jump + 1);
    now_ = at_ms(0);
    EXPECT_THAT(fail(1, 0, "s1", row.stream), IsEmpty());
    EXPECT_THAT(fail(1, 1, "s1", row.stream), IsEmpty());
    EXPECT_THAT(fail(1, 2, "s1", row.stream), ElementsAre("CORR-1011 3")) << "not stuck";
    EXPECT_EQ(correlator_->counters().late_events, 0U);
  }
}

TEST_F(CorrelatorTest, AClockThatJumpsAheadMakesNoStorm) {
  load(kThreeInAMinute);
  fail(1, 0);
  fail(1, 1);
  EXPECT_THAT(fail(1, 60 * kMinute), IsEmpty());
  EXPECT_THAT(fail(1, 60 * kMinute + 1), IsEmpty());
}

TEST_F(CorrelatorTest, RecordsWithoutATimeCountAsOfNow) {
  load(kThreeInAMinute);
  const auto timeless = [&] {
    return take(test::match_of(set_, "TEST-1001", std::nullopt, {{"server", "s1"}}));
  };
  timeless();
  now_ += std::chrono::seconds(30);
  timeless();
  now_ += std::chrono::seconds(31);
  EXPECT_THAT(timeless(), IsEmpty());
  now_ += std::chrono::seconds(1);
  EXPECT_THAT(timeless(), ElementsAre("CORR-1011 3"));
  EXPECT_EQ(answers_.at(0).time, std::nullopt);
}

TEST_F(CorrelatorTest, CountsDifferentValues) {
  load(correlation_rule(11,
                        "type: value_count, rules: [TEST-1001, TEST-1002], group-by: [server], "
                        "timespan: 1m, condition: {field: client, gt: 1}"));
  const auto seen = [&](std::int64_t ms, const char* rule, const char* client) {
    return take(test::match_of(set_, rule, at_ms(ms), {{"server", "s1"}, {"client", client}}));
  };
  EXPECT_THAT(seen(0, "TEST-1001", "c1"), IsEmpty());
  EXPECT_THAT(seen(1, "TEST-1002", "c1"), IsEmpty());
  EXPECT_THAT(fail(1, 2), IsEmpty()) << "no value, nothing to count";
  EXPECT_THAT(seen(3, "TEST-1001", "c2"), ElementsAre("CORR-1011 3"));
  EXPECT_EQ(answers_.at(0).fields.at("value_count"), "2");
  EXPECT_THAT(seen(kMinute + 4, "TEST-1001", "c3"), IsEmpty()) << "all others are gone";
}

TEST_F(CorrelatorTest, AnUpperBoundEndsTheMatching) {
  load(correlation_rule(11,
                        "type: event_count, rules: [TEST-1001], timespan: 1m, "
                        "condition: {gte: 2, lte: 3, neq: 0}"));
  EXPECT_THAT(fail(1, 0), IsEmpty());
  EXPECT_THAT(fail(1, 1), ElementsAre("CORR-1011 2"));
  EXPECT_THAT(fail(1, 2), ElementsAre("CORR-1011 3"));
  EXPECT_THAT(fail(1, 3), IsEmpty());
}

TEST_F(CorrelatorTest, TemporalWantsAllRulesInAnyOrder) {
  load(kBoth);
  EXPECT_THAT(fail(2, 0), IsEmpty());
  EXPECT_THAT(fail(2, 1), IsEmpty());
  EXPECT_THAT(fail(1, 2, "s2"), IsEmpty());
  EXPECT_THAT(fail(1, 3, "s1", "b.log"), ElementsAre("CORR-1012 3"));
  EXPECT_EQ(streams_.back(), "b.log");
}

TEST_F(CorrelatorTest, OrderedWantsThemOneAfterTheOther) {
  load(correlation_rule(12,
                        "type: temporal_ordered, rules: [TEST-1001, TEST-1002, TEST-1003], "
                        "group-by: [server], timespan: 1m"));
  struct Row {
    const char* name;
    std::vector<std::pair<int, std::int64_t>> events;
    bool want;
  };
  const std::vector<Row> rows = {
      {"in order", {{1, 0}, {2, 10}, {3, 20}}, true},
      {"out of order", {{2, 0}, {1, 10}, {3, 20}}, false},
      {"arrived out of order", {{3, 20}, {2, 10}, {1, 0}}, true},
      {"ties by arrival", {{1, 5}, {2, 5}, {3, 5}}, true},
      {"ties arrived in the wrong order", {{1, 5}, {3, 5}, {2, 5}}, false},
      {"others in between", {{1, 0}, {3, 5}, {2, 10}, {1, 15}, {3, 20}}, true},
      {"the first is a millisecond too old", {{1, 0}, {2, 10}, {3, kMinute + 1}}, false},
      {"a newer first one", {{1, 0}, {1, 1}, {2, 10}, {3, kMinute + 1}}, true},
      {"the newer first one comes after the second",
       {{1, 0}, {2, 10}, {1, 11}, {3, kMinute + 1}},
       false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    correlator_ = std::make_unique<Correlator>(set_);
    std::vector<std::string> last;
    for (const auto& [rule, ms] : row.events) {
      EXPECT_THAT(last, IsEmpty());
      last = fail(rule, ms);
    }
    EXPECT_EQ(!last.empty(), row.want);
  }
}

TEST_F(CorrelatorTest, AliasesNameWhatTheRulesCallDifferently) {
  load(correlation_rule(11,
                        "type: temporal, rules: [TEST-1001, TEST-1002], group-by: [who], "
                        "timespan: 1m, aliases: {who: {TEST-1001: server, TEST-1002: client}}"));
  take(test::match_of(set_, "TEST-1001", at_ms(0), {{"server", "x"}, {"client", "y"}}));
  EXPECT_THAT(take(test::match_of(set_, "TEST-1002", at_ms(1), {{"server", "x"}, {"client", "z"}})),
              IsEmpty());
  EXPECT_THAT(take(test::match_of(set_, "TEST-1002", at_ms(2), {{"server", "z"}, {"client", "x"}})),
              ElementsAre("CORR-1011 2"));
  EXPECT_EQ(answers_.at(0).fields.at("who"), "x");
  EXPECT_EQ(answers_.at(0).fields.at("server"), "z") << "of the newest match";
}

TEST_F(CorrelatorTest, TellsFieldsOfEveryRuleAndTheNewestWins) {
  load(kBoth);
  take(test::match_of(set_, "TEST-1001", at_ms(0),
                      {{"server", "s1"}, {"code", "1"}, {"client", "c"}}));
  take(test::match_of(set_, "TEST-1002", at_ms(1), {{"server", "s1"}, {"code", "2"}}));
  EXPECT_EQ(answers_.at(0).fields,
            (Fields{{"server", "s1"}, {"client", "c"}, {"code", "2"}, {"event_count", "2"}}));
  EXPECT_EQ(answers_.at(0).time, at_ms(1));
}

TEST_F(CorrelatorTest, QuotesTheFirstAndTheNewestOnce) {
  load(kThreeInAMinute);
  const auto quoted = [&](std::int64_t ms, const char* message) {
    take(test::match_of(set_, "TEST-1001", at_ms(ms), {{"server", "s1"}}, message));
    std::vector<std::string> messages;
    for (const auto& answer : answers_) {
      for (const auto& evidence : answer.evidence) {
        messages.push_back(evidence.message);
      }
    }
    return messages;
  };
  quoted(0, "first");
  quoted(1, "second");
  EXPECT_THAT(quoted(2, "third"), ElementsAre("first", "third"));
  EXPECT_THAT(quoted(3, "fourth"), ElementsAre("fourth"));
}

TEST_F(CorrelatorTest, WhatIsHealedDoesNotCount) {
  load(kBoth);
  fail(1, 0);
  heal(1, 1);
  EXPECT_THAT(fail(2, 2), IsEmpty()) << "one of them has worked in between";
  EXPECT_THAT(fail(1, 3), ElementsAre("CORR-1012 2"));
  heal(2, 4, "S1");
  EXPECT_THAT(fail(1, 5), IsEmpty()) << "letter case of what is compared does not count";
  EXPECT_THAT(fail(2, 6, "s1"), ElementsAre("CORR-1012 3"));
  heal(1, 7, "s2");
  EXPECT_THAT(fail(2, 8), ElementsAre("CORR-1012 4")) << "another group";
}

TEST_F(CorrelatorTest, BetweenLogsTheTimesTellWhatIsHealed) {
  load(kBoth);
  fail(1, 10);
  heal(1, 9, "s1", "b.log");
  EXPECT_THAT(fail(2, 11), ElementsAre("CORR-1012 2")) << "the recovery is older";
  heal(1, 20, "s1", "b.log");
  EXPECT_THAT(fail(1, 19), IsEmpty()) << "read late, healed already";
  EXPECT_THAT(fail(1, 20), ElementsAre("CORR-1012 2")) << "not before the recovery";
  heal(1, 30);
  EXPECT_THAT(fail(1, 29), ElementsAre("CORR-1012 2")) << "in one log the order tells";
}

TEST_F(CorrelatorTest, ItsOwnRecoveryEmptiesTheWindowsAndIsPassedOn) {
  load(correlation_rule(
      12, "type: temporal, rules: [TEST-1001, TEST-1002], group-by: [server], timespan: 1m",
      "  clear: {recovery: [{name: up, service: app, detection: {Message|contains: "
      "it is up again}, extract: [{re: '(?P<server>x)'}]}]}\n"));
  fail(1, 0);
  EXPECT_THAT(take(test::recovery_of(set_, "CORR-1012", at_ms(1), {{"server", "s1"}})),
              ElementsAre("CORR-1012 recovery"));
  EXPECT_THAT(fail(2, 2), IsEmpty());
  EXPECT_THAT(heal(1, 3), IsEmpty()) << "recoveries of rules are not its business to tell";
}

TEST_F(CorrelatorTest, CorrelatesCorrelations) {
  load(kBoth + correlation_rule(13,
                                "type: event_count, rules: [CORR-1012], group-by: [server], "
                                "timespan: 10m, condition: {gte: 2}"));
  fail(1, 0);
  EXPECT_THAT(fail(2, 1), ElementsAre("CORR-1012 2"));
  EXPECT_THAT(fail(1, 5 * kMinute), IsEmpty());
  EXPECT_THAT(fail(2, 5 * kMinute), ElementsAre("CORR-1012 2", "CORR-1013 2"));
}

TEST_F(CorrelatorTest, HeldMatchesAreTakenInTheOrderOfTime) {
  load(kBoth);
  correlator_->hold();
  EXPECT_THAT(take(test::match_of(set_, "TEST-1001", at_ms(0), {{"server", "s1"}}), "a.log", true),
              IsEmpty());
  fail(1, 60 * kMinute);
  fail(2, kMinute, "s1", "b.log");
  heal(2, kMinute + 1, "s1", "b.log");
  fail(2, 60 * kMinute - 1, "s1", "b.log");
  answers_.clear();
  correlator_->release(now_, handler());
  EXPECT_THAT(told(), ElementsAre("CORR-1012 2", "CORR-1012 2"));
  EXPECT_EQ(answers_.at(0).time, at_ms(kMinute));
  EXPECT_EQ(answers_.at(1).time, at_ms(60 * kMinute));
  EXPECT_THAT(fail(2, 60 * kMinute), ElementsAre("CORR-1012 3")) << "nothing is held any more";
}

TEST_F(CorrelatorTest, WhatIsHeldIsBounded) {
  for (const bool by_bytes : {false, true}) {
    SCOPED_TRACE(by_bytes ? "by bytes" : "by number");
    CorrelatorLimits limits;
    (by_bytes ? limits.max_held_bytes : limits.max_held) = by_bytes ? 60000 : 100;
    load(kThreeInAMinute, limits);
    correlator_->hold();
    for (int i = 0; i < 10000; ++i) {
      heal(1, i);
    }
    EXPECT_THAT(told(), IsEmpty());
    fail(1, 20000);
    for (int i = 0; i < 400; ++i) {
      fail(1, 20001 + i);
    }
    EXPECT_NE(correlator_->groups(), 0U) << "the oldest have been taken";
    answers_.clear();
    correlator_->release(now_, handler());
    EXPECT_EQ(told().back(), "CORR-1011 401") << "none was lost";
  }
}

TEST_F(CorrelatorTest, GroupsWithoutEndStayInBounds) {
  CorrelatorLimits limits;
  limits.max_groups = 1000;
  limits.max_bytes = 500000;
  load(kThreeInAMinute, limits);
  for (int i = 0; i < 100000; ++i) {
    fail(1, i, "server" + std::to_string(i));
  }
  EXPECT_LE(correlator_->groups(), limits.max_groups);
  EXPECT_LE(correlator_->bytes(), limits.max_bytes);
  EXPECT_EQ(correlator_->counters().dropped_groups, 100000 - correlator_->groups());
  fail(1, 100001, "server99999");
  EXPECT_THAT(fail(1, 100002, "server99999"), ElementsAre("CORR-1011 3")) << "the newest are kept";
}

TEST_F(CorrelatorTest, AGroupThatMatchesEveryLineStaysInBounds) {
  CorrelatorLimits limits;
  limits.max_events = 50;
  load(kThreeInAMinute, limits);
  for (int i = 0; i < 1000; ++i) {
    fail(1, i);
  }
  EXPECT_THAT(told(), ElementsAre("CORR-1011 50"));
  EXPECT_EQ(correlator_->counters().dropped_events, 950U);
}

TEST_F(CorrelatorTest, WhatIsSavedGoesOnElsewhere) {
  load(kBoth);
  fail(1, 0);
  heal(1, 5, "s2", "b.log");
  const auto saved = correlator_->save();
  correlator_ = std::make_unique<Correlator>(set_);
  ASSERT_TRUE(correlator_->load(saved).has_value());
  EXPECT_EQ(correlator_->save(), saved);
  EXPECT_THAT(fail(1, 4, "s2"), IsEmpty()) << "healed already";
  EXPECT_THAT(fail(2, 6, "s2"), IsEmpty());
  EXPECT_THAT(fail(2, 6), ElementsAre("CORR-1012 2"));
}

TEST_F(CorrelatorTest, DamagedStateIsRefusedAndRemovedRulesAreForgotten) {
  load(kThreeInAMinute + kBoth);
  fail(1, 0);
  correlator_->hold();
  fail(1, 1);
  heal(1, 2);
  const auto saved = correlator_->save();
  for (std::size_t cut = 0; cut < saved.size(); ++cut) {
    EXPECT_FALSE(correlator_->load(saved.substr(0, cut)).has_value());
  }
  EXPECT_EQ(correlator_->groups(), 0U);
  load(kBoth);
  ASSERT_TRUE(correlator_->load(saved).has_value());
  EXPECT_EQ(correlator_->groups(), 1U);
  load("");
  ASSERT_TRUE(correlator_->load(saved).has_value());
  EXPECT_EQ(correlator_->groups(), 0U);
}

}  // namespace
}  // namespace cmgmon::matches
