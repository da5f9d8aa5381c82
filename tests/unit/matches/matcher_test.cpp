#include "matches/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <random>

#include "records/framer.h"
#include "support/match_oracle.h"
#include "support/rules.h"

namespace cmgmon::test {

void PrintTo(const FoundMatch& match, std::ostream* out) {
  *out << "record " << match.record << " " << match.what << " "
       << testing::PrintToString(match.fields) << testing::PrintToString(match.evidence);
}

}  // namespace cmgmon::test

namespace cmgmon::matches {
namespace {

using test::FoundMatch;
using test::OwnedRecord;
using testing::ElementsAre;
using testing::IsEmpty;

// Two failures with shared and own contexts, a fallback, recoveries.
const signatures::SignatureSet& rules() {
  static const signatures::SignatureSet set = test::rules_from(test::rule_head(1) + R"(
detection:
  hit: {Message|contains: failed alpha}
  filter: {Message|contains: harmless}
  condition: hit and not filter
x-cmgmon:
  version: 1
  event_id: 1001
  context:
    - {name: flag, detection: {Message|contains: flag is set}}
    - name: request
      detection: {Message|startswith: 'forwarding '}
      same: {field: id, re: '^forwarding (?P<id>\w+)'}
  extract:
    - {re: 'request (?P<id>\w+)'}
    - from: flag
      every: true
      re: '(?P<flags>\w+) flag is set'
      types: {flags: {type: flags, bits: {0x1: RED, 0x2: GREEN, 0x4: BLUE}}}
    - {from: request, re: 'to (?P<target>\w+)'}
    - {re: 'at (?P<target>\w+)'}
  group-by: [target]
  clear:
    recovery:
      - {name: answered, detection: {Message|contains: answered}, extract: [{re: 'answered by (?P<target>\w+)'}]}
---
)" + test::rule_head(2) + R"(
detection: {hit: [{Message|contains: failed beta}, {Message|endswith: both failed}], condition: hit}
x-cmgmon:
  version: 1
  event_id: 1002
  context:
    - {name: flag, detection: {Message|contains: flag is set}}
  extract:
    - {from: flag, re: '^(?P<word>\w+)'}
    - {re: 'request (?P<id>\w+)', required: true}
  clear:
    recovery:
      - {name: over, detection: {Message|contains: all is well}, on: []}
---
)" + test::rule_head(3) + R"(
detection: {hit: {Message|contains: both failed}, condition: hit}
x-cmgmon: {version: 1, event_id: 1003, fallback: true}
---
)" + test::rule_head(4) + R"(
detection: {hit: {Message|contains: failed gamma}, condition: hit}
x-cmgmon:
  version: 1
  event_id: 1004
  context:
    - {name: flag, detection: {Message|contains: flag is set}}
  extract:
    - {re: 'gamma (?P<colour>grey)'}
    - {from: flag, newest: true, required: true, re: '^(?P<colour>red|green)'}
)");
  return set;
}

FoundMatch shown(std::size_t record, const Match& match) {
  FoundMatch found{record, match.signature->name, match.fields, {}};
  if (match.recovery != nullptr) {
    found.what += "/" + match.recovery->name;
  }
  for (const auto& evidence : match.evidence) {
    found.evidence.push_back(evidence.offset);
  }
  return found;
}

std::vector<FoundMatch> match_all(const signatures::SignatureSet& set,
                                  const std::vector<OwnedRecord>& records,
                                  std::size_t reload_every = 0) {
  const Plan plan(set, "app");
  Matcher matcher(plan, {});
  std::vector<FoundMatch> found;
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].with([&](const records::Record& record) {
      matcher.match(record, "a.log", [&](const Match& match) { found.push_back(shown(i, match)); });
    });
    if (reload_every != 0 && i % reload_every == 0) {
      const std::string saved = matcher.save();
      matcher = Matcher(plan, {});
      EXPECT_TRUE(matcher.load(saved));
    }
  }
  return found;
}

