// Polls that are told what changed, and what a poll costs when nothing did.

#include "follower_fixture.h"
#include "tail/stream_follower.h"

namespace cmgmon::tail {
namespace {

TEST_F(FollowerTest, LooksOnlyAtWhatWasHinted) {
  files_.append("logs/a.log", "1\n");
  files_.append("logs/b.log", "1\n");
  follow("logs/*.log");
  poll();
  files_.append("logs/a.log", "2\n");
  files_.append("logs/b.log", "2\n");
  poll({FakeFiles::path("logs/b.log"), FakeFiles::path("logs/unknown.txt"),
        FakeFiles::path("elsewhere/a.log")});
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("logs/a.log")).lines.size(), 1U);
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("logs/b.log")).lines.size(), 2U);
  poll();
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("logs/a.log")).lines.size(), 2U);
}

TEST_F(FollowerTest, FindsNewLogsAndFoldersByHints) {
  files_.append("c/PC1/x.log", "1\n");
  follow("c/{host}/x*.log");
  poll();
  files_.append("c/PC1/x2.log", "1\n");
  poll({FakeFiles::path("c/PC1/x2.log")});
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("c/PC1/x2.log")).lines.size(), 1U);
  files_.append("c/PC2/x.log", "1\n");
  poll({FakeFiles::path("c/PC2")});
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("c/PC2/x.log")).lines.size(), 1U);
}

TEST_F(FollowerTest, FollowsRolloversByHints) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  files_.append("logs/x.log", "2\n");
  files_.rename("logs/x.log", "logs/x.lo_");
  files_.append("logs/x.log", "3\n");
  poll({FakeFiles::path("logs/x.log")});
  EXPECT_EQ(text(), "1;2;3;");
}

TEST_F(FollowerTest, RemembersUnfinishedWorkAcrossHintedPolls) {
  files_.append("logs/a.log", std::string(100, 'a') + "\n");
  files_.append("logs/b.log", "b\n");
  follow("logs/*.log");
  consumer_.take(follower_->poll(10, now_));
  for (int i = 0; i < 12; ++i) {
    consumer_.take(follower_->poll(10, now_, {FakeFiles::path("logs/other.log")}));
  }
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("logs/a.log")).lines.size(), 1U);
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("logs/b.log")).lines.size(), 1U);
}

TEST_F(FollowerTest, IsCheapWhenNothingChanged) {
  for (int i = 0; i < 1000; ++i) {
    files_.append("logs/" + std::to_string(i) + ".lo_", std::string(500, 'a'));
    files_.append("logs/" + std::to_string(i) + ".log", std::string(500, 'b'));
  }
  follow("logs/*.log");
  poll();
  now_ += minutes(2);  // late lines are no longer expected
  poll();
  poll();
  const int calls = files_.calls();
  poll();
  EXPECT_LE(files_.calls() - calls, 1 + 1000 * 2);  // list; open and info of each log
}

TEST_F(FollowerTest, NoticesARewriteOfTheSameSizeWhateverTheFileSaysOfItsTime) {
  for (const bool time_is_late : {false, true}) {
    SCOPED_TRACE(time_is_late);
    files_.rewrite("logs/x.log", "old 1\n");
    follow();
    consumer_ = {};
    poll();
    poll();
    const auto inode = files_.handle("logs/x.log");
    inode->bytes = "new 1\n";
    inode->writes += time_is_late ? 0 : 1;
    poll();
    EXPECT_EQ(text(), time_is_late ? "old 1;" : "old 1;new 1;");
    now_ += kCheckAgainAfter;
    poll();
    EXPECT_EQ(text(), "old 1;new 1;");
    EXPECT_EQ(consumer_.gaps().size(), 1U);
  }
}

TEST_F(FollowerTest, NamesTheFilesThatAreBeingWritten) {
  files_.append("logs/a.log", "1\n");
  files_.append("logs/b.log", "1\n");
  follow("logs/*.log");
  poll();
  now_ += minutes(10);
  files_.append("logs/b.log", "2\n");
  poll();
  const std::set<std::string> active = follower_->active_since(now_ - minutes(5));
  EXPECT_EQ(active, std::set<std::string>{FakeFiles::path("logs/b.log")});
  files_.append("logs/b.log", "3\n");
  const int calls = files_.calls();
  poll(active);
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("logs/b.log")).lines.size(), 3U);
  EXPECT_LE(files_.calls() - calls, 8);
  EXPECT_TRUE(follower_->active_since(now_ + seconds(1)).empty());
}

}  // namespace
}  // namespace cmgmon::tail
