#include "sinks/event_budget.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "incident_samples.h"

namespace cmgmon::sinks {
namespace {

using incidents::TransitionKind;
using signatures::Level;

const base::Time kStart = at("2026-11-22T10:00:00Z");

incidents::Transition transition_of(TransitionKind kind, const std::string& signature, Level level,
                                    int number, base::Time when) {
  incidents::Transition transition;
  transition.kind = kind;
  transition.at = when;
  transition.incident.signature = signature;
  transition.incident.level = level;
  transition.incident.episode = signature + std::to_string(number);
  return transition;
}

// Offers a transition the way the sink does.
bool offer(EventBudget& budget, const incidents::Transition& transition) {
  budget.begin(transition.at);
  const bool written = budget.writes(transition);
  budget.count(transition, written);
  return written;
}

int offer_many(EventBudget& budget, const std::string& signature, Level level, int count,
               base::Time when) {
  int written = 0;
  for (int i = 0; i < count; ++i) {
    written +=
        offer(budget, transition_of(TransitionKind::kRaised, signature, level, i, when)) ? 1 : 0;
  }
  return written;
}

TEST(EventBudget, HowManyAreWrittenDependsOnTheLevel) {
  struct Row {
    Level level;
    int written;
  };
  for (const Row& row : {Row{Level::kInformational, 5}, Row{Level::kLow, 5}, Row{Level::kMedium, 5},
                         Row{Level::kHigh, 10}, Row{Level::kCritical, 100}}) {
    SCOPED_TRACE(signatures::name_of(row.level));
    EventBudget budget({10, std::chrono::minutes(10)});
    EXPECT_EQ(offer_many(budget, "STORM", row.level, 100, kStart), row.written);
  }
}

TEST(EventBudget, AStormHidesNoOtherSignature) {
  EventBudget budget({10, std::chrono::minutes(10)});
  offer_many(budget, "STORM", Level::kHigh, 1000, kStart);
  EXPECT_EQ(offer_many(budget, "OTHER-LOW", Level::kLow, 10, kStart), 1);
  EXPECT_EQ(offer_many(budget, "OTHER-HIGH", Level::kHigh, 10, kStart), 1);
  EXPECT_EQ(offer_many(budget, "OTHER-CRITICAL", Level::kCritical, 10, kStart), 10);
}

TEST(EventBudget, ClearsFollowTheirRaise) {
  EventBudget budget({2, std::chrono::minutes(10)});
  EXPECT_EQ(offer_many(budget, "S", Level::kHigh, 4, kStart), 2);
  std::vector<bool> written;
  for (int i = 0; i < 4; ++i) {
    written.push_back(
        offer(budget, transition_of(TransitionKind::kCleared, "S", Level::kHigh, i, kStart)));
  }
  EXPECT_EQ(written, (std::vector<bool>{true, true, false, false}));
  // One that began in an earlier run of the program.
  EXPECT_TRUE(
      offer(budget, transition_of(TransitionKind::kCleared, "S", Level::kHigh, 99, kStart)));
}

TEST(EventBudget, TheNextWindowBeginsAnew) {
  EventBudget budget({10, std::chrono::minutes(10)});
  offer_many(budget, "S", Level::kHigh, 100, kStart);
  const auto almost = kStart + std::chrono::minutes(10) - base::Duration(1);
  EXPECT_EQ(offer_many(budget, "S", Level::kHigh, 100, almost), 0);
  EXPECT_EQ(offer_many(budget, "S", Level::kHigh, 100, kStart + std::chrono::minutes(10)), 10);
  // A clock that was set back far does not leave the window open for ever.
  EXPECT_EQ(offer_many(budget, "S", Level::kHigh, 100, kStart - std::chrono::hours(1000)), 10);
}

TEST(EventBudget, OwesOneSummaryWithCounts) {
  EventBudget budget({2, std::chrono::minutes(10)});
  EXPECT_FALSE(budget.owed(kStart + std::chrono::hours(1)).has_value());
  offer_many(budget, "B", Level::kHigh, 4, kStart);
  offer_many(budget, "A", Level::kLow, 7, kStart);
  offer(budget, transition_of(TransitionKind::kCleared, "A", Level::kLow, 3, kStart));
  EXPECT_FALSE(budget.owed(kStart + std::chrono::minutes(9)).has_value());
  const auto early = budget.owed(kStart, true);
  ASSERT_TRUE(early.has_value());
  const auto summary = budget.owed(kStart + std::chrono::minutes(10));
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->counts, "A 6 raised, 1 cleared; B 2 raised");
  EXPECT_EQ(summary->total, 9U);
  EXPECT_EQ(early->counts, summary->counts);
  budget.paid();
  EXPECT_FALSE(budget.owed(kStart + std::chrono::hours(1), true).has_value());
}

TEST(EventBudget, LongListsAreShortened) {
  EventBudget budget({1, std::chrono::minutes(10)});
  for (int i = 0; i < 700; ++i) {
    offer_many(budget, "S" + std::to_string(i), Level::kLow, 2, kStart);
  }
  const auto summary = budget.owed(kStart, true);
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->total, 700U);
  EXPECT_LT(summary->counts.size(), 1000U);
  EXPECT_NE(summary->counts.find("more signatures"), std::string::npos);
}

// Whatever comes: nothing is lost (written + summarised = offered), criticals are written, and at most the budget plus
// one per signature plus criticals and clears of what was raised.
TEST(EventBudget, NothingIsLostInAnyOrder) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const std::size_t limit = 1 + random() % 20;
    EventBudget budget({limit, std::chrono::minutes(10)});
    std::uint64_t offered = 0;
    std::uint64_t written = 0;
    std::uint64_t summarised = 0;
    std::uint64_t written_in_window = 0;
    base::Time now = kStart;
    std::optional<base::Time> window;
    std::set<std::string> raised_now;
    for (int step = 0; step < 300; ++step) {
      if (random() % 20 == 0) {
        now += std::chrono::minutes(random() % 15);
      }
      if (const auto summary = budget.owed(now)) {
        summarised += summary->total;
        budget.paid();
      }
      if (!window || now >= *window + std::chrono::minutes(10)) {
        window = now;
        written_in_window = 0;
        raised_now.clear();
      }
      const auto level = static_cast<Level>(random() % 5);
      const bool clear = random() % 4 == 0;
      const auto transition = transition_of(
          clear ? TransitionKind::kCleared : TransitionKind::kRaised,
          "S" + std::to_string(random() % 5) + std::string(signatures::name_of(level)), level,
          static_cast<int>(random() % 50), now);
      const bool was_written = offer(budget, transition);
      ++offered;
      written += was_written ? 1U : 0U;
      if (!clear && level == Level::kCritical) {
        EXPECT_TRUE(was_written);
      }
      if (!clear && level != Level::kCritical && was_written) {
        const bool first = raised_now.insert(transition.incident.signature).second;
        EXPECT_TRUE(first || written_in_window < limit);
      }
      written_in_window += was_written ? 1U : 0U;
    }
    if (const auto summary = budget.owed(now, true)) {
      summarised += summary->total;
    }
    EXPECT_EQ(written + summarised, offered);
  }
}

}  // namespace
}  // namespace cmgmon::sinks