// Records of 100 bytes, one after the other.
std::vector<OwnedRecord> log(std::initializer_list<const char*> messages) {
  std::vector<OwnedRecord> records;
  for (const auto* message : messages) {
    OwnedRecord record;
    record.message = message;
    record.offset = records.size() * 100;
    record.length = 100;
    records.push_back(record);
  }
  return records;
}

std::vector<std::string> summary(const std::vector<FoundMatch>& found) {
  std::vector<std::string> lines;
  for (const auto& match : found) {
    std::string line = std::to_string(match.record) + " " + match.what;
    for (const auto& [name, value] : match.fields) {
      line += " " + name + "=" + value;
    }
    line += " <-";
    for (const auto offset : match.evidence) {
      line += " " + std::to_string(offset / 100);
    }
    lines.push_back(line);
  }
  return lines;
}

TEST(Matcher, TakesContextOnceAndEvidenceInOrder) {
  EXPECT_THAT(summary(match_all(
                  rules(), log({"Red flag is set", "forwarding r1 to mp", "blue flag is set",
                                "failed alpha, request r1", "failed alpha, request r1 at home"}))),
              ElementsAre("3 TEST-1001 flags=RED|BLUE id=r1 target=mp <- 0 1 2 3",
                          "4 TEST-1001 id=r1 target=home <- 4"));
}

TEST(Matcher, UnusedOlderContextIsConsumedToo) {
  // Without `every` the newest tells; the older one must not speak for the next failure.
  EXPECT_THAT(summary(match_all(rules(), log({"old flag is set", "new flag is set",
                                              "failed beta request 1", "failed beta request 2"}))),
              ElementsAre("2 TEST-1002 id=1 word=new <- 1 2", "3 TEST-1002 id=2 <- 3"));
}

TEST(Matcher, NewestMeansThatAnOlderRecordTellsNothing) {
  EXPECT_THAT(summary(match_all(rules(), log({"red flag is set", "green flag is set",
                                              "failed gamma", "red flag is set", "blue flag is set",
                                              "failed gamma", "failed gamma"}))),
              ElementsAre("2 TEST-1004 colour=green <- 1 2"));
}

TEST(Matcher, WhatIsRequiredMayHaveBeenToldBefore) {
  EXPECT_THAT(summary(match_all(rules(), log({"failed gamma grey", "red flag is set",
                                              "failed gamma grey", "failed gamma"}))),
              ElementsAre("0 TEST-1004 colour=grey <- 0", "2 TEST-1004 colour=grey <- 1 2"));
}

TEST(Matcher, TwoFailuresInOneRecordShareTheirContext) {
  EXPECT_THAT(
      summary(match_all(rules(), log({"red flag is set", "failed alpha, failed beta, request 1"}))),
      ElementsAre("1 TEST-1001 flags=RED id=1 <- 0 1", "1 TEST-1002 id=1 word=red <- 0 1"));
}

TEST(Matcher, RecordThatIsFailureAndContextIsContextForTheNext) {
  EXPECT_THAT(summary(match_all(rules(), log({"red flag is set failed beta request 1",
                                              "failed beta request 2"}))),
              ElementsAre("0 TEST-1002 id=1 <- 0", "1 TEST-1002 id=2 word=red <- 0 1"));
}

TEST(Matcher, WithoutARequiredFieldThereIsNoMatchAndNothingIsConsumed) {
  EXPECT_THAT(
      summary(match_all(rules(), log({"red flag is set", "failed beta", "failed beta request 2"}))),
      ElementsAre("2 TEST-1002 id=2 word=red <- 0 2"));
}

TEST(Matcher, FallbackOnlyTakesWhatNobodyTook) {
  EXPECT_THAT(summary(match_all(rules(), log({"request 1: both failed", "request: both failed"}))),
              ElementsAre("0 TEST-1002 id=1 <- 0", "1 TEST-1003 <- 1"));
}

