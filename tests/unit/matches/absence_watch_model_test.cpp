// The watch for silence against a twin that goes through every second.

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <utility>

#include "unit/matches/absence_watched.h"

namespace cmgmon::matches {
namespace {

using signatures::Absence;
using test::AbsenceEvent;
using Kind = AbsenceEvent::Kind;
using std::chrono::seconds;

signatures::SignatureSet random_rules(std::mt19937& random) {
  const auto one_of = [&](std::initializer_list<std::int64_t> values) {
    return *(values.begin() + static_cast<std::int64_t>(random() % values.size()));
  };
  signatures::SignatureSet set;
  for (int i = 0; i < 3; ++i) {
    auto rule = absence("R" + std::to_string(i), random() % 3 != 0);
    auto& about = *rule.absence;
    about.every = seconds(one_of({60, 90, 300}));
    about.grace = seconds(one_of({0, 1, 45, 200}));
    about.per_stream = random() % 3 != 0;
    about.armed_by = static_cast<Absence::ArmedBy>(random() % 3);
    if (about.armed_by == Absence::ArmedBy::kServiceRunning || random() % 2 == 0) {
      about.while_running = {"S1"};
      if (random() % 2 == 0) {
        about.while_running.push_back("S2");
      }
      if (random() % 2 == 0) {
        about.stopped_at_most = seconds(one_of({0, 50, 150}));
      }
    }
    if (random() % 3 == 0) {
      about.while_open = {"I1"};
    }
    set.signatures.push_back(std::move(rule));
  }
  return set;
}

AbsenceEvent random_event(std::mt19937& random, std::int64_t& now) {
  AbsenceEvent event;
  event.log = random() % 2 == 0 ? "a.log" : "b.log";
  const auto dice = random() % 100;
  if (dice < 60) {
    event.kind = Kind::kLooked;
    const auto kind = random() % 40;
    now += kind == 0   ? 3600
           : kind == 1 ? -static_cast<std::int64_t>(random() % 4000)
           : kind == 2 ? std::int64_t{20} * 365 * 86400
           : kind == 3 ? 120 + static_cast<std::int64_t>(random() % 2)
                       : static_cast<std::int64_t>(random() % 60);
  } else if (dice < 72) {
    event.kind = random() % 2 == 0 ? Kind::kHeard : Kind::kWrote;
    event.name = "R" + std::to_string(random() % 3);
    if (random() % 4 != 0) {
      event.log_time =
          now - (random() % 3 == 0 ? 86395 + static_cast<std::int64_t>(random() % 10) : 5);
    }
  } else if (dice < 76) {
    event.kind = Kind::kOpened;
    event.flag = random() % 4 == 0;
  } else if (dice < 84) {
    event.kind = Kind::kBacklogEnded;
  } else if (dice < 86) {
    event.kind = Kind::kRolledOver;
  } else if (dice < 90) {
    event.kind = random() % 3 == 0 ? Kind::kUnreadable : Kind::kReadable;
  } else if (dice < 94) {
    event.kind = Kind::kService;
    event.name = random() % 2 == 0 ? "S1" : "S2";
    event.state = random() % 3 == 0 ? "stopped" : random() % 2 == 0 ? "running" : "unknown";
  } else if (dice < 98) {
    event.kind = Kind::kIncident;
    event.name = "I1";
    event.flag = random() % 3 != 0;
  } else {
    event.kind = Kind::kRestart;
  }
  event.now = now;
  return event;
}

TEST(AbsenceWatch, AgreesWithGoingThroughEverySecond) {
  constexpr unsigned kFirstSeed = 20261122;
  std::size_t overdue = 0;
  std::size_t cleared = 0;
  for (unsigned seed = kFirstSeed; seed < kFirstSeed + 300; ++seed) {
    std::mt19937 random(seed);
    const auto set = random_rules(random);
    Watched fast(set);
    test::SlowAbsence slow(set, 120, 86400);
    std::int64_t now = 0;
    for (int i = 0; i < 400; ++i) {
      const auto event = random_event(random, now);
      const auto told = fast.handle(event);
      ASSERT_EQ(told, slow.handle(event))
          << "seed " << seed << ", event " << i << ", second " << now;
      for (const auto& one : told) {
        (one.what == "overdue" ? overdue : cleared) += 1;
      }
    }
  }
  // The scripts are of use only if something happens in them.
  EXPECT_GT(overdue, 500U);
  EXPECT_GT(cleared, 200U);
}

}  // namespace
}  // namespace cmgmon::matches
