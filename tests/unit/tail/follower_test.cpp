// Follower from first sight on: what is read, in which order, in which pieces.

#include "follower_fixture.h"

namespace cmgmon::tail {
namespace {

TEST_F(FollowerTest, ReadsHistoryBeforeTheLogAndThenIsLive) {
  files_.append("logs/x.lo_", "1\n2\n");
  files_.append("logs/x-20261122-101500.log", "3\n");
  files_.append("logs/x-20261122-111500.log", "4\n");
  files_.append("logs/x.log", "5\n6\n");
  follow();
  poll();
  EXPECT_EQ(text(), "1;2;3;4;5;6;");
  EXPECT_EQ(log(),
            "opened x.log, start x.lo_ 0, end x.lo_, start x-20261122-101500.log 0, end "
            "x-20261122-101500.log, "
            "start x-20261122-111500.log 0, end x-20261122-111500.log, start x.log 0, live");
  EXPECT_EQ(consumer_.only().backlog_lines, 6U);
  poll();
  EXPECT_EQ(log(), "");
  files_.append("logs/x.log", "7\n");
  poll();
  EXPECT_EQ(text(), "1;2;3;4;5;6;7;");
  EXPECT_EQ(log(), "");
}

TEST_F(FollowerTest, TellsOfAllLogsBeforeItReadsTheFirst) {
  files_.append("logs/a.log", "1\n");
  files_.append("logs/b.log", "2\n");
  follow("logs/*.log");
  poll();
  EXPECT_EQ(log(), "opened a.log, opened b.log, start a.log 0, live, start b.log 0, live");
}

TEST_F(FollowerTest, ReadsTheSameAtEveryBudget) {
  for (const std::size_t budget : {1U, 2U, 3U, 5U, 64U, 1000U}) {
    SCOPED_TRACE(budget);
    FakeFiles files;
    files.append("logs/x.lo_", "one\ntwo\n");
    files.append("logs/x.log", "three\nfour");
    Follower follower({{"svc", FakeFiles::path("logs/x.log")}}, {}, files);
    TailConsumer consumer;
    for (bool more = true; more;) {
      const PollOutcome outcome = follower.poll(budget, now_);
      std::size_t bytes = 0;
      for (const auto& event : outcome.events) {
        bytes += std::holds_alternative<Chunk>(event) ? std::get<Chunk>(event).bytes.size() : 0;
      }
      EXPECT_LE(bytes, budget);
      consumer.take(outcome);
      more = outcome.more;
    }
    EXPECT_EQ(consumer.text(), "one;two;three;");
    EXPECT_TRUE(consumer.only().live);
    EXPECT_EQ(consumer.only().unfinished, "four");
  }
}

TEST_F(FollowerTest, KnowsHowMuchIsLeftToRead) {
  files_.append("logs/x.log", std::string(1000, 'a'));
  follow();
  consumer_.take(follower_->poll(400, now_));
  EXPECT_EQ(follower_->unread_bytes().begin()->second, 600U);
  poll();
  EXPECT_EQ(follower_->unread_bytes().begin()->second, 0U);
}

TEST_F(FollowerTest, CutsLargeFilesIntoChunks) {
  files_.append("logs/x.log", std::string(1U << 20U, 'a') + "\n");
  follow();
  poll();
  EXPECT_EQ(consumer_.only().lines.at(0).text.size(),
            1U << 20U);  // TailConsumer checks the size of chunks
}

TEST_F(FollowerTest, TakesALogThatAppearsLater) {
  follow();
  poll();
  EXPECT_EQ(log(), "");
  files_.append("logs/x.log", "1\n");
  poll();
  EXPECT_EQ(text(), "1;");
}

TEST_F(FollowerTest, SharesTheBudgetAmongStreams) {
  budget_ = 10;
  files_.append("logs/a.log", std::string(1000, 'a'));
  files_.append("logs/b.log", "b\n");
  follow("logs/*.log");
  for (int i = 0; i < 3; ++i) {
    consumer_.take(follower_->poll(budget_, now_));
  }
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("logs/b.log")).lines.size(), 1U);
}

TEST_F(FollowerTest, TellsStreamsWithEqualBytesApart) {
  const std::string head(2000, 'h');
  files_.append("logs/a.log", head + "\na\n");
  files_.append("logs/b.log", head + "\nb\n");
  follow("logs/*.log");
  poll();
  files_.rename("logs/a.log", "logs/a.lo_");
  files_.append("logs/a.log", head + "\na2\n");
  poll();
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("logs/a.log")).lines.size(), 4U);
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("logs/b.log")).lines.size(), 2U);
  EXPECT_TRUE(consumer_.gaps().empty());
}

TEST_F(FollowerTest, GivesServiceAndCaptures) {
  files_.append("c/PC1/x.log", "1\n");
  follow("c/{host}/x.log");
  poll();
  EXPECT_EQ(consumer_.only().info.service, "svc");
  EXPECT_EQ(consumer_.only().info.captures.at("host"), "PC1");
  EXPECT_EQ(consumer_.only().info.key, FakeFiles::path("c/PC1/x.log"));
}

}  // namespace
}  // namespace cmgmon::tail
