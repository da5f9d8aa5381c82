// Incidents and each other: explains, texts that ask what else is open, settle().

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "unit/incidents/book_fixture.h"

namespace cmgmon::incidents {
namespace {

signatures::Signature explaining(signatures::Signature made, std::vector<std::string> symptoms) {
  made.explains = std::move(symptoms);
  return made;
}

// ROOT explains CAUSE explains SYMPTOM.
std::vector<signatures::Signature> chain(Level root, Level cause, Level symptom) {
  return {signature("SYMPTOM", 1001, symptom),
          explaining(signature("CAUSE", 1002, cause), {"SYMPTOM"}),
          explaining(signature("ROOT", 1003, root), {"CAUSE"})};
}

TEST(IncidentBook, FoldsASymptomUnderWhatExplainsIt) {
  BookFixture f(chain(Level::kLow, Level::kCritical, Level::kHigh));
  f.fails("CAUSE", seconds(1));
  f.fails("SYMPTOM", seconds(2));
  f.fails("SYMPTOM", seconds(3));
  EXPECT_EQ(f.said(), "raised CAUSE 1x1");
  EXPECT_EQ(f.shown(), "CAUSE 1x1 firing, SYMPTOM 1x2 firing by CAUSE");
  f.recovers("CAUSE", seconds(4));
  EXPECT_EQ(f.shown(), "CAUSE 1x1 cleared(recovery), SYMPTOM 1x2 cleared(explained) by CAUSE");
  EXPECT_EQ(f.incident("SYMPTOM").cleared_at, at(seconds(4)));
  f.book().advance(at(hours(1)));
  EXPECT_EQ(f.said(), "cleared(recovery) CAUSE 1x1") << "nobody heard of the symptom";
}

TEST(IncidentBook, WhatMustAgreeExplainsOnlyItsOwnPlace) {
  auto rules = chain(Level::kLow, Level::kCritical, Level::kHigh);
  rules[1].explains_same = {{"SYMPTOM", {"g"}}};
  BookFixture f(rules);
  f.fails("CAUSE", seconds(1), {{"g", "PC1"}});
  f.fails("SYMPTOM", seconds(2), {{"g", "pc1"}});
  f.fails("SYMPTOM", seconds(2), {{"g", "pc2"}});
  EXPECT_EQ(f.said(), "raised CAUSE PC1x1, raised SYMPTOM pc2x1");
  EXPECT_EQ(f.shown(), "CAUSE PC1x1 firing, SYMPTOM pc1x1 firing by CAUSE, SYMPTOM pc2x1 firing");
  f.fails("CAUSE", seconds(3), {{"g", "pc2"}});
  EXPECT_EQ(f.said(), "raised CAUSE pc2x1, updated SYMPTOM pc2x1");
  f.recovers("CAUSE", seconds(4), {{"g", "PC1"}});
  EXPECT_EQ(
      f.shown(),
      "CAUSE PC1x1 cleared(recovery), SYMPTOM pc1x1 cleared(explained) by CAUSE, SYMPTOM pc2x1 "
      "firing by CAUSE, CAUSE pc2x1 firing");
  EXPECT_EQ(f.said(), "updated CAUSE PC1x1");
}

TEST(IncidentBook, SettlesExplanationsPlaceByPlace) {
  auto rules = chain(Level::kLow, Level::kCritical, Level::kHigh);
  rules[1].explains_same = {{"SYMPTOM", {"g"}}};
  BookFixture f(rules);
  f.fails("SYMPTOM", seconds(2), {{"g", "pc1"}});
  f.fails("SYMPTOM", seconds(2), {{"g", "pc2"}});
  f.fails("CAUSE", seconds(1), {{"g", "pc2"}});
  f.recovers("CAUSE", seconds(3), {{"g", "pc2"}});
  f.book().settle();
  EXPECT_EQ(f.shown(),
            "CAUSE pc2x1 cleared(recovery), SYMPTOM pc1x1 firing, SYMPTOM pc2x1 cleared(explained) "
            "by CAUSE");
}

TEST(IncidentBook, ASymptomThatWasRaisedIsClearedToo) {
  BookFixture f(chain(Level::kLow, Level::kCritical, Level::kHigh));
  f.fails("SYMPTOM", seconds(1));
  f.fails("CAUSE", seconds(2));
  EXPECT_EQ(f.said(), "raised SYMPTOM 1x1, raised CAUSE 1x1, updated SYMPTOM 1x1");
  EXPECT_EQ(f.last().back().incident.explained_by, "CAUSE");
  f.recovers("CAUSE", seconds(4));
  f.book().advance(at(hours(1)));
  EXPECT_EQ(f.said(), "cleared(explained) SYMPTOM 1x1, cleared(recovery) CAUSE 1x1");
}

TEST(IncidentBook, FoldsOnlyUnderSomethingAtLeastAsSevereThatWasRaised) {
  struct Row {
    const char* name;
    Level root, cause, symptom;
    std::string said;
  };
  const Row rows[] = {
      {"as severe", Level::kLow, Level::kHigh, Level::kHigh, "raised CAUSE 1x1"},
      {"less severe", Level::kLow, Level::kMedium, Level::kHigh,
       "raised CAUSE 1x1, raised SYMPTOM 1x1"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    BookFixture f(chain(row.root, row.cause, row.symptom));
    f.fails("CAUSE", seconds(1));
    f.fails("SYMPTOM", seconds(2));
    EXPECT_EQ(f.said(), row.said);
    EXPECT_EQ(f.incident("SYMPTOM").explained_by, "CAUSE");
  }
  auto patient = chain(Level::kLow, Level::kCritical, Level::kHigh);
  patient[1].hold = minutes(5);
  BookFixture f(patient);
  f.fails("CAUSE", seconds(1));
  f.fails("SYMPTOM", seconds(2));
  EXPECT_EQ(f.said(), "raised SYMPTOM 1x1") << "a pending incident explains nothing";
}

TEST(IncidentBook, ChainsFoldAndClearTogether) {
  BookFixture f(chain(Level::kCritical, Level::kHigh, Level::kCritical));
  f.fails("ROOT", seconds(1));
  f.fails("CAUSE", seconds(2));
  f.fails("SYMPTOM", seconds(3));
  EXPECT_EQ(f.said(), "raised ROOT 1x1");
  EXPECT_EQ(f.shown(), "ROOT 1x1 firing, CAUSE 1x1 firing by ROOT, SYMPTOM 1x1 firing by CAUSE");
  f.recovers("ROOT", seconds(5));
  EXPECT_EQ(f.shown(),
            "ROOT 1x1 cleared(recovery), CAUSE 1x1 cleared(explained) by ROOT, "
            "SYMPTOM 1x1 cleared(explained) by CAUSE");
}

TEST(IncidentBook, WhatIsMoreSevereThanItsCauseNeedsARecoveryOfItsOwn) {
  BookFixture f(chain(Level::kLow, Level::kMedium, Level::kCritical));
  f.fails("CAUSE", seconds(1));
  f.fails("SYMPTOM", seconds(2));
  f.recovers("CAUSE", seconds(3));
  EXPECT_EQ(f.shown(), "CAUSE 1x1 cleared(recovery), SYMPTOM 1x1 firing");
  f.recovers("SYMPTOM", seconds(4));
  EXPECT_EQ(f.shown(), "CAUSE 1x1 cleared(recovery), SYMPTOM 1x1 cleared(recovery)");
}

TEST(IncidentBook, SignaturesThatExplainEachOtherDoNotHideBoth) {
  BookFixture f(
      {explaining(signature("A", 1001), {"B"}), explaining(signature("B", 1002), {"A", "B"})});
  f.fails("A", seconds(1));
  f.fails("B", seconds(2));
  f.fails("B", seconds(2), {{"g", "2"}});
  EXPECT_EQ(f.said(), "raised A 1x1, updated A 1x1");
  f.recovers("A", seconds(3));
  f.recovers("B", seconds(3));
  f.book().advance(at(hours(1)));
  EXPECT_EQ(f.said(), "cleared(recovery) A 1x1");
}

TEST(IncidentBook, AFoldedSymptomThatGoesOnFailingIsRaised) {
  BookFixture f(chain(Level::kLow, Level::kCritical, Level::kHigh));
  f.fails("CAUSE", seconds(1));
  f.fails("SYMPTOM", seconds(2));
  f.recovers("CAUSE", seconds(3));
  EXPECT_EQ(f.said(), "raised CAUSE 1x1, updated CAUSE 1x1");
  f.fails("SYMPTOM", seconds(10));
  EXPECT_EQ(f.said(), "raised SYMPTOM 1x2");
  EXPECT_EQ(f.incident("SYMPTOM").explained_by, "");
  EXPECT_EQ(f.incident("SYMPTOM").first_seen, at(seconds(2)));
}

TEST(IncidentBook, ASymptomSeenAfterTheRecoveryIsRaisedAtOnce) {
  BookFixture f(chain(Level::kLow, Level::kCritical, Level::kHigh));
  f.fails("CAUSE", seconds(1));
  f.fails("SYMPTOM", seconds(9), {{"g", "1"}}, "client log");
  f.book().apply(f.recovered("CAUSE", at(seconds(5))), "a", false, at(seconds(10)));
  EXPECT_EQ(f.said(), "raised CAUSE 1x1, raised SYMPTOM 1x1, updated CAUSE 1x1");
}

TEST(IncidentBook, SilenceOfTheCauseHealsNoSymptom) {
  auto rules = chain(Level::kLow, Level::kCritical, Level::kHigh);
  rules[1].quiet = minutes(30);
  BookFixture f(rules);
  f.fails("SYMPTOM", seconds(1), {{"g", "1"}}, "b");
  f.fails("CAUSE", seconds(2));
  f.fails("SYMPTOM", seconds(1), {{"g", "2"}}, "b");
  f.said();
  f.book().advance(at(minutes(40)));
  EXPECT_EQ(f.shown(), "SYMPTOM 1x1 firing, SYMPTOM 2x1 firing, CAUSE 1x1 cleared(quiet)");
  EXPECT_EQ(f.said(), "updated SYMPTOM 1x1, updated CAUSE 1x1") << "2 waits for its next failure";
  f.book().advance(at(minutes(42)));
  EXPECT_EQ(f.said(), "cleared(quiet) CAUSE 1x1");
  f.fails("SYMPTOM", minutes(50), {{"g", "2"}}, "b");
  EXPECT_EQ(f.said(), "raised SYMPTOM 2x2");
}

TEST(IncidentBook, AnotherCauseKeepsTheSymptomExplained) {
  BookFixture f(chain(Level::kLow, Level::kCritical, Level::kHigh));
  f.fails("CAUSE", seconds(1));
  f.fails("CAUSE", seconds(1), {{"g", "2"}});
  f.fails("SYMPTOM", seconds(2));
  f.recovers("CAUSE", seconds(3));
  EXPECT_EQ(f.incident("SYMPTOM").state, State::kFiring);
  f.recovers("CAUSE", seconds(4), {{"g", "2"}});
  EXPECT_EQ(f.incident("SYMPTOM").state, State::kCleared);
}

TEST(IncidentBook, ExplainsNothingThatEndedLongBefore) {
  BookFixture f(chain(Level::kLow, Level::kCritical, Level::kHigh));
  f.fails("SYMPTOM", seconds(0));
  f.fails("CAUSE", hours(1) + seconds(1));
  EXPECT_EQ(f.incident("SYMPTOM").explained_by, "");
  f.recovers("CAUSE", hours(2));
  EXPECT_EQ(f.incident("SYMPTOM").state, State::kFiring);
  f.fails("CAUSE", hours(3));
  f.fails("SYMPTOM", hours(2) + seconds(1));
  EXPECT_EQ(f.incident("SYMPTOM").explained_by, "CAUSE");
}

// --- level and text

std::vector<signatures::Signature> certificate_rules() {
  auto watched = signature("CAUSE", 1002, Level::kCritical);
  auto watcher = signature("COUNT", 1003, Level::kMedium);
  watcher.diagnoses = {
      diagnosis({condition(signatures::Condition::Kind::kIncidentOpen, "CAUSE")}, "With {thing}.",
                {"Do it."}, Level::kHigh),
      diagnosis({condition(signatures::Condition::Kind::kIncidentOpen, "CAUSE", {}, true)},
                "Alone.")};
  return {watched, watcher};
}

TEST(IncidentBook, LevelAndTextFollowWhatElseIsOpen) {
  BookFixture f(certificate_rules());
  f.fails("COUNT", seconds(1), {{"thing", "a certificate"}});
  EXPECT_EQ(f.said(), "raised COUNT -x1");
  EXPECT_EQ(f.last()[0].incident.cause, "Alone.");
  EXPECT_EQ(f.last()[0].incident.level, Level::kMedium);
  f.fails("CAUSE", seconds(2));
  EXPECT_EQ(f.incident("COUNT").cause, "With a certificate.");
  EXPECT_EQ(f.said(), "raised CAUSE 1x1, updated COUNT -x1");
  EXPECT_EQ(f.last()[1].incident.level, Level::kHigh);
  EXPECT_EQ(f.last()[1].incident.cause, "With a certificate.");
  EXPECT_EQ(f.last()[1].incident.resolution, std::vector<std::string>{"Do it."});
  f.fails("CAUSE", seconds(3), {{"g", "2"}});
  EXPECT_EQ(f.said(), "raised CAUSE 2x1") << "nothing new for COUNT";
  f.recovers("CAUSE", seconds(4));
  f.recovers("CAUSE", seconds(5), {{"g", "2"}});
  EXPECT_EQ(f.said(), "updated COUNT -x1, updated CAUSE 1x1, updated CAUSE 2x1");
  EXPECT_EQ(f.incident("COUNT").cause, "Alone.");
  EXPECT_EQ(f.incident("COUNT").level, Level::kHigh) << "a level never goes down again";
}

TEST(IncidentBook, TextIsWrittenAgainWithWhatIsKnownLater) {
  auto rule = signature("A", 1001, Level::kLow);
  using Kind = signatures::Condition::Kind;
  rule.diagnoses = {
      diagnosis({condition(Kind::kFieldPresent, "flag")}, "It is {flag}.", {}, Level::kHigh)};
  rule.diagnoses.push_back(diagnosis({}, "Not known yet, {flag}."));
  rule.diagnoses.back().otherwise = true;
  rule.diagnoses.push_back(
      diagnosis({condition(Kind::kFactEquals, "verbose", {"1"}, true)}, "Be verbose."));
  rule.diagnoses.back().note = true;
  BookFixture f({rule});
  f.facts = {{"verbose", {"0"}}};
  f.fails("A", seconds(1));
  EXPECT_EQ(f.said(), "raised A 1x1");
  EXPECT_EQ(f.last()[0].incident.cause, "Not known yet, (not logged). Be verbose.");
  EXPECT_EQ(f.last()[0].incident.level, Level::kLow);
  f.fails("A", seconds(2), {{"g", "1"}, {"flag", "{g} <b>%1"}});
  f.facts = {{"verbose", {"1"}}};
  f.recovers("A", seconds(4));
  f.book().advance(at(hours(1)));
  EXPECT_EQ(f.said(), "cleared(recovery) A 1x2");
  EXPECT_EQ(f.last()[0].incident.cause, "It is {g} <b>%1.") << "log text is data";
  EXPECT_EQ(f.last()[0].incident.level, Level::kHigh);
}

TEST(IncidentBook, AsksTheMachineOnlyForTextsThatNeedItAndOncePerSecond) {
  auto plain = signature("A", 1001);
  auto asking = signature("B", 1002);
  asking.diagnoses = {
      diagnosis({condition(signatures::Condition::Kind::kFactEquals, "x", {"1"})}, "x")};
  BookFixture f({plain, asking});
  f.fails("A", seconds(1));
  EXPECT_EQ(f.facts_asked, 0);
  for (int i = 0; i < 1000; ++i) {
    f.fails("B", seconds(2) + milliseconds(i));
  }
  f.said();
  EXPECT_EQ(f.facts_asked, 1);
}

// --- settle

BookOptions for_scan() {
  BookOptions options;
  options.clear_hold = milliseconds(0);
  return options;
}

TEST(IncidentBook, SettleFindsExplanationsByTime) {
  struct Row {
    const char* name;
    base::Duration from, to;  // of the symptom; the cause lasts from 10 h to 12 h
    bool recovers;
    std::string shown;
  };
  const Row rows[] = {
      {"within", hours(10), hours(11), true,
       "CAUSE 1x2 cleared(recovery), SYMPTOM 1x2 cleared(explained) by CAUSE"},
      {"to the end", hours(10), hours(12), true,
       "CAUSE 1x2 cleared(recovery), SYMPTOM 1x2 cleared(explained) by CAUSE"},
      {"beyond the end", hours(10), hours(13), true,
       "CAUSE 1x2 cleared(recovery), SYMPTOM 1x2 firing by CAUSE"},
      {"half an hour before", hours(9), minutes(570), true,
       "SYMPTOM 1x2 cleared(explained) by CAUSE, CAUSE 1x2 cleared(recovery)"},
      {"long before", hours(2), hours(3), true, "SYMPTOM 1x2 firing, CAUSE 1x2 cleared(recovery)"},
      {"after", hours(13), hours(14), true, "CAUSE 1x2 cleared(recovery), SYMPTOM 1x2 firing"},
      {"the cause goes on", hours(13), hours(14), false,
       "CAUSE 1x2 firing, SYMPTOM 1x2 firing by CAUSE"},
  };
  for (const Row& row : rows) {
    for (const bool symptom_first : {false, true}) {
      SCOPED_TRACE(std::string(row.name) + (symptom_first ? ", symptom read first" : ""));
      BookFixture f(chain(Level::kLow, Level::kCritical, Level::kHigh), for_scan());
      const auto read_symptom = [&] {
        f.book().apply(f.failure("SYMPTOM", at(row.from)), "client", false, at(hours(99)));
        f.book().apply(f.failure("SYMPTOM", at(row.to)), "client", false, at(hours(99)));
        f.book().watermark("client", at(hours(20)), at(hours(99)));
      };
      if (symptom_first) {
        read_symptom();
      }
      f.book().apply(f.failure("CAUSE", at(hours(10))), "connector", false, at(hours(99)));
      f.book().apply(f.failure("CAUSE", at(hours(11))), "connector", false, at(hours(99)));
      if (row.recovers) {
        f.book().apply(f.recovered("CAUSE", at(hours(12))), "connector", false, at(hours(99)));
      }
      if (!symptom_first) {
        read_symptom();
      }
      f.book().settle();
      EXPECT_EQ(f.shown(), row.shown);
    }
  }
}

TEST(IncidentBook, SettleAppliesRecoveriesThatWereReadBeforeTheFailure) {
  for (const bool healed : {true, false}) {
    SCOPED_TRACE(healed);
    BookFixture f({signature("A", 1001)}, for_scan());
    f.book().end_backlog("b", at(hours(99)));  // as scan says of each log before it reads it
    f.book().apply(f.recovered("A", at(hours(healed ? 3 : 1))), "b", false, at(hours(99)));
    f.book().end_backlog("a", at(hours(99)));
    f.book().apply(f.failure("A", at(hours(2))), "a", false, at(hours(99)));
    f.book().settle();
    EXPECT_EQ(f.shown(), healed ? "A 1x1 cleared(recovery)" : "A 1x1 firing");
  }
  // In its own log the failure came after the recovery, and stays.
  BookFixture f({signature("A", 1001)}, for_scan());
  f.book().apply(f.recovered("A", at(hours(3))), "a", false, at(hours(99)));
  f.book().apply(f.failure("A", at(hours(2))), "a", false, at(hours(99)));
  f.book().settle();
  EXPECT_EQ(f.shown(), "A 1x1 firing");
}

TEST(IncidentBook, LogsOfAnotherMachineHealNothing) {
  struct Row {
    const char* name;
    const char* failed_in;
    const char* healed_in;
    matches::Fields fields;
    bool healed;
  };
  const Row rows[] = {
      {"same folder", "/logs/cp1/a.log", "/logs/cp1/b.log", {{"g", "1"}}, true},
      {"another folder", "/logs/cp1/a.log", "/logs/cp2/a.log", {{"g", "1"}}, false},
      {"another folder, same host",
       "/c/Logs/a.log",
       "/d/IIS/b.log",
       {{"g", "1"}, {"host", "CP1"}},
       true},
  };
  for (const Row& row : rows) {
    for (const bool recovery_first : {false, true}) {
      SCOPED_TRACE(std::string(row.name) + (recovery_first ? ", recovery read first" : ""));
      auto options = for_scan();
      options.folders_are_machines = true;
      BookFixture f({signature("A", 1001)}, options);
      const auto fail = [&] {
        f.book().apply(f.failure("A", at(hours(2)), row.fields), row.failed_in, false,
                       at(hours(99)));
      };
      const auto recover = [&] {
        f.book().apply(f.recovered("A", at(hours(3)), row.fields), row.healed_in, false,
                       at(hours(99)));
      };
      recovery_first ? recover() : fail();
      recovery_first ? fail() : recover();
      f.book().settle();
      EXPECT_EQ(f.shown(), row.healed ? "A 1x1 cleared(recovery)" : "A 1x1 firing");
    }
  }
}

TEST(IncidentBook, SettleWritesTextsByTime) {
  BookFixture f(certificate_rules(), for_scan());
  f.book().apply(f.failure("COUNT", at(hours(10)), {{"thing", "x"}}), "a", false, at(hours(99)));
  f.book().apply(f.recovered("COUNT", at(hours(11)), {}), "a", false, at(hours(99)));
  f.book().apply(f.failure("CAUSE", at(hours(10))), "b", false, at(hours(99)));
  EXPECT_EQ(f.incident("COUNT").cause, "Alone.");
  f.book().settle();
  EXPECT_EQ(f.incident("COUNT").cause, "With x.");
  EXPECT_EQ(f.incident("COUNT").level, Level::kHigh);
}

}  // namespace
}  // namespace cmgmon::incidents