TEST(Matcher, FailureComesBeforeRecoveryOfTheSameRecord) {
  EXPECT_THAT(
      summary(match_all(rules(), log({"answered by mp, all is well, failed beta request 1"}))),
      ElementsAre("0 TEST-1002 id=1 <- 0", "0 TEST-1001/answered target=mp <- 0",
                  "0 TEST-1002/over <- 0"));
}

TEST(Matcher, RecoveryThatDoesNotSayOfWhatIsNone) {
  EXPECT_THAT(match_all(rules(), log({"answered"})), IsEmpty());
}

TEST(Matcher, FiltersHold) {
  EXPECT_THAT(match_all(rules(), log({"failed alpha, but harmless"})), IsEmpty());
}

TEST(Matcher, BaseFieldsAreInEveryMatch) {
  const Plan plan(rules(), "app");
  Matcher matcher(plan, {{"host", "CM01"}});
  std::vector<Fields> fields;
  for (const auto& record : log({"failed beta request 1", "all is well"})) {
    record.with([&](const auto& view) {
      matcher.match(view, "a.log", [&](const Match& match) { fields.push_back(match.fields); });
    });
  }
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0].at("host"), "CM01");
  EXPECT_EQ(fields[1].at("host"), "CM01");
}

TEST(Matcher, OnlyTheSignaturesOfTheServiceApply) {
  const auto records = log({"failed beta request 1", "all is well"});
  const Plan web(rules(), "web");
  Matcher matcher(web, {});
  for (const auto& record : records) {
    record.with([&](const auto& view) {
      matcher.match(view, "a.log", [](const Match&) { ADD_FAILURE(); });
    });
  }
  const Plan every(rules(), "");
  Matcher all(every, {});
  int found = 0;
  for (const auto& record : records) {
    record.with(
        [&](const auto& view) { all.match(view, "a.log", [&](const Match&) { ++found; }); });
  }
  EXPECT_EQ(found, 2);
}

TEST(Matcher, GuidsConnectWhateverTheirSpelling) {
  const auto set = test::rules_from(test::rule_head(1) + R"(
detection: {hit: {Message|contains: response}, condition: hit}
x-cmgmon:
  version: 1
  event_id: 1001
  context:
    - name: request
      detection: {Message|contains: request}
      same: {field: id, re: 'request (?P<id>\S+)'}
  extract:
    - {re: 'response (?P<id>\S+)', types: {id: guid}}
    - {from: request, re: 'to (?P<target>\w+)'}
)");
  const auto found = match_all(set, log({"request {3087BD34-B82C-4950-B972-E82BB0FB8385} to mp",
                                         "response 3087bd34-b82c-4950-b972-e82bb0fb8385"}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].fields.at("target"), "mp");
}

TEST(Matcher, LoadRefusesDamage) {
  const Plan plan(rules(), "app");
  Matcher matcher(plan, {});
  const auto records = log({"red flag is set"});
  records[0].with([&](const auto& record) { matcher.match(record, "a.log", [](const Match&) {}); });
  std::string saved = matcher.save();
  saved.pop_back();
  EXPECT_FALSE(Matcher(plan, {}).load(saved));
  EXPECT_FALSE(Matcher(plan, {}).load(""));
}

// --- against the oracle ----------------------------------------------------------------------------------------------

class RandomLog {
 public:
  explicit RandomLog(unsigned seed) : random_(seed) {}

