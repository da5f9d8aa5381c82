#include "engine/agent.h"

#include <gtest/gtest.h>

#include <future>

#include "agent_fixture.h"
#include "engine/patient_store.h"
#include "platform/files.h"
#include "store/store.h"

namespace cmgmon::engine {
namespace {

using test::failure;
using test::recovery;

using Lines = AgentTest::Lines;

// Refuses some commits, and keeps what it was told by the others.
class RefusingStore final : public store::Store {
 public:
  RefusingStore(int refusals, std::vector<store::Changes>& kept)
      : refusals_(refusals), kept_(kept) {}
  base::Result<void> commit(const store::Changes& changes) override {
    if (refusals_-- > 0) {
      return base::Error{base::ErrorKind::kFull, 0, "the disk is full"};
    }
    kept_.push_back(changes);
    return {};
  }

 private:
  int refusals_;
  std::vector<store::Changes>& kept_;
};

TEST_F(AgentTest, WhatCouldNotBeSavedIsToldAndSavedWithEverythingLater) {
  for (const int refusals : {0, 1, 2, 100}) {
    SCOPED_TRACE(refusals);
    const auto before = told_.lines.size();
    folder_.append("connector.log", failure("SMS_MP", 1));
    std::vector<store::Changes> kept;
    store_ = std::make_unique<RefusingStore>(refusals, kept);
    run(true);
    ASSERT_EQ(told_.lines.size(), before + 1) << "the disk keeps nothing from being told";
    if (refusals == 100) {
      EXPECT_TRUE(kept.empty());
      continue;
    }
    ASSERT_FALSE(kept.empty());
    EXPECT_EQ(kept.front().everything, refusals > 0);
    std::size_t told = 0;
    for (const auto& changes : kept) {
      told += changes.told.size();
    }
    EXPECT_EQ(told, 1U);
    EXPECT_TRUE(kept.front().rooms.contains(store::kBook));
  }
}

TEST_F(AgentTest, WithoutIncidentsThatCanBeReadTheLogsAreReadFromTheirBeginning) {
  folder_.append("connector.log", failure("SMS_MP", 0) + failure("SMS_MP", 1));
  run(true);
  ASSERT_EQ(told_.lines, Lines{"raised SMS_MP x2"});
  {
    auto state = store::open_state(folder_.path("state"), {});
    store::Changes changes;
    changes.rooms[store::kBook].rows["head"] = "what another version wrote";
    ASSERT_TRUE(state.store->commit(changes).has_value());
  }
  run(true);
  EXPECT_EQ(told_.lines, (Lines{"raised SMS_MP x2", "raised SMS_MP x2"}));
  EXPECT_EQ(notices_.lines, (Lines{"1", "2", "300", "1", "2"}));
  run(true);
  EXPECT_EQ(told_.lines.size(), 2U);
  // What could not be read is kept for people.
  std::vector<std::string> copies;
  const auto entries = platform::list_folder(folder_.path("state"));
  ASSERT_TRUE(entries.has_value());
  for (const auto& entry : *entries) {
    if (entry.name.starts_with("state.db.unread-")) {
      copies.push_back(entry.name);
    }
  }
  ASSERT_EQ(copies.size(), 1U);
  ASSERT_TRUE(platform::create_folders(folder_.path("copy")).has_value());
  ASSERT_TRUE(
      platform::rename_file(folder_.path("state/" + copies[0]), folder_.path("copy/state.db"))
          .has_value());
  const auto rooms = store::read_rooms(folder_.path("copy"));
  ASSERT_TRUE(rooms.has_value()) << rooms.error().message;
  EXPECT_EQ(rooms->rooms.at(store::kBook).at("head"), "what another version wrote");
}

TEST_F(AgentTest, TheNextAgentSavesWhatThisOneCouldNot) {
  folder_.append("connector.log", failure("SMS_MP", 1));
  std::vector<store::Changes> kept;
  auto left = run_from({std::make_unique<RefusingStore>(1000, kept), {}}, {}, true);
  EXPECT_TRUE(left.handed_over.save_failing);
  EXPECT_TRUE(left.state.unsaved);
  ASSERT_EQ(left.state.told.size(), 1U);
  left.state.store = std::make_unique<RefusingStore>(0, kept);
  AgentConfig next;
  next.handed_over = std::move(left.handed_over);
  left = run_from(std::move(left.state), next, true);
  EXPECT_EQ(told_.lines, Lines{"raised SMS_MP x1"});
  ASSERT_FALSE(kept.empty());
  EXPECT_TRUE(kept.front().everything);
  EXPECT_EQ(kept.front().told.size(), 1U);
  EXPECT_EQ(kept.front().streams.size(), 1U);
  // Each trouble is told once, and once that it is over; a reload is no start.
  EXPECT_EQ(notices_.sorted(), (Lines{"1", "2", "2", "301", "302"}));
  EXPECT_FALSE(left.handed_over.save_failing);
}

TEST_F(AgentTest, ASinkThatFailedBeforeAReloadIsSaidToWorkAfterIt) {
  folder_.append("connector.log", failure("SMS_MP", 1));
  sink_fails_ = 1000;
  auto left = run_from(store::open_state(folder_.path("state"), {}), {}, false,
                       [this] { EXPECT_TRUE(notices_.wait_for(2)); });
  EXPECT_TRUE(told_.lines.empty());
  sink_fails_ = 0;
  AgentConfig next;
  next.handed_over = std::move(left.handed_over);
  static_cast<void>(run_from(std::move(left.state), next, true));
  EXPECT_EQ(told_.lines, Lines{"raised SMS_MP x1"});
  EXPECT_EQ(notices_.sorted(), (Lines{"1", "2", "2", "200", "201"}));
}

TEST_F(AgentTest, WhatWaitsForASinkThatIsGoneIsForgotten) {
  {
    auto state = store::open_state(folder_.path("state"), {});
    store::Changes changes;
    changes.outbox.added = {{"elsewhere", {}, 1}, {"telling", {}, 7}};
    changes.outbox.added[1].transition.incident.group["endpoint"] = "Waited";
    ASSERT_TRUE(state.store->commit(changes).has_value());
  }
  folder_.append("connector.log", "");
  run(true);
  EXPECT_EQ(told_.lines, Lines{"raised Waited x0"});
  EXPECT_TRUE(store::open_state(folder_.path("state"), {}).snapshot.outbox.empty());
}

// Hangs in its first commit until it is told to go on.
class HangingStore final : public store::Store {
 public:
  explicit HangingStore(std::shared_future<void> go_on) : go_on_(std::move(go_on)) {}
  base::Result<void> commit(const store::Changes&) override {
    go_on_.wait();
    return {};
  }

