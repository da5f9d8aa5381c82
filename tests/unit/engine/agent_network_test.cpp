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
