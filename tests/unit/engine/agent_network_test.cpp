#include <filesystem>

#include "agent_fixture.h"
#include "engine/detachable_worker.h"
#include "support/hanging_files.h"

namespace cmgmon::engine {
namespace {

using support::HangingFiles;
using test::failure;
using test::recovery;
using Server = HangingFiles::Server;

// Two servers, one and two, and logs of this machine. Each server's share is a folder of that name.
class AgentNetworkTest : public AgentTest {
 protected:
  AgentNetworkTest() {
    for (const std::string server : {"one", "two"}) {
      files_.share(server, folder_.path(server));
    }
    adjust_ = [this](AgentConfig& config) {
      config.sources = {{"connector", folder_.path("connector.log"), false},
                        {"connector", "//one/logs/connector.log", false},
                        {"connector", "//two/logs/connector.log", false}};
      config.files = &files_;
      config.poll_network = std::chrono::milliseconds(20);
      config.poll_active = std::chrono::milliseconds(20);
      config.patience_network = std::chrono::milliseconds(1000);
    };
  }
  ~AgentNetworkTest() override {
    // Threads that were left behind still use the files.
    files_.set("one", Server::kUp);
    files_.set("two", Server::kUp);
    while (DetachableWorker::left_behind() > 0) {
      std::this_thread::yield();
    }
  }

