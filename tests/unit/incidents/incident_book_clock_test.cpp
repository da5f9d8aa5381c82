// The wall clock is set while incidents wait by it; and floods that a log can cause.

#include <gtest/gtest.h>

#include <string>

#include "unit/incidents/book_fixture.h"

namespace cmgmon::incidents {
namespace {

const base::Duration kJumps[] = {hours(1), -hours(1), hours(24 * 365 * 20), -hours(24 * 365 * 20)};

std::string name_of(base::Duration jump) {
  return std::to_string(std::chrono::duration_cast<hours>(jump).count()) + " h";
}

TEST(IncidentBookClock, AHeldClearIsToldWhenItsTwoMinutesAreOverWhateverTheClockDoes) {
  for (const auto jump : kJumps) {
    SCOPED_TRACE(name_of(jump));
    BookFixture f({signature("A", 1001)});
    f.fails("A", seconds(1));
    f.recovers("A", seconds(2));
    f.said();
    f.book().clock_moved(jump);
    f.book().advance(at(jump + seconds(60)));
    EXPECT_EQ(f.said(), "");
    f.book().advance(at(jump + minutes(3)));
    EXPECT_EQ(f.said(), "cleared(recovery) A 1x1");
  }
}

TEST(IncidentBookClock, NoIncidentGoesQuietBecauseTheClockWasSet) {
  for (const auto jump : kJumps) {
    SCOPED_TRACE(name_of(jump));
    auto quiet = signature("A", 1001);
    quiet.quiet = minutes(30);
    BookFixture f({quiet});
    f.fails("A", seconds(0));
    f.book().clock_moved(jump);
    f.book().advance(at(jump + minutes(29)));
    EXPECT_EQ(f.shown(), "A 1x1 firing");
    f.book().advance(at(jump + minutes(31)));
    EXPECT_EQ(f.shown(), "A 1x1 cleared(quiet)");
  }
}

// The clock of the machine is ahead, for a line or for good: its logs are ahead, too.
TEST(IncidentBookClock, ALogThatGoesByAClockThatWasSetMakesNothingQuiet) {
  for (const auto jump : {base::Duration(hours(1)), base::Duration(hours(24 * 365 * 20))}) {
    for (const bool restarted : {false, true}) {
      SCOPED_TRACE(name_of(jump) + (restarted ? ", restarted" : ""));
      auto quiet = signature("A", 1001);
      quiet.quiet = minutes(30);
      auto patient = signature("B", 1002);
      patient.hold = minutes(10);
      BookFixture f({quiet, patient});
      f.fails("A", seconds(0));
      f.fails("B", seconds(0));
      f.book().clock_moved(jump);
      if (restarted) {
        f.restart();
      }
      f.book().watermark("a", at(jump + minutes(9)), at(jump + minutes(9)));
      EXPECT_EQ(f.shown(), "A 1x1 firing, B 1x1 pending");
      f.book().watermark("a", at(jump + minutes(11)), at(jump + minutes(11)));
      EXPECT_EQ(f.shown(), "A 1x1 firing, B 1x1 firing");
      f.book().clock_moved(-jump);
      f.book().watermark("a", at(minutes(29)), at(minutes(29)));
      EXPECT_EQ(f.shown(), "A 1x1 firing, B 1x1 firing");
      f.book().watermark("a", at(minutes(31)), at(minutes(29)));
      EXPECT_EQ(f.shown(), "A 1x1 cleared(quiet), B 1x1 firing");
      // What fails by the new clock goes by it.
      f.book().clock_moved(jump);
      f.fails("A", jump + minutes(40));
      f.book().watermark("a", at(jump + minutes(71)), at(jump + minutes(41)));
      EXPECT_EQ(f.shown(), "A 1x1 cleared(quiet), B 1x1 firing, A 1x1 cleared(quiet)");
    }
  }
}

TEST(IncidentBookClock, NeitherForNorSuppressIsStuckOrCutShort) {
  for (const auto jump : kJumps) {
    SCOPED_TRACE(name_of(jump));
    auto patient = signature("A", 1001);
    patient.hold = minutes(10);
    auto calm = signature("B", 1002);
    calm.suppress = minutes(10);
    BookFixture f({patient, calm});
    f.book().apply(f.failure("A", std::nullopt), "a", false, at(seconds(0)));
    f.book().apply(f.failure("B", std::nullopt), "a", false, at(seconds(0)));
    f.book().apply(f.recovered("B", std::nullopt), "a", false, at(seconds(1)));
    f.book().advance(at(minutes(5)));
    EXPECT_EQ(f.said(), "raised B 1x1, cleared(recovery) B 1x1");
    f.book().clock_moved(jump);
    f.book().apply(f.failure("B", std::nullopt), "a", false, at(jump + minutes(6)));
    f.book().advance(at(jump + minutes(9)));
    EXPECT_EQ(f.said(), "");
    f.book().advance(at(jump + minutes(11)));
    EXPECT_EQ(f.said(), "raised A 1x1, raised B 1x1");
  }
}

TEST(IncidentBookClock, MillionsOfGroupsStayWithinTheBounds) {
  BookOptions options;
  options.max_incidents = 100;
  BookFixture f({signature("A", 1001)}, options);
  std::size_t raised = 0;
  std::size_t cleared = 0;
  for (int i = 0; i < 100'000; ++i) {
    f.fails("A", milliseconds(i), {{"g", std::to_string(i)}});
    for (const Transition& transition : f.book().take_transitions()) {
      raised += transition.kind == TransitionKind::kRaised ? 1 : 0;
      cleared += transition.kind == TransitionKind::kCleared ? 1 : 0;
    }
  }
  const auto counters = f.book().counters();
  EXPECT_EQ(counters.matches, 100'000U);
  EXPECT_EQ(raised, 100'000U);
  EXPECT_EQ(cleared,
            raised - options.max_incidents);  // nobody is left with an alert that never ends
  EXPECT_EQ(counters.dropped_incidents, cleared);
  EXPECT_LE(f.book().incidents().size(), options.max_incidents + options.max_cleared);
}

TEST(IncidentBookClock, AFailureInEveryLineIsOneIncident) {
  BookFixture f({signature("A", 1001)});
  for (int i = 0; i < 100'000; ++i) {
    f.fails("A", milliseconds(i));
  }
  EXPECT_EQ(f.shown(), "A 1x100000 firing");
  EXPECT_EQ(f.incident("A").evidence.size(), kMaxEvidence);
  EXPECT_EQ(f.said(), "raised A 1x1, updated A 1x100000");
}

}  // namespace
}  // namespace cmgmon::incidents