  // Only a few texts, in records that differ in whatever else they say.
  std::vector<OwnedRecord> storm(std::size_t count) {
    std::vector<std::string> texts;
    for (int i = 0; i < 5; ++i) {
      texts.push_back(fragment() + fragment());
    }
    texts.emplace_back("failed alpha request r1");
    texts.emplace_back("red flag is set ");
    std::vector<OwnedRecord> list = records(count);
    for (auto& record : list) {
      record.message = texts[static_cast<std::size_t>(number(6))];
      record.component = number(3) == 0 ? "other" : "test";
    }
    return list;
  }
  std::vector<OwnedRecord> records(std::size_t count) {
    std::vector<OwnedRecord> list;
    std::uint64_t offset = 0;
    base::Time time{std::chrono::hours(500000)};
    for (std::size_t i = 0; i < count; ++i) {
      OwnedRecord record;
      for (int parts = 1 + number(2); parts > 0; --parts) {
        record.message += fragment();
      }
      record.thread = std::to_string(number(2));
      record.offset = offset;
      record.length = number(30) == 0 ? 40000 : static_cast<std::uint64_t>(50 + number(2000));
      offset += record.length;
      time += std::chrono::milliseconds(number(20) == 0 ? 9000 : number(1500));
      if (number(15) != 0) {
        record.time = time;
      }
      list.push_back(record);
    }
    return list;
  }

 private:
  std::string fragment() {
    static const char* const kFragments[] = {"failed alpha ",
                                             "failed beta ",
                                             "failed gamma ",
                                             "grey ",
                                             "request ",
                                             "r1",
                                             "r2 ",
                                             "forwarding r1 to mp",
                                             "forwarding ",
                                             "to ",
                                             "red flag is set ",
                                             "green flag is set ",
                                             "0x6 flag is set ",
                                             "answered by mp",
                                             "all is well ",
                                             "both failed",
                                             "harmless ",
                                             "at home ",
                                             "healthy "};
    return kFragments[number(static_cast<int>(std::size(kFragments)) - 1)];
  }
  int number(int max) { return std::uniform_int_distribution<int>(0, max)(random_); }

  std::mt19937 random_;
};

TEST(Matcher, FindsExactlyWhatTheOracleFinds) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomLog random(seed);
  std::size_t with_context = 0;
  for (int round = 0; round < 80; ++round) {
    const auto records = random.records(120);
    const auto want =
        test::find_all(rules(), "app", records, {kContextBytes, kContextRecords, kContextAge});
    ASSERT_EQ(match_all(rules(), records), want) << "round " << round;
    ASSERT_EQ(match_all(rules(), records, 1 + static_cast<std::size_t>(round % 7)), want)
        << "with save and load, round " << round;
    with_context += static_cast<std::size_t>(std::count_if(
        want.begin(), want.end(), [](const auto& m) { return m.evidence.size() > 1; }));
  }
  EXPECT_GT(with_context, 50U);
}

// What is remembered of texts that come again changes nothing: not what they are a match of, not what was taken from them and
// from the contexts of the moment, not what was said of the record besides its message.
TEST(Matcher, FindsInAStormExactlyWhatTheOracleFinds) {
  const auto set = test::rules_from(test::rule_head(1) + R"(
detection:
  hit: {Message|contains: failed alpha}
  here: {Component: test}
  condition: hit and here
x-cmgmon:
  version: 1
  event_id: 1001
  context:
    - {name: flag, detection: {Message|contains: flag is set}}
    - name: request
      detection: {Message|startswith: 'forwarding '}
      same: {field: id, re: '^forwarding (?P<id>\w+)'}
  extract:
    - {re: 'request (?P<id>\w+)'}
    - {from: flag, re: '^(?P<colour>\w+)'}
    - {from: request, re: 'to (?P<target>\w+)'}
  group-by: [Thread, id]
)");
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomLog random(seed);
  std::size_t found = 0;
  for (int round = 0; round < 60; ++round) {
    const auto& rules_used = round % 2 == 0 ? rules() : set;
    const auto records = random.storm(200);
    const auto want =
        test::find_all(rules_used, "app", records, {kContextBytes, kContextRecords, kContextAge});
    ASSERT_EQ(match_all(rules_used, records), want) << "round " << round;
    ASSERT_EQ(match_all(rules_used, records, 1 + static_cast<std::size_t>(round % 9)), want)
        << "with save and load, round " << round;
    found += want.size();
  }
  EXPECT_GT(found, 500U);
}