 private:
  std::shared_future<void> go_on_;
};

TEST_F(AgentTest, ADiskThatHangsHoldsUpNeitherAlertsNorTheEnd) {
  for (const bool comes_back : {false, true}) {
    SCOPED_TRACE(comes_back ? "comes back" : "hangs until after the end");
    told_.lines.clear();
    notices_.lines.clear();
    // A disk that is well again must not be told to hang because the machine is busy.
    const std::chrono::milliseconds patience(comes_back ? 2000 : 50);
    std::promise<void> go_on;
    folder_.append("connector.log", "");
    store_ = std::make_unique<PatientStore>(
        std::make_unique<HangingStore>(go_on.get_future().share()), patience);
    run(false, [&] {
      folder_.append("connector.log", failure("SMS_MP", comes_back ? 2 : 0));
      EXPECT_TRUE(told_.wait_for(1));
      folder_.append("connector.log", recovery("SMS_MP", comes_back ? 3 : 1));
      EXPECT_TRUE(told_.wait_for(2));
      if (comes_back) {
        go_on.set_value();
        EXPECT_TRUE(notices_.wait_for(3));
      }
    });
    EXPECT_EQ(notices_.lines,
              comes_back ? (Lines{"1", "301", "302", "2"}) : (Lines{"1", "301", "2"}));
    if (!comes_back) {
      go_on.set_value();
    }
  }
}

TEST_F(AgentTest, ADiskThatHangsWhenTheStateIsOpenedHoldsUpNoAlert) {
  folder_.append("connector.log", failure("SMS_MP", 0));
  run(true);
  folder_.append("connector.log", recovery("SMS_MP", 1));
  std::promise<void> go_on;
  const std::string state = folder_.path("state");
  auto opened = PatientStore::open(
      [state, future = go_on.get_future().share()] {
        future.wait();
        return store::open_state(state, {});
      },
      [state] { return store::unread_state(state, {}); }, std::chrono::milliseconds(50),
      std::chrono::seconds(30));
  static_cast<void>(run_from(std::move(opened), {}, false, [&] {
    folder_.append("connector.log", failure("NOW", 2));
    EXPECT_TRUE(told_.wait_for(2));
    go_on.set_value();
    EXPECT_TRUE(notices_.wait_for(5));
    folder_.append("connector.log", recovery("NOW", 3) + failure("LATER", 4));
    EXPECT_TRUE(told_.wait_for(4));
  }));
  run(true);
  EXPECT_EQ(told_.lines,
            (Lines{"raised SMS_MP x1", "raised NOW x1", "cleared NOW x1", "raised LATER x1"}));
  EXPECT_EQ(notices_.lines, (Lines{"1", "2", "301", "1", "302", "2", "1", "2"}));
}

TEST_F(AgentTest, WhoeverIsAskedForWishesDelaysNoAlert) {
  std::promise<void> answer;
  AgentConfig config;
  config.wishes = [future = answer.get_future().share()] {
    future.wait();
    return Wishes{};
  };
  folder_.append("connector.log", failure("SMS_MP", 0));
  static_cast<void>(run_from(store::open_state(folder_.path("state"), {}), config, false, [&] {
    EXPECT_TRUE(told_.wait_for(1));
    folder_.append("connector.log", recovery("SMS_MP", 1));
    EXPECT_TRUE(told_.wait_for(2));
    answer.set_value();
  }));
}

TEST_F(AgentTest, AMetricsFileThatHangsHoldsUpNeitherAlertsNorTheEnd) {
  for (const bool comes_back : {true, false}) {
    SCOPED_TRACE(comes_back ? "comes back" : "hangs until after the end");
    told_.lines.clear();
    notices_.lines.clear();
    std::promise<void> go_on;
    AgentConfig config;
    config.board = std::make_shared<status::StatusBoard>();
    config.metrics_file = "//gone/cmgmon.prom";
    config.write_metrics = [hang = go_on.get_future().share()](const std::string&,
                                                               std::string_view text) {
      hang.wait();
      EXPECT_NE(text.find("cmgmon_"), std::string_view::npos);
      return base::Result<void>();
    };
    config.patience = std::chrono::milliseconds(500);
    const auto noticed = [this](const char* id) {
      std::unique_lock lock(notices_.mutex);
      return notices_.changed.wait_for(lock, std::chrono::seconds(30), [&] {
        return std::find(notices_.lines.begin(), notices_.lines.end(), id) != notices_.lines.end();
      });
    };
    const int before = DetachableWorker::left_behind();
    folder_.append("connector.log", "");
    auto state = store::open_state(folder_.path("state"), {});
    static_cast<void>(run_from(std::move(state), config, false, [&] {
      folder_.append("connector.log", failure("SMS_MP", comes_back ? 0 : 2));
      EXPECT_TRUE(told_.wait_for(1));
      EXPECT_TRUE(noticed("273"));
      folder_.append("connector.log", recovery("SMS_MP", comes_back ? 1 : 3));
      EXPECT_TRUE(told_.wait_for(2));
      if (comes_back) {
        go_on.set_value();
        EXPECT_TRUE(noticed("274"));
      }
    }));
    EXPECT_EQ(DetachableWorker::left_behind(), comes_back ? before : before + 1);
    if (!comes_back) {
      go_on.set_value();
      while (DetachableWorker::left_behind() > before) {
        std::this_thread::yield();
      }
    }
  }
}

TEST_F(AgentTest, OnceReadsWhatIsThereAndEnds) {
  folder_.append("connector.log", failure("SMS_MP", 0) + failure("SMS_MP", 1));
  run(true);
  EXPECT_EQ(told_.lines, Lines{"raised SMS_MP x2"});
  EXPECT_EQ(notices_.lines, (Lines{"1", "2"}));
}

TEST_F(AgentTest, TellsWhatIsWrittenWhileItRuns) {
  folder_.append("connector.log", recovery("SMS_MP", 0));
  run(false, [&] {
    folder_.append("connector.log", failure("SMS_MP", 1));
    EXPECT_TRUE(told_.wait_for(1));
    folder_.append("connector.log", recovery("SMS_MP", 2));
    EXPECT_TRUE(told_.wait_for(2));
  });
  EXPECT_EQ(told_.lines, (Lines{"raised SMS_MP x1", "cleared SMS_MP x1"}));
}

TEST_F(AgentTest, AClockThatIsSetMakesNothingQuiet) {
  for (auto& signature : set_.signatures) {
    signature.quiet =
        std::chrono::hours(24 * 365 * 5);  // the lines of the test are some months old
  }
  folder_.append("connector.log", recovery("SMS_MP", 0));
  run(false, [&] {
    folder_.append("connector.log", failure("SMS_MP", 1));
    EXPECT_TRUE(told_.wait_for(1));
    std::size_t expected = 1;
    for (const int years : {20, -20}) {
      clock_.set(std::chrono::hours(24 * 365 * years));
      folder_.append("connector.log", failure(years > 0 ? "FORTH" : "BACK", 2));
      EXPECT_TRUE(told_.wait_for(++expected));
    }
    folder_.append("connector.log", recovery("SMS_MP", 3));
    EXPECT_TRUE(told_.wait_for(4));
  });
  EXPECT_EQ(told_.lines,
            (Lines{"raised SMS_MP x1", "raised FORTH x1", "raised BACK x1", "cleared SMS_MP x1"}));
}

// The machine's clock is ahead for a moment, and its logs with it: no time has passed for what is open.
TEST_F(AgentTest, ALogLineOfAClockThatWasAheadMakesNothingQuiet) {
  for (auto& signature : set_.signatures) {
    signature.quiet = std::chrono::minutes(30);
  }
  clock_.set(test::at_second(0) - base::SystemClock().now());
  constexpr std::chrono::hours kAhead{12};
  constexpr int kThen = 12 * 3600;
  run(false, [&] {
    folder_.append("connector.log", failure("SMS_MP", 0));
    EXPECT_TRUE(told_.wait_for(1));
    clock_.set(kAhead);
    folder_.append("connector.log", failure("THEN", kThen));
    EXPECT_TRUE(told_.wait_for(2));
    clock_.set(-kAhead);
    folder_.append("connector.log", failure("SMS_MP", 1) + recovery("SMS_MP", 2));
    EXPECT_TRUE(told_.wait_for(3));
  });
  EXPECT_EQ(told_.lines, (Lines{"raised SMS_MP x1", "raised THEN x1", "cleared SMS_MP x2"}));
}

TEST_F(AgentTest, WhatIsOverByAnotherLogWhenARestartReadsOnIsNotTold) {
  adjust_ = [this](AgentConfig& config) {
    config.sources = {{"connector", folder_.path("*.log"), true}};
  };
  for (const std::string log : {"a.log", "b.log", "c.log"}) {
    folder_.append(log, test::connector_line("going on", 0));
  }
  run(true);
  folder_.append("a.log", failure("OVER_LATER", 10) + recovery("OVER_BEFORE", 20));
  folder_.append("b.log", recovery("OVER_LATER", 20) + failure("OVER_BEFORE", 10));
  folder_.append("c.log",
                 failure("OPEN", 10) + failure("BY_ITSELF", 11) + recovery("BY_ITSELF", 12));
  run(true);
  EXPECT_EQ(told_.sorted(),
            (Lines{"cleared BY_ITSELF x1", "raised BY_ITSELF x1", "raised OPEN x1"}));
  run(true);
  EXPECT_EQ(told_.lines.size(), 3U);
}

TEST_F(AgentTest, ARestartTellsNothingTwiceAndStillClears) {
  folder_.append("connector.log", failure("SMS_MP", 0));
  run(true);
  run(true);
  EXPECT_EQ(told_.lines, Lines{"raised SMS_MP x1"});
  folder_.append("connector.log", failure("SMS_MP", 1) + recovery("SMS_MP", 2));
  run(true);
  EXPECT_EQ(told_.lines, (Lines{"raised SMS_MP x1", "cleared SMS_MP x2"}));
}

// The first run read all there was: what comes later is live, also when nobody was there to see it.
TEST_F(AgentTest, WhatBeganAndEndedWhileNobodyWasThereIsTold) {
  folder_.append("connector.log", failure("FIRST", 0));
  run(true);
  folder_.append("connector.log", failure("LATER", 1) + recovery("LATER", 2));
  run(true);
  EXPECT_EQ(told_.lines, (Lines{"raised FIRST x1", "raised LATER x1", "cleared LATER x1"}));
}

TEST_F(AgentTest, SaysThatARequiredLogIsMissingAndWhenItIsThere) {
  run(false, [&] {
    EXPECT_TRUE(notices_.wait_for(2));
    folder_.append("connector.log", failure("SMS_MP", 0));
    EXPECT_TRUE(told_.wait_for(1));
    EXPECT_TRUE(notices_.wait_for(3));
  });
  EXPECT_EQ(notices_.lines, (Lines{"1", "100", "101", "2"}));
}

}  // namespace
}  // namespace cmgmon::engine
