// One incident on its own: raised, counted, cleared, silent, suppressed.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "unit/incidents/book_fixture.h"

namespace cmgmon::incidents {
namespace {

signatures::Signature quiet_after(signatures::Signature made, milliseconds quiet) {
  made.quiet = quiet;
  return made;
}

TEST(IncidentBook, RaisesOnceAndCounts) {
  BookFixture f({signature("A", 1001)});
  f.fails("A", seconds(1));
  EXPECT_EQ(f.said(), "raised A 1x1");
  const Transition raised = f.last().front();
  EXPECT_EQ(raised.sequence, 1U);
  EXPECT_EQ(raised.delivery_id, raised.incident.episode + ":1");
  EXPECT_EQ(raised.at, at(seconds(1)));
  EXPECT_EQ(raised.incident.title, "Title of A");
  EXPECT_EQ(raised.incident.event_id, 1001);
  EXPECT_EQ(raised.incident.level, Level::kHigh);
  EXPECT_EQ(raised.incident.cause, "Description of A");
  EXPECT_FALSE(raised.incident.late);
  f.fails("A", seconds(2));
  f.fails("A", seconds(3));
  EXPECT_EQ(f.said(), "updated A 1x3");
  EXPECT_GT(f.last().front().sequence, 1U);
  EXPECT_EQ(f.said(), "");
  f.fails("A", seconds(4), {{"g", "2"}});
  EXPECT_EQ(f.said(), "raised A 2x1");
  EXPECT_EQ(f.incident("A").first_seen, at(seconds(1)));
  EXPECT_EQ(f.incident("A").last_seen, at(seconds(3)));
  EXPECT_EQ(f.book().counters().matches, 4U);
}

TEST(IncidentBook, CountsWhatIsOpenAsOthersWereTold) {
  auto slow = signature("B", 1002);
  slow.hold = seconds(60);
  BookFixture f({signature("A", 1001), slow});
  const auto counts = [&] {
    std::string text;
    for (const auto& count : f.book().open_counts()) {
      text += count.signature + " " + std::to_string(count.event_id) + " told " +
              std::to_string(count.told) + " pending " + std::to_string(count.pending) +
              " folded " + std::to_string(count.folded) + ";";
    }
    return text;
  };
  EXPECT_EQ(counts(), "");
  f.fails("A", seconds(1));
  f.fails("A", seconds(2), {{"g", "2"}});
  f.fails("B", seconds(3));
  EXPECT_EQ(counts(), "A 1001 told 2 pending 0 folded 0;B 1002 told 0 pending 1 folded 0;");
}

// What makes repetitions cheap must not take one failure for another, nor old fields for new ones.
TEST(IncidentBook, FailuresThatTakeTurnsAreCountedEachForItself) {
  BookFixture f({signature("A", 1001), signature("B", 1002)});
  std::map<std::string, std::pair<std::uint64_t, std::string>> want;  // count and n, by place
  for (int i = 0; i < 200; ++i) {
    const std::string name = i % 7 == 0 ? "B" : "A";
    const std::string group = std::to_string(i / 3 % 3);
    const std::string n = std::to_string(i / 10);
    const bool older = i % 11 == 0 && i > 50;  // from another log, behind the newest
    f.fails(name, older ? seconds(1) : seconds(i), {{"g", group}, {"n", n}}, older ? "b" : "a");
    auto& one = want[name + group];
    ++one.first;
    one.second = older ? one.second : n;
  }
  std::map<std::string, std::pair<std::uint64_t, std::string>> got;
  for (const Incident& incident : f.book().incidents()) {
    got[incident.signature + incident.group.at("g")] = {incident.count, incident.fields.at("n")};
  }
  EXPECT_EQ(got, want);
}

TEST(IncidentBook, ARepetitionIsHeldAgainstTheFactsOfItsTime) {
  auto made = signature("A", 1001, Level::kLow);
  made.diagnoses = {diagnosis({condition(signatures::Condition::Kind::kFactEquals, "x", {"1"})},
                              "x", {}, Level::kHigh)};
  BookFixture f({made});
  f.fails("A", seconds(1));
  f.fails("A", seconds(2));
  f.fails("A", seconds(3));
  EXPECT_EQ(f.incident("A").level, Level::kLow);
  f.facts = {{"x", {"1"}}};
  f.fails("A", seconds(10));
  EXPECT_EQ(f.incident("A").level, Level::kHigh);
}

TEST(IncidentBook, EvidenceIsKeptAsIfEachPieceCameAlone) {
  for (std::size_t pieces = 1; pieces <= 17; ++pieces) {
    SCOPED_TRACE(pieces);
    BookFixture f({signature("A", 1001)});
    std::vector<std::uint64_t> want;
    std::uint64_t line = 0;
    for (int i = 1; i <= 7; ++i) {
      auto match = f.failure("A", at(seconds(i)));
      match.evidence.resize(i % 3 == 0 ? 1 : pieces);
      for (auto& evidence : match.evidence) {
        evidence.line = ++line;
        if (want.size() == kMaxEvidence) {
          want.erase(want.begin() + kMaxEvidence / 2);
        }
        want.push_back(line);
      }
      f.book().apply(match, "a", false, at(seconds(i)));
    }
    std::vector<std::uint64_t> got;
    for (const auto& evidence : f.incident("A").evidence) {
      got.push_back(evidence.line);
    }
    EXPECT_EQ(got, want);
  }
}

TEST(IncidentBook, KeepsTheFirstAndTheNewestEvidenceAndTheNewestFields) {
  BookFixture f({signature("A", 1001)});
  for (int i = 1; i <= 20; ++i) {
    auto match = f.failure("A", at(seconds(i)), {{"g", "1"}, {"n", std::to_string(i)}});
    match.evidence.front().line = static_cast<std::uint64_t>(i);
    f.book().apply(match, "a", false, at(seconds(i)));
  }
  std::vector<std::uint64_t> lines;
  for (const auto& evidence : f.incident("A").evidence) {
    lines.push_back(evidence.line);
  }
  EXPECT_EQ(lines, (std::vector<std::uint64_t>{1, 2, 3, 4, 17, 18, 19, 20}));
  EXPECT_EQ(f.incident("A").fields.at("n"), "20");
}

TEST(IncidentBook, HoldsAClearBackAndTellsTheCount) {
  BookFixture f({signature("A", 1001)});
  f.fails("A", seconds(1));
  f.fails("A", seconds(2));
  EXPECT_EQ(f.said(), "raised A 1x1, updated A 1x2");
  f.recovers("A", seconds(3));
  EXPECT_EQ(f.shown(), "A 1x2 cleared(recovery)");
  EXPECT_EQ(f.said(), "updated A 1x2");  // whoever follows the state hears of it at once
  EXPECT_EQ(f.last()[0].incident.state, State::kCleared);
  EXPECT_EQ(f.book().next_deadline(), at(seconds(123)));
  f.book().advance(at(seconds(123)) - base::Duration(1));
  EXPECT_EQ(f.said(), "");
  f.book().advance(at(seconds(123)));
  EXPECT_EQ(f.said(), "cleared(recovery) A 1x2");
  EXPECT_EQ(f.last().front().incident.cleared_at, at(seconds(3)));
  EXPECT_EQ(f.last().front().incident.state, State::kCleared);
  EXPECT_EQ(f.book().next_deadline(), std::nullopt);
  EXPECT_EQ(f.shown(), "A 1x2 cleared(recovery)");
}

TEST(IncidentBook, AReRaiseWithinTheHoldCancelsBoth) {
  BookFixture f({signature("A", 1001)});
  f.fails("A", seconds(1));
  const std::string episode = f.incident("A").episode;
  f.recovers("A", seconds(2));
  f.fails("A", seconds(121));
  EXPECT_EQ(f.said(), "raised A 1x1, updated A 1x2");
  EXPECT_EQ(f.book().counters().cancelled_clears, 1U);
  EXPECT_EQ(f.incident("A").episode, episode);
  EXPECT_EQ(f.incident("A").cleared_at, std::nullopt);
  f.book().advance(at(hours(30)));
  EXPECT_EQ(f.said(), "");
}

TEST(IncidentBook, AReRaiseAfterTheHoldIsANewEpisode) {
  struct Row {
    const char* name;
    milliseconds hold;
    seconds again;
    bool advance;
  };
  const Row rows[] = {
      {"the clear was delivered", minutes(2), seconds(122), true},
      {"time did not pass by itself: a scan, or an agent that was away", minutes(2), seconds(122),
       false},
      {"no hold", milliseconds(0), seconds(2), false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    BookOptions options;
    options.clear_hold = row.hold;
    BookFixture f({signature("A", 1001)}, options);
    f.fails("A", seconds(1));
    f.recovers("A", seconds(2));
    if (row.advance) {
      f.book().advance(at(row.again));
    }
    f.fails("A", row.again);
    EXPECT_EQ(f.said(), "raised A 1x1, cleared(recovery) A 1x1, raised A 1x1");
    EXPECT_NE(f.last()[0].incident.episode, f.last()[2].incident.episode);
    EXPECT_EQ(f.last()[0].incident.fingerprint, f.last()[2].incident.fingerprint);
    EXPECT_EQ(f.last()[1].delivery_id,
              f.last()[0].incident.episode + (row.hold.count() > 0 ? ":3" : ":2"));
  }
}

TEST(IncidentBook, KeepFiringForHoldsTheEndOfOneRuleLonger) {
  auto patient = signature("A", 1001);
  patient.keep_firing_for = minutes(10);
  BookFixture f({patient, signature("B", 1002)});
  f.fails("A", seconds(1));
  f.fails("B", seconds(1));
  f.recovers("A", seconds(2));
  f.recovers("B", seconds(2));
  f.book().advance(at(minutes(9)));
  EXPECT_EQ(f.said(), "raised A 1x1, raised B 1x1, cleared(recovery) B 1x1, updated A 1x1");
  f.fails("A", minutes(10));  // inside: the same episode goes on
  EXPECT_EQ(f.shown(), "A 1x2 firing, B 1x1 cleared(recovery)");
  f.recovers("A", minutes(11));
  f.book().advance(at(minutes(21)));
  EXPECT_EQ(f.said(), "cleared(recovery) A 1x2");
}

TEST(IncidentBook, AFailureThatComesAndGoesIsToldOfLessAndLess) {
  BookFixture f({signature("A", 1001)});
  std::vector<std::int64_t> holds;  // seconds from each recovery to its being told
  base::Duration now = seconds(0);
  for (int episode = 0; episode < 8; ++episode) {
    f.fails("A", now);
    f.recovers("A", now + seconds(1));
    f.said();
    const auto due = f.book().next_deadline();
    ASSERT_TRUE(due.has_value());
    holds.push_back(std::chrono::floor<seconds>(*due - at(now + seconds(1))).count());
    now = *due - at({}) + seconds(1);
    f.book().advance(at(now));
    EXPECT_EQ(f.said(), "cleared(recovery) A 1x1");
  }
  EXPECT_EQ(holds, (std::vector<std::int64_t>{120, 120, 240, 480, 960, 1800, 1800, 1800}));
  // Calm for an hour: as in the beginning.
  now += hours(1);
  f.fails("A", now);
  f.recovers("A", now + seconds(1));
  EXPECT_EQ(*f.book().next_deadline() - at(now + seconds(1)), base::Duration(minutes(2)));
}

TEST(IncidentBook, AnOperatorClosesWhatIsOpenAndAFailureRaisesItAgain) {
  BookFixture f({signature("A", 1001)});
  EXPECT_FALSE(f.book().close_by_operator("nobody", at({})));
  f.fails("A", seconds(1));
  const std::string fingerprint = f.incident("A").fingerprint;
  EXPECT_TRUE(f.book().close_by_operator(fingerprint, at(seconds(2))));
  EXPECT_FALSE(f.book().close_by_operator(fingerprint, at(seconds(2))));  // it is closed
  EXPECT_EQ(f.shown(), "A 1x1 cleared(operator)");
  f.book().advance(at(minutes(3)));
  EXPECT_EQ(f.said(), "raised A 1x1, cleared(operator) A 1x1");
  f.fails("A", minutes(4));
  EXPECT_EQ(f.said(), "raised A 1x1");
}

TEST(IncidentBook, AnOperatorClosesWhatIsStillPendingWithoutAWord) {
  auto slow = signature("A", 1001);
  slow.hold = minutes(5);
  BookFixture f({slow});
  f.fails("A", seconds(1));
  EXPECT_TRUE(f.book().close_by_operator(f.incident("A").fingerprint, at(seconds(2))));
  f.book().advance(at(hours(1)));
  EXPECT_EQ(f.said(), "");
  EXPECT_EQ(f.shown(), "");
}

TEST(IncidentBook, ASignatureThatIsSwitchedOffRaisesNothingAndWhatItHadOpenEnds) {
  BookFixture f({signature("A", 1001), signature("B", 1002)});
  f.fails("A", seconds(1));
  f.fails("B", seconds(1));
  EXPECT_EQ(f.said(), "raised A 1x1, raised B 1x1");
  f.set().signatures[0].silenced = true;
  f.restart();
  f.fails("A", seconds(2));
  f.fails("A", seconds(2), {{"g", "2"}});
  f.fails("B", seconds(2));
  EXPECT_EQ(f.shown(), "A 1x1 cleared(operator), B 1x2 firing");
  f.book().advance(at(minutes(5)));
  EXPECT_EQ(f.said(), "cleared(operator) A 1x1, updated B 1x2");
}

TEST(IncidentBook, EpisodesOfOneMillisecondHaveDifferentIds) {
  BookOptions options;
  options.clear_hold = milliseconds(0);
  BookFixture f({signature("A", 1001)}, options);
  std::set<std::string> episodes;
  for (int i = 0; i < 5; ++i) {
    f.fails("A", seconds(1));
    f.recovers("A", seconds(1));
    f.said();
    episodes.insert(f.last().front().incident.episode);
  }
  EXPECT_EQ(episodes.size(), 5U);
}

TEST(IncidentBook, ClearsOnlyWhatTheRecoveryIsAbout) {
  auto everything = signature("A", 1001);
  everything.recoveries.front().on = {};
  auto by_path = signature("P", 1002);
  by_path.recoveries.front().on = {"g", "path"};
  struct Row {
    const char* name;
    const char* rule;
    matches::Fields fields;
    std::string shown;
  };
  const Row rows[] = {
      {"equal", "B", {{"g", "x"}}, "B xx1 cleared(recovery), B yx1 firing"},
      {"letter case", "B", {{"g", "X"}}, "B xx1 cleared(recovery), B yx1 firing"},
      {"other", "B", {{"g", "z"}}, "B xx1 firing, B yx1 firing"},
      {"not logged", "B", {}, "B xx1 firing, B yx1 firing"},
      {"no fields asked", "A", {{"g", "z"}}, "A xx1 cleared(recovery), A yx1 cleared(recovery)"},
      {"a field outside the group",
       "P",
       {{"g", "y"}, {"path", "/a"}},
       "P xx1 firing, P yx1 cleared(recovery)"},
      {"another value of it", "P", {{"g", "y"}, {"path", "/b"}}, "P xx1 firing, P yx1 firing"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    BookFixture f({everything, signature("B", 1003), by_path});
    f.fails(row.rule, seconds(1), {{"g", "x"}, {"path", "/a"}});
    f.fails(row.rule, seconds(2), {{"g", "y"}, {"path", "/a"}});
    f.recovers(row.rule, seconds(3), row.fields);
    EXPECT_EQ(f.shown(), row.shown);
  }
}

TEST(IncidentBook, AFieldThatNobodyKnowsIsEqual) {
  BookFixture f({signature("A", 1001)});
  f.fails("A", seconds(1), {});
  EXPECT_TRUE(f.incident("A").group.empty());
  f.recovers("A", seconds(2), {});
  EXPECT_EQ(f.shown(), "A -x1 cleared(recovery)");
}

TEST(IncidentBook, TheRecoveryMustNotBeOlderThanTheFailure) {
  struct Row {
    const char* name;
    std::optional<base::Time> failed;
    std::optional<base::Time> recovered;
    const char* stream;
    bool clears;
  };
  const Row rows[] = {
      {"later", at(seconds(10)), at(seconds(11)), "b", true},
      {"equal: the order of reading decides", at(seconds(10)), at(seconds(10)), "b", true},
      {"older, in another log", at(seconds(10)), at(seconds(9)), "b", false},
      {"older, but written after it: the clock was set back", at(seconds(10)), at(seconds(9)), "a",
       true},
      {"failure without a time", std::nullopt, at(seconds(9)), "b", true},
      {"recovery without a time", at(seconds(10)), std::nullopt, "b", true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    BookFixture f({signature("A", 1001)});
    f.book().apply(f.failure("A", row.failed), "a", false, at(seconds(20)));
    f.book().apply(f.recovered("A", row.recovered), row.stream, false, at(seconds(20)));
    EXPECT_EQ(f.incident("A").state, row.clears ? State::kCleared : State::kFiring);
  }
}

TEST(IncidentBook, AFailureFromBeforeTheRecoveryIsCountedAndRaisesNothing) {
  for (const bool delivered : {false, true}) {
    SCOPED_TRACE(delivered);
    BookFixture f({signature("A", 1001)});
    f.fails("A", seconds(1));
    f.recovers("A", seconds(10));
    if (delivered) {
      f.book().advance(at(minutes(10)));
    }
    f.said();
    f.book().apply(f.failure("A", at(seconds(5))), "slow log", false, at(minutes(10)));
    EXPECT_EQ(f.said(), "");
    EXPECT_EQ(f.shown(), "A 1x2 cleared(recovery)");
    EXPECT_EQ(f.incident("A").last_seen, at(seconds(5)));
    // In the log that showed the recovery it comes after it, whatever its clock says.
    f.book().apply(f.failure("A", at(seconds(5))), "a", false, at(minutes(10)));
    EXPECT_EQ(f.said(), delivered ? "raised A 1x1" : "updated A 1x3");
  }
}

TEST(IncidentBook, ClosesQuietOnesByEitherClock) {
  struct Row {
    const char* name;
    base::Duration watermark;
    base::Duration advance;
    bool closes;
  };
  const Row rows[] = {
      {"the log is not there yet", minutes(60) - milliseconds(1), seconds(2), false},
      {"the log goes on without it", minutes(60), seconds(2), true},
      {"the log stands still, the wall is not there yet", seconds(1),
       minutes(60) + milliseconds(499), false},
      {"the log stands still", seconds(1), minutes(60) + milliseconds(500), true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    BookFixture f({quiet_after(signature("A", 1001), hours(1))});
    // Logged at 0 s, read at 0.5 s.
    f.book().apply(f.failure("A", at(seconds(0))), "a", false, at(milliseconds(500)));
    f.book().watermark("other", at(hours(50)), at(milliseconds(500)));
    f.book().watermark("a", at(row.watermark), at(seconds(1)));
    f.book().advance(at(row.advance));
    EXPECT_EQ(f.incident("A").state, row.closes ? State::kCleared : State::kFiring);
    if (row.closes) {
      EXPECT_EQ(f.incident("A").cleared_by, ClearedBy::kQuiet);
      EXPECT_EQ(f.incident("A").cleared_at, at(hours(1)));
    }
  }
}

TEST(IncidentBook, QuietDependsOnTheLogAndNotOnHowItWasCutIntoReads) {
  for (const bool watermark_between : {false, true}) {
    SCOPED_TRACE(watermark_between);
    BookFixture f({quiet_after(signature("A", 1001), hours(1))});
    f.book().apply(f.failure("A", at(hours(0))), "a", false, at(hours(9)));
    if (watermark_between) {
      f.book().watermark("a", at(hours(2)), at(hours(9)));
    }
    f.book().apply(f.failure("A", at(hours(5))), "a", false, at(hours(9)));
    EXPECT_EQ(f.said(), "raised A 1x1, cleared(quiet) A 1x1, raised A 1x1");
  }
}

TEST(IncidentBook, NeverClosesBySilenceWithoutQuiet) {
  BookFixture f({signature("A", 1001)});
  f.fails("A", seconds(1));
  f.book().watermark("a", at(hours(10000)), at(hours(10000)));
  f.book().advance(at(hours(10000)));
  EXPECT_EQ(f.shown(), "A 1x1 firing");
  EXPECT_EQ(f.book().next_deadline(), std::nullopt);
}

TEST(IncidentBook, WaitsForTheHoldOfTheSignature) {
  auto patient = quiet_after(signature("A", 1001), hours(1));
  patient.hold = minutes(5);
  {
    SCOPED_TRACE("the log says so");
    BookFixture f({patient});
    f.fails("A", seconds(0));
    EXPECT_EQ(f.shown(), "A 1x1 pending");
    f.fails("A", minutes(5) - milliseconds(1));
    EXPECT_EQ(f.said(), "");
    f.fails("A", minutes(5));
    EXPECT_EQ(f.said(), "raised A 1x2, updated A 1x3");
    EXPECT_EQ(f.incident("A").first_seen, at(seconds(0)));
  }
  {
    SCOPED_TRACE("the wall says so");
    BookFixture f({patient});
    f.fails("A", seconds(0));
    EXPECT_EQ(f.book().next_deadline(), at(minutes(5)));
    f.book().advance(at(minutes(5)));
    EXPECT_EQ(f.said(), "raised A 1x1");
  }
  {
    SCOPED_TRACE("it recovers in time: nothing ever happened");
    BookFixture f({patient});
    f.fails("A", seconds(0));
    f.recovers("A", minutes(4));
    f.book().advance(at(hours(3)));
    EXPECT_EQ(f.said() + f.shown(), "");
  }
  {
    SCOPED_TRACE("it is quiet before it would fire");
    patient.quiet = minutes(3);
    BookFixture f({patient});
    f.fails("A", seconds(0));
    f.book().watermark("a", at(hours(1)), at(seconds(1)));
    EXPECT_EQ(f.said() + f.shown(), "");
  }
}

TEST(IncidentBook, SuppressDelaysAReRaise) {
  auto calm = signature("A", 1001);
  calm.suppress = minutes(30);
  BookFixture f({calm});
  f.fails("A", seconds(0));
  f.recovers("A", minutes(1));
  f.book().advance(at(minutes(3)));
  EXPECT_EQ(f.said(), "raised A 1x1, cleared(recovery) A 1x1");
  f.fails("A", minutes(10));
  f.fails("A", minutes(20));
  EXPECT_EQ(f.said(), "");
  EXPECT_EQ(f.book().counters().suppressed, 1U);
  EXPECT_EQ(f.shown(), "A 1x1 cleared(recovery), A 1x2 pending");
  f.book().advance(at(minutes(31)));
  EXPECT_EQ(f.said(), "raised A 1x2");
  f.recovers("A", minutes(40));
  f.book().advance(at(minutes(42)));
  f.fails("A", minutes(70));
  EXPECT_EQ(f.said(), "cleared(recovery) A 1x2, raised A 1x1");
}

TEST(IncidentBook, WorksWithoutAnyTimeInTheLog) {
  BookFixture f({quiet_after(signature("A", 1001), hours(1))});
  f.book().apply(f.failure("A", std::nullopt), "a", false, at(seconds(1)));
  f.book().apply(f.failure("A", std::nullopt), "a", false, at(seconds(2)));
  EXPECT_EQ(f.said(), "raised A 1x1, updated A 1x2");
  EXPECT_EQ(f.incident("A").first_seen, std::nullopt);
  EXPECT_TRUE(f.incident("A").episode.ends_with("-1795305601000")) << f.incident("A").episode;
  f.book().advance(at(hours(1) + seconds(2)));
  EXPECT_EQ(f.incident("A").cleared_by, ClearedBy::kQuiet);
  EXPECT_EQ(f.incident("A").cleared_at, at(hours(1) + seconds(2)));
}

TEST(IncidentBook, ARecoveryThatIsNotConfirmedClosesAsQuiet) {
  auto absence = signature("A", 1001);
  absence.recoveries.front().confirmed = false;
  BookFixture f({absence});
  EXPECT_FALSE(f.book().is_open("A"));
  f.fails("A", seconds(1));
  EXPECT_TRUE(f.book().is_open("A"));
  EXPECT_FALSE(f.book().is_open("B"));
  f.recovers("A", seconds(2));
  EXPECT_FALSE(f.book().is_open("A"));
  EXPECT_EQ(f.incident("A").cleared_by, ClearedBy::kQuiet);
}

TEST(IncidentBook, IgnoresWhatIsNotOfItsSet) {
  BookFixture f({signature("A", 1001)});
  const auto stranger = signature("A", 1001);
  matches::Match match = f.failure("A", at(seconds(1)));
  match.signature = &stranger;
  f.book().apply(match, "a", false, at(seconds(1)));
  match.signature = nullptr;
  f.book().apply(match, "a", false, at(seconds(1)));
  match = f.failure("A", at(seconds(1)));
  match.recovery = &stranger.recoveries.front();
  f.book().apply(match, "a", false, at(seconds(1)));
  EXPECT_EQ(f.said() + f.shown(), "");
}

}  // namespace
}  // namespace cmgmon::incidents