// --- in any chunking -------------------------------------------------------------------------------------------------

TEST(Matcher, FindsTheSameInEveryChunking) {
  std::string log;
  for (const auto* message : {"red flag is set", "forwarding r1 to mp", "green flag is set",
                              "healthy", "failed alpha, request r1\r\nand a second line",
                              "answered by mp", "failed beta request r2", "all is well"}) {
    log += std::string("<![LOG[") + message +
           "]LOG]!><time=\"10:00:00.000+00\" date=\"03-01-2026\" component=\"a\" context=\"\" "
           "type=\"1\" "
           "thread=\"7\" file=\"a.cpp:1\">\r\n";
  }
  const Plan plan(rules(), "app");
  const auto run = [&](std::size_t chunk) {
    Matcher matcher(plan, {});
    records::Framer framer;
    framer.start_file(0);
    std::vector<FoundMatch> found;
    std::size_t record_count = 0;
    const auto on_record = [&](const records::Record& record) {
      matcher.match(record, "a.log",
                    [&](const Match& match) { found.push_back(shown(record_count, match)); });
      ++record_count;
    };
    const base::Time now = std::chrono::sys_days(std::chrono::year(2030) / 1 / 1);
    for (std::size_t at = 0; at < log.size(); at += chunk) {
      framer.feed(std::string_view(log).substr(at, chunk), now, on_record);
    }
    framer.end_file(now, on_record);
    return found;
  };
  const auto whole = run(log.size());
  ASSERT_EQ(whole.size(), 4U);
  EXPECT_EQ(whole[0].fields.at("flags"), "RED|GREEN");
  for (std::size_t chunk = 1; chunk <= 200; ++chunk) {
    ASSERT_EQ(run(chunk), whole) << "chunks of " << chunk;
  }
}

TEST(Matcher, EachOccurrenceIsAMatchOfItsOwn) {
  const auto set = test::rules_from(test::rule_head(1) + R"(
detection: {hit: {Message|startswith: 'report '}, condition: hit}
x-cmgmon:
  version: 1
  event_id: 1001
  context:
    - {name: flag, detection: {Message|contains: flag is set}}
  extract:
    - {re: '^report (?P<number>\d+)', types: {number: int}}
    - {from: flag, re: '^(?P<word>\w+)'}
    - {re: '<(?P<part>\w+) failed=(?P<failed>[1-9]\d*)>', each: true, required: true, types: {failed: int}}
  group-by: [part]
  clear:
    recovery:
      - name: part_works
        detection: {Message|startswith: 'report '}
        extract: [{re: '<(?P<part>\w+) failed=0>', each: true}]
)");
  EXPECT_THAT(
      summary(
          match_all(set, log({"red flag is set", "report 1 <a failed=2><b failed=0><c failed=3>",
                              "report 2 <a failed=0>", "report 3", "report 4 <a failed=4><b"}))),
      ElementsAre("1 TEST-1001 failed=2 number=1 part=a word=red <- 0 1",
                  "1 TEST-1001 failed=3 number=1 part=c word=red <- 0 1",
                  "1 TEST-1001/part_works part=b <- 1", "2 TEST-1001/part_works part=a <- 2",
                  "4 TEST-1001 failed=4 number=4 part=a <- 4"));
}