  HangingFiles files_;
};

TEST_F(AgentNetworkTest, TwoServersThatHangDelayNoLocalLog) {
  folder_.append("one/logs/connector.log", failure("ONE", 0));
  folder_.append("two/logs/connector.log", failure("TWO", 0));
  files_.set("one", Server::kHangs);
  files_.set("two", Server::kHangs);
  run(false, [&] {
    EXPECT_TRUE(files_.wait_for_hanging("one"));
    EXPECT_TRUE(files_.wait_for_hanging("two"));
    folder_.append("connector.log", failure("LOCAL", 1));
    EXPECT_TRUE(told_.wait_for(1));
    EXPECT_TRUE(notices_.wait_for(3));
    folder_.append("connector.log", recovery("LOCAL", 2));
    EXPECT_TRUE(told_.wait_for(2));
    files_.set("one", Server::kUp);
    EXPECT_TRUE(told_.wait_for(3));
    EXPECT_TRUE(notices_.wait_for(4));
    files_.set("two", Server::kUp);
    EXPECT_TRUE(told_.wait_for(4));
    EXPECT_TRUE(notices_.wait_for(5));
  });
  EXPECT_EQ(told_.lines,
            (Lines{"raised LOCAL x1", "cleared LOCAL x1", "raised ONE x1", "raised TWO x1"}));
  EXPECT_EQ(notices_.lines, (Lines{"1", "100", "100", "101", "101", "2"}));
}

TEST_F(AgentNetworkTest, AServerThatHangsLaterIsReadOnWhereItWasLeft) {
  folder_.append("one/logs/connector.log", failure("ONE", 0));
  run(false, [&] {
    EXPECT_TRUE(told_.wait_for(1));
    files_.set("one", Server::kHangs);
    EXPECT_TRUE(notices_.wait_for(2));
    folder_.append("one/logs/connector.log", failure("ONE", 1));
    folder_.append("two/logs/connector.log", failure("TWO", 1));
    EXPECT_TRUE(told_.wait_for(2));
    files_.set("one", Server::kUp);
    EXPECT_TRUE(notices_.wait_for(3));
    folder_.append("one/logs/connector.log", recovery("ONE", 2));
    EXPECT_TRUE(told_.wait_for(3));
  });
  EXPECT_EQ(told_.lines, (Lines{"raised ONE x1", "raised TWO x1", "cleared ONE x2"}));
  EXPECT_EQ(notices_.lines, (Lines{"1", "100", "101", "2"}));
}

TEST_F(AgentNetworkTest, AStopWaitsForNoServerAndTheNextRunReadsWhatIsLeft) {
  folder_.append("one/logs/connector.log", failure("ONE", 0));
  run(true);
  EXPECT_EQ(told_.lines, Lines{"raised ONE x1"});
  folder_.append("one/logs/connector.log", failure("ONE", 1));
  files_.set("one", Server::kHangs);
  const int before = DetachableWorker::left_behind();
  run(false, [&] {
    EXPECT_TRUE(files_.wait_for_hanging("one"));
    EXPECT_TRUE(notices_.wait_for(4));  // 1 2, 1 100
  });
  EXPECT_EQ(DetachableWorker::left_behind(), before + 1);
  EXPECT_EQ(told_.lines.size(), 1U);
  files_.set("one", Server::kUp);
  folder_.append("one/logs/connector.log", recovery("ONE", 2));
  run(true);
  EXPECT_EQ(told_.lines, (Lines{"raised ONE x1", "cleared ONE x2"}));
}

TEST_F(AgentNetworkTest, WhoReadsOnceWaitsForAServerOnlySoLong) {
  folder_.append("connector.log", failure("LOCAL", 0));
  folder_.append("one/logs/connector.log", failure("ONE", 0));
  files_.set("two", Server::kHangs);
  run(true);
  EXPECT_EQ(std::set<std::string>(told_.lines.begin(), told_.lines.end()),
            (std::set<std::string>{"raised LOCAL x1", "raised ONE x1"}));
  EXPECT_EQ(notices_.lines, (Lines{"1", "100", "2"}));
  EXPECT_EQ(unread_, Lines{"//two"});
  files_.set("two", Server::kUp);
  run(true);
  EXPECT_EQ(unread_, Lines{});
}

TEST_F(AgentNetworkTest, AServerIsOneHoweverItIsSpelled) {
  const auto adjust = adjust_;
  adjust_ = [&](AgentConfig& config) {
    adjust(config);
    config.sources = {{"connector", "//ONE/logs/connector.log", false},
                      {"connector", "//one/more/*.log", false},
                      {"connector", "//One/other/*.log", false}};
  };
  folder_.append("one/logs/connector.log", failure("ONE", 0));
  folder_.append("one/more/connector.log", failure("MORE", 0));
  folder_.append("one/other/connector.log", failure("OTHER", 0));
  files_.set("one", Server::kHangs);
  run(false, [&] {
    EXPECT_TRUE(notices_.wait_for(2));
    files_.set("one", Server::kUp);
    EXPECT_TRUE(told_.wait_for(3));
    EXPECT_TRUE(notices_.wait_for(3));
  });
  EXPECT_EQ(notices_.lines, (Lines{"1", "100", "101", "2"}));
}

// The system gives up on a server, and tells so for every folder: one event is enough.
TEST_F(AgentNetworkTest, AServerIsReadableAgainOnlyWhenItAnswers) {
  folder_.append("one/logs/connector.log", failure("ONE", 0));
  files_.set("one", Server::kHangs);
  run(false, [&] {
    EXPECT_TRUE(notices_.wait_for(2));
    files_.set("one", Server::kGone);
    folder_.append("connector.log", failure("LOCAL", 0));
    EXPECT_TRUE(told_.wait_for(1));
    files_.set("one", Server::kHangs);
    EXPECT_TRUE(files_.wait_for_hanging("one"));
    files_.set("one", Server::kUp);
    EXPECT_TRUE(told_.wait_for(2));
    EXPECT_TRUE(notices_.wait_for(3));
  });
  EXPECT_EQ(notices_.lines, (Lines{"1", "100", "101", "2"}));
}

// One log shows the end of what the other one began, whichever is read first.
TEST_F(AgentNetworkTest, TheBacklogsOfThisMachineAndAServerEndTogether) {
  for (const bool fails_there : {true, false}) {
    SCOPED_TRACE(fails_there ? "the failure is on the server" : "the failure is on this machine");
    const std::string endpoint = fails_there ? "THERE" : "HERE";
    folder_.append(fails_there ? "one/logs/connector.log" : "connector.log", failure(endpoint, 0));
    folder_.append(fails_there ? "connector.log" : "one/logs/connector.log", recovery(endpoint, 1));
    files_.set("one", Server::kHangs);
    std::filesystem::remove_all(folder_.path("state"));
    run(false, [&] {
      EXPECT_TRUE(files_.wait_for_hanging("one"));
      std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the local log is read
      files_.set("one", Server::kUp);
      folder_.append("connector.log", failure("LATER", 2));
      EXPECT_TRUE(told_.wait_for(fails_there ? 1 : 2));
    });
  }
  for (const auto& line : told_.lines) {
    EXPECT_TRUE(line.starts_with("raised LATER")) << line;
  }
}

TEST_F(AgentNetworkTest, AReloadTellsNoTroubleTwiceAndItsEnd) {
  AgentConfig config;
  files_.set("one", Server::kHangs);
  files_.set("two", Server::kHangs);
  auto left = run_from(store::open_state(folder_.path("state"), {}), std::move(config), false,
                       [&] { EXPECT_TRUE(notices_.wait_for(3)); });
  EXPECT_EQ(notices_.lines, (Lines{"1", "100", "100", "2"}));
  files_.set("one", Server::kUp);
  AgentConfig next;
  next.handed_over = std::move(left.handed_over);
  left = run_from(std::move(left.state), std::move(next), false,
                  [&] { EXPECT_TRUE(notices_.wait_for(5)); });
  EXPECT_EQ(notices_.lines, (Lines{"1", "100", "100", "2", "101", "2"}));
}

TEST_F(AgentNetworkTest, AServerThatIsSlowDoesNotHang) {
  constexpr int kLogs = 15;  // with two calls each, a look takes longer than the patience
  for (int log = 0; log < kLogs; ++log) {
    folder_.append("one/logs/" + std::to_string(log) + ".log", failure("ONE", log));
  }
  files_.set("one", Server::kSlow);
  const auto adjust = adjust_;
  adjust_ = [&](AgentConfig& config) {
    adjust(config);
    config.sources[1].glob = "//one/logs/*.log";
  };
  run(true);
  EXPECT_EQ(told_.lines, Lines{"raised ONE x" + std::to_string(kLogs)});
  EXPECT_EQ(notices_.lines, (Lines{"1", "2"}));
}

TEST_F(AgentNetworkTest, EachLineIsReadOnceHoweverOftenAServerHangs) {
  constexpr int kRounds = 12;
  run(false, [&] {
    for (int round = 0; round < kRounds; ++round) {
      files_.set("one", Server::kHangs);
      folder_.append("one/logs/connector.log", failure("ONE", round));
      EXPECT_TRUE(files_.wait_for_hanging("one"));
      files_.set("one", round % 3 == 0 ? Server::kGone : Server::kUp);
      files_.set("one", Server::kUp);
    }
    EXPECT_TRUE(told_.wait_for(1));
    folder_.append("one/logs/connector.log", recovery("ONE", kRounds));
    EXPECT_TRUE(told_.wait_for(2));
  });
  ASSERT_EQ(told_.lines.size(), 2U);
  EXPECT_EQ(told_.lines.back(), "cleared ONE x" + std::to_string(kRounds));
}

}  // namespace
}  // namespace cmgmon::engine
