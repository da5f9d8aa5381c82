// First sight of a log, and what is bounded.

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "unit/incidents/book_fixture.h"

namespace cmgmon::incidents {
namespace {

TEST(IncidentBook, RaisesOnceAtTheEndOfTheBacklogWhatIsStillOpen) {
  BookFixture f({signature("A", 1001), signature("B", 1002)});
  const auto now = hours(20);
  f.failed("A", hours(1), now);
  f.failed("A", hours(2), now);
  f.failed("B", hours(3), now);
  f.book().apply(f.recovered("B", at(hours(4))), "a", true, at(now));
  f.book().watermark("a", at(hours(19)), at(now));
  f.book().advance(at(now + seconds(1)));
  EXPECT_EQ(f.said(), "");
  EXPECT_EQ(f.shown(), "A 1x2 firing, B 1x1 cleared(recovery)");
  f.book().end_backlog("other", at(now + seconds(1)));
  EXPECT_EQ(f.said(), "");
  f.book().end_backlog("a", at(now + seconds(1)));
  EXPECT_EQ(f.said(), "raised A 1x2");
  EXPECT_TRUE(f.last()[0].incident.late);
  EXPECT_EQ(f.last()[0].incident.first_seen, at(hours(1)));
  EXPECT_EQ(f.last()[0].sequence, 1U);
  f.book().end_backlog("a", at(now + seconds(2)));
  f.book().advance(at(now + hours(9)));
  EXPECT_EQ(f.said(), "");
  f.recovers("A", now + hours(9));
  f.book().advance(at(now + hours(10)));
  EXPECT_EQ(f.said(), "cleared(recovery) A 1x2");
}

TEST(IncidentBook, RaisesNothingOlderThanTheHorizon) {
  struct Row {
    const char* name;
    std::optional<base::Time> last_seen;
    std::string said;
  };
  const Row rows[] = {
      {"a day and a bit", at(hours(76) - milliseconds(1)), ""},
      {"a day", at(hours(76)), "raised A 1x1"},
      {"nobody knows when", std::nullopt, "raised A 1x1"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    BookFixture f({signature("A", 1001)});
    f.book().apply(f.failure("A", row.last_seen), "a", true, at(hours(100)));
    f.book().end_backlog("a", at(hours(100)));
    EXPECT_EQ(f.said(), row.said);
    EXPECT_EQ(f.shown(), row.said.empty() ? "" : "A 1x1 firing");
  }
}

TEST(IncidentBook, WhatHasBeenQuietAtTheEndOfTheBacklogIsNotRaised) {
  auto rule = signature("A", 1001);
  rule.quiet = hours(1);
  for (const bool live : {false, true}) {
    SCOPED_TRACE(live);
    BookFixture f({rule});
    f.failed("A", hours(live ? 9 : 8), hours(10) - seconds(1));
    f.book().end_backlog("a", at(hours(10) - seconds(1)));
    EXPECT_EQ(f.said(), live ? "raised A 1x1" : "");
    f.book().advance(at(hours(10)));
    EXPECT_EQ(f.shown(), "A 1x1 cleared(quiet)");
  }
}

TEST(IncidentBook, ALiveFailureRaisesWhatTheBacklogBegan) {
  BookFixture f({signature("A", 1001)});
  f.failed("A", hours(1), hours(2), "old");
  f.fails("A", hours(2), {{"g", "1"}}, "live");
  EXPECT_EQ(f.said(), "raised A 1x2");
  EXPECT_TRUE(f.last()[0].incident.late);
  f.book().end_backlog("old", at(hours(2)));
  EXPECT_EQ(f.said(), "");
}

TEST(IncidentBook, ARecoveryInAnotherBacklogThatWasReadEarlierCounts) {
  BookFixture f({signature("A", 1001)});
  f.book().apply(f.recovered("A", at(hours(5))), "b", true, at(hours(9)));
  f.failed("A", hours(4), hours(9), "a");
  f.book().end_backlog("a", at(hours(9)));
  EXPECT_EQ(f.said(), "");
  EXPECT_EQ(f.shown(), "A 1x1 cleared(recovery)");
}

TEST(IncidentBook, FoldsAtTheEndOfTheBacklogWhateverWasReadFirst) {
  auto cause = signature("CAUSE", 1002, Level::kCritical);
  cause.explains = {"SYMPTOM"};
  BookFixture f({signature("SYMPTOM", 1001), cause});
  f.failed("SYMPTOM", hours(1), hours(9));
  f.failed("CAUSE", hours(2), hours(9));
  f.book().end_backlog("a", at(hours(9)));
  EXPECT_EQ(f.said(), "raised CAUSE 1x1");
  EXPECT_EQ(f.shown(), "SYMPTOM 1x1 firing by CAUSE, CAUSE 1x1 firing");
}

TEST(IncidentBook, APendingOneOfTheBacklogFiresByTheWall) {
  auto patient = signature("A", 1001);
  patient.hold = minutes(30);
  BookFixture f({patient});
  f.failed("A", hours(1), hours(1) + minutes(10));
  f.book().end_backlog("a", at(hours(1) + minutes(10)));
  EXPECT_EQ(f.shown(), "A 1x1 pending");
  EXPECT_EQ(f.book().next_deadline(), at(hours(1) + minutes(30)));
  f.book().advance(at(hours(1) + minutes(30)));
  EXPECT_EQ(f.said(), "raised A 1x1");
  EXPECT_TRUE(f.last()[0].incident.late);
}

// --- bounds

TEST(IncidentBook, GivesUpTheLeastRecentlySeenOfTheLowestLevel) {
  BookOptions options;
  options.max_incidents = 3;
  BookFixture f({signature("HIGH", 1001), signature("LOW", 1002, Level::kLow)}, options);
  f.fails("LOW", seconds(1), {{"g", "1"}});
  f.fails("LOW", seconds(2), {{"g", "2"}});
  f.fails("HIGH", seconds(3), {{"g", "3"}});
  f.fails("LOW", seconds(4), {{"g", "1"}});
  f.said();
  f.fails("HIGH", seconds(5), {{"g", "4"}});
  EXPECT_EQ(f.said(), "cleared(quiet) LOW 2x1, raised HIGH 4x1")
      << "whoever got its raise gets its end";
  f.fails("HIGH", seconds(6), {{"g", "5"}});
  EXPECT_EQ(f.said(), "cleared(quiet) LOW 1x2, raised HIGH 5x1");
  f.fails("LOW", seconds(7), {{"g", "6"}});
  EXPECT_EQ(f.said(), "") << "not worth a high one";
  EXPECT_EQ(f.book().counters().dropped_incidents, 3U);
}

TEST(IncidentBook, TellsAHeldClearEarlyRatherThanGiveUpAnOpenIncident) {
  BookOptions options;
  options.max_incidents = 2;
  BookFixture f({signature("A", 1001)}, options);
  f.fails("A", seconds(1), {{"g", "1"}});
  f.fails("A", seconds(2), {{"g", "2"}});
  f.recovers("A", seconds(3), {{"g", "2"}});
  f.fails("A", seconds(4), {{"g", "3"}});
  f.said();
  EXPECT_EQ(f.book().counters().dropped_incidents, 0U);
  EXPECT_EQ(f.shown(), "A 1x1 firing, A 2x1 cleared(recovery), A 3x1 firing");
}

TEST(IncidentBook, KeepsABoundedNumberOfClearedOnes) {
  BookOptions options;
  options.clear_hold = milliseconds(0);
  options.max_cleared = 10;
  BookFixture f({signature("A", 1001)}, options);
  for (int i = 0; i < 25; ++i) {
    f.fails("A", hours(i));
    f.recovers("A", hours(i));
  }
  EXPECT_EQ(f.book().incidents().size(), 10U);
  EXPECT_EQ(f.book().incidents().front().first_seen, at(hours(15)));
  EXPECT_EQ(f.book().counters().forgotten_cleared, 15U);
}

TEST(IncidentBook, AnExplosionOfGroupsStaysBounded) {
  auto cause = signature("CAUSE", 1002, Level::kCritical);
  cause.explains = {"A"};
  auto rule = signature("A", 1001);
  rule.quiet = hours(24);
  BookOptions options;
  options.max_incidents = 200;
  BookFixture f({rule, cause}, options);
  f.fails("CAUSE", seconds(0));
  for (int i = 0; i < 20000; ++i) {
    f.fails("A", milliseconds(i), {{"g", std::to_string(i)}});
  }
  EXPECT_EQ(f.said(), "raised CAUSE 1x1");
  EXPECT_EQ(f.book().incidents().size(), 200U);
  EXPECT_EQ(f.book().counters().dropped_incidents, 20001U - 200U);
  EXPECT_LT(f.book().save().size(), 400U * 1024U);
}

TEST(IncidentBook, BoundsBytesAsWellAsIncidents) {
  BookFixture f({signature("A", 1001)});
  for (int i = 0; i < 3000; ++i) {
    auto match = f.failure("A", at(milliseconds(i)), {{"g", std::to_string(i)}});
    for (int copy = 0; copy < 8; ++copy) {
      match.evidence.push_back(match.evidence.front());
      match.evidence.back().message.assign(matches::kMaxEvidenceBytes, 'x');
    }
    f.book().apply(match, "a", false, at(milliseconds(i)));
    f.book().take_transitions();
  }
  EXPECT_GT(f.book().counters().dropped_incidents, 1500U);
  EXPECT_LT(f.book().save().size(), 33U << 20U);
}

// --- after a restart

TEST(IncidentBook, WhatAnotherLogShowsToBeOverAfterARestartIsNotRaised) {
  struct Row {
    const char* name;
    int failed;
    int recovered;
    const char* log;  // of the recovery
    const char* told;
  };
  const Row rows[] = {
      {"over", 10, 20, "b", ""},
      {"broken again", 30, 20, "b", "raised A 1x1"},
      {"over by its own log, as if there had been no restart", 10, 20, "a",
       "raised A 1x1, cleared(recovery) A 1x1"},
  };
  BookOptions options;
  options.clear_hold = milliseconds(0);
  for (const Row& row : rows) {
    for (const bool failure_first : {true, false}) {
      if (!failure_first && std::string_view(row.log) == "a") {
        continue;
      }
      for (const bool killed_between : {false, true}) {
        SCOPED_TRACE(std::string(row.name) + (failure_first ? ", failure first" : "") +
                     (killed_between ? ", killed between" : ""));
        BookFixture f({signature("A", 1001)}, options);
        const auto start = [&] {
          f.book().catch_up([](const signatures::Signature& rule, const std::string& stream) {
            return rule.name == "A" && stream == "a";
          });
        };
        start();
        for (const bool failure : {failure_first, !failure_first}) {
          if (failure) {
            f.book().apply(f.failure("A", at(seconds(row.failed))), "a", false, at(hours(1)));
          } else {
            f.book().apply(f.recovered("A", at(seconds(row.recovered))), row.log, false,
                           at(hours(1)));
          }
          if (killed_between) {
            f.restart();
            start();
          }
        }
        f.book().caught_up(at(hours(1)));
        EXPECT_EQ(f.said(), row.told);
        f.keep_changes(true);
        EXPECT_FALSE(f.rows().contains("recoveries")) << "nobody needs them any more";
        // And then everything is as always.
        f.book().apply(f.failure("A", at(hours(1)), {{"g", "2"}}), "a", false, at(hours(1)));
        EXPECT_EQ(f.said(), "raised A 2x1");
      }
    }
  }
}

TEST(IncidentBook, OnlyWhatAnotherLogMayShowToBeOverWaitsAfterARestart) {
  auto quiet = signature("Q", 1003);
  quiet.quiet = minutes(30);
  BookOptions options;
  options.clear_hold = milliseconds(0);
  BookFixture f({signature("A", 1001), signature("B", 1002), quiet}, options);
  f.book().catch_up(
      [](const signatures::Signature& rule, const std::string&) { return rule.name != "B"; });
  f.fails("A", seconds(1));
  f.fails("B", seconds(2));
  f.fails("Q", seconds(3));
  EXPECT_EQ(f.said(), "raised B 1x1");
  f.fails("A", seconds(4));
  f.book().watermark("a", at(hours(1)), at(hours(1)));
  EXPECT_EQ(f.said(), "raised Q 1x1, cleared(quiet) Q 1x1") << "as if there had been no restart";
  f.book().caught_up(at(hours(1)));
  EXPECT_EQ(f.said(), "raised A 1x2");
  f.book().caught_up(at(hours(1)));
  EXPECT_EQ(f.said(), "");
}

}  // namespace
}  // namespace cmgmon::incidents