TEST(Matcher, OccurrencesInOneRecordAreLimited) {
  const auto set = test::rules_from(test::rule_head(1) + R"(
detection: {hit: {Message|startswith: 'report '}, condition: hit}
x-cmgmon: {version: 1, event_id: 1001, extract: [{re: '(?P<x>x)', each: true}]}
)");
  const std::string many = "report " + std::string(10'000, 'x');
  EXPECT_EQ(match_all(set, log({many.c_str()})).size(), 256U);
}

TEST(Matcher, SharedContextServesSeveralFailuresAndOnlyTheNewestIsAsked) {
  const auto set = test::rules_from(test::rule_head(1) + R"(
detection: {hit: {Message|startswith: 'task failed'}, condition: hit}
x-cmgmon:
  version: 1
  event_id: 1001
  context:
    - {name: step, detection: {Message|startswith: 'next step'}, shared: true, within: 1m}
  extract:
    - {from: step, re: 'step (?P<step>two)', newest: true, required: true}
)");
  auto records = log({"next step one", "task failed", "next step two", "task failed", "task failed",
                      "next step three", "task failed", "next step two", "task failed"});
  const auto start = base::from_rfc3339("2026-03-01T10:00:00Z");
  ASSERT_TRUE(start);
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].time = *start + std::chrono::seconds(i);
  }
  records[4].time = *records[2].time + std::chrono::minutes(1);
  records[8].time = *records[7].time + std::chrono::minutes(1) + std::chrono::milliseconds(1);
  EXPECT_THAT(summary(match_all(set, records)),
              ElementsAre("3 TEST-1001 step=two <- 2 3", "4 TEST-1001 step=two <- 2 4"));
}

TEST(Matcher, RequiredIsSatisfiedByWhatIsKnownAlready) {
  const auto set = test::rules_from(test::rule_head(1) + R"(
detection: {hit: {Message|startswith: 'reason: '}, condition: hit}
x-cmgmon:
  version: 1
  event_id: 1001
  context:
    - {name: code, detection: {Message|contains: 'code is '}}
  extract:
    - {re: 'reason: .* code is (?P<code>\w+)'}
    - {from: code, re: 'code is (?P<code>\w+)', required: true}
)");
  EXPECT_THAT(summary(match_all(set, log({"reason: x", "reason: x code is A1", "the code is B2",
                                          "reason: x", "reason: x"}))),
              ElementsAre("1 TEST-1001 code=A1 <- 1", "3 TEST-1001 code=B2 <- 2 3"));
}

TEST(Matcher, TellsWhatAnAbsenceExpectsAndNeverTakesItForAFailure) {
  const auto set = test::rules_from(test::rule_head(1) +
                                    R"(x-cmgmon:
  version: 1
  event_id: 1001
  absence: {every: 10m, expect: {Message|contains: connection is alive, Message|endswith: today}}
---
)" + test::rule_head(2) + "x-cmgmon: {version: 1, event_id: 1002, absence: {every: 10m}}\n---\n" +
                                    test::rule_head(3, "web") +
                                    "x-cmgmon: {version: 1, event_id: 1003, absence: {every: 10m, "
                                    "expect: [connection is alive]}}\n");
  for (const std::string service : {"app", "web", ""}) {
    SCOPED_TRACE(service);
    const Plan plan(set, service);
    Matcher matcher(plan, {});
    std::vector<std::string> told;
    for (const char* message :
         {"the connection is alive today", "the connection is alive", "healthy today"}) {
      OwnedRecord owned;
      owned.message = message;
      owned.with([&](const records::Record& record) {
        const MatchHandler none = [](const Match&) { ADD_FAILURE(); };
        matcher.match(record, "a.log", none);  // nobody listens
        matcher.match(record, "a.log", none,
                      [&](const signatures::Signature& signature, const records::Record& heard) {
                        told.push_back(signature.name + ": " + std::string(heard.message));
                      });
      });
    }
    const std::string app = "TEST-1001: the connection is alive today";
    const std::vector<std::string> web = {"TEST-1003: the connection is alive today",
                                          "TEST-1003: the connection is alive"};
    if (service == "app") {
      EXPECT_THAT(told, ElementsAre(app));
    } else if (service == "web") {
      EXPECT_EQ(told, web);
    } else {
      EXPECT_THAT(told, ElementsAre(app, web[0], web[1]));
    }
  }
}

}  // namespace
}  // namespace cmgmon::matches
