// Logs that are renamed, copied, cut, replaced or deleted while they are followed.

#include <algorithm>
#include <string>

#include "follower_fixture.h"

namespace cmgmon::tail {
namespace {

TEST_F(FollowerTest, FollowsARenamedLogToItsEndFirst) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  log();
  files_.append("logs/x.log", "2\n");
  files_.rename("logs/x.log", "logs/x.lo_");
  files_.append("logs/x.log", "3\n");
  poll();
  EXPECT_EQ(text(), "1;2;3;");
  EXPECT_EQ(log(), "end x.lo_, start x.log 0");
}

TEST_F(FollowerTest, WaitsForTheNewLogAfterARename) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  files_.rename("logs/x.log", "logs/x.lo_");
  log();
  for (int i = 0; i < 5; ++i) {
    poll();
  }
  EXPECT_EQ(log(), "");
  const auto held = files_.handle("logs/x.lo_");
  held->bytes += "2\n";  // the writer had not closed it
  poll();
  files_.append("logs/x.log", "3\n");
  poll();
  EXPECT_EQ(text(), "1;2;3;");
  EXPECT_EQ(log(), "end x.lo_, start x.log 0");
}

TEST_F(FollowerTest, ReadsEveryHistoryFileOfOnePoll) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  for (int i = 2; i < 9; ++i) {
    files_.append("logs/x.log", std::to_string(i) + "\n");
    files_.rename("logs/x.log", "logs/x-20261122-10150" + std::to_string(i) + ".log");
    files_.append("logs/x.log", "");
  }
  files_.append("logs/x.log", "9\n");
  poll();
  EXPECT_EQ(text(), "1;2;3;4;5;6;7;8;9;");
  EXPECT_TRUE(consumer_.gaps().empty());
}

TEST_F(FollowerTest, FindsItsLogBehindHoweverManyRollovers) {
  const auto stamped = [](int second) {
    const std::string digits = std::to_string(1000 + second % 60 + second / 60 * 100);
    return "logs/x-20261122-10" + digits + ".log";
  };
  for (int i = 0; i < 20; ++i) {  // of earlier
    files_.append(stamped(i), "old " + std::to_string(i) + "\n");
  }
  files_.append("logs/x.log", "a line that was read\n");
  follow();
  poll();
  files_.append("logs/x.log", "the last one of it\n");
  std::string expected = text() + "the last one of it;";
  for (int i = 20; i < 120; ++i) {
    files_.rename("logs/x.log", stamped(i));
    files_.append("logs/x.log", "new " + std::to_string(i) + "\n");
    expected += "new " + std::to_string(i) + ";";
  }
  poll();
  EXPECT_EQ(text(), expected);
  EXPECT_TRUE(consumer_.gaps().empty());
}

TEST_F(FollowerTest, ManySmallFilesAreReadInSeveralPolls) {
  std::string expected;
  for (int i = 0; i < 2 * kFilesPerPoll; ++i) {
    const std::string day = std::to_string(10101 + i / 24 * 100 + i % 24);
    files_.append("logs/u_ex26" + day.substr(1) + ".log", day + "\n");
    expected += day + ";";
  }
  follow("logs/u_ex*.log");
  const PollOutcome first = follower_->poll(budget_, now_);
  EXPECT_TRUE(first.more);
  EXPECT_EQ(first.checkpoints.size(), 1U) << "what was read can be saved";
  consumer_.take(first);
  EXPECT_LT(text().size(), expected.size());
  poll();
  EXPECT_EQ(text(), expected);
  EXPECT_TRUE(consumer_.gaps().empty());
}

TEST_F(FollowerTest, ReportsAGapWhenTheBackupWasOverwritten) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  for (const char* line : {"2\n", "3\n"}) {
    files_.append("logs/x.log", line);
    files_.rename("logs/x.log", "logs/x.lo_");
    files_.append("logs/x.log", "");
  }
  files_.append("logs/x.log", "4\n");
  poll();
  EXPECT_EQ(text(), "1;3;4;");
  ASSERT_EQ(consumer_.gaps().size(), 1U);
  EXPECT_TRUE(consumer_.only().lines[1].after_gap);
}

TEST_F(FollowerTest, CountsTheBytesOfAGapWhenTheyAreKnown) {
  files_.append("logs/x.log", std::string(100, 'a') + "\n" + std::string(898, 'b') + "\n");
  budget_ = 101;
  follow();
  consumer_.take(follower_->poll(budget_, now_));
  files_.replace("logs/x.log", "new\n");
  budget_ = 1U << 20U;
  poll();
  ASSERT_EQ(consumer_.gaps().size(), 1U);
  EXPECT_EQ(consumer_.gaps()[0].bytes, 899U);
  EXPECT_FALSE(consumer_.gaps()[0].reason.empty());
  EXPECT_EQ(consumer_.only().lines.size(), 2U);
}

TEST_F(FollowerTest, ContinuesInTheCopyAfterCopyAndTruncate) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  log();
  files_.append("logs/x.log", "2\n");
  files_.copy("logs/x.log", "logs/x.lo_");
  poll();  // copied, not yet cut
  EXPECT_EQ(text(), "1;2;");
  files_.append("logs/x.log", "");
  files_.rewrite("logs/x.log", "3\n");
  poll();
  EXPECT_EQ(text(), "1;2;3;");
  EXPECT_EQ(log(), "end x.lo_, start x.log 0");
  files_.append("logs/x.log", "4\n");
  files_.copy("logs/x.log", "logs/x.lo_");
  files_.rewrite("logs/x.log", "5, longer than what was there before\n");
  poll();
  EXPECT_EQ(text(), "1;2;3;4;5, longer than what was there before;");
  EXPECT_TRUE(consumer_.gaps().empty());
}

TEST_F(FollowerTest, ReadsACopyOfALogThatWasEmptyWhenLastSeen) {
  files_.append("logs/x.log", "");
  follow();
  poll();
  files_.append("logs/x.log", "1\n");
  files_.copy("logs/x.log", "logs/x.lo_");
  files_.rewrite("logs/x.log", "2\n");
  poll();
  EXPECT_EQ(text(), "1;2;");
}

TEST_F(FollowerTest, NoticesTruncationHoweverLongTheNewLogIs) {
  for (const char* now :
       {"n\n", "new\n", "a new line that is longer than all that was there before\n"}) {
    SCOPED_TRACE(now);
    FakeFiles files;
    files.append("logs/x.log", "old 1\nold 2\n");
    Follower follower({{"svc", FakeFiles::path("logs/x.log")}}, {}, files);
    TailConsumer consumer;
    consumer.take(follower.poll(1000, now_));
    files.rewrite("logs/x.log", now);
    consumer.take(follower.poll(1000, now_));
    ASSERT_EQ(consumer.only().lines.size(), 3U);
    EXPECT_TRUE(consumer.only().lines[2].after_gap);
  }
}

TEST_F(FollowerTest, NoticesARewriteOfTheSameSize) {
  files_.append("logs/x.log", "old 1\n");
  follow();
  poll();
  files_.rewrite("logs/x.log", "new 1\n");
  poll();
  EXPECT_EQ(text(), "old 1;new 1;");
  EXPECT_EQ(consumer_.gaps().size(), 1U);
}

TEST_F(FollowerTest, GoesOnInALogThatIsReplacedByALongerCopy) {
  files_.append("logs/x.log", "1\n2\n");
  follow();
  poll();
  log();
  files_.rewrite("logs/x.log", "1\n2\n3\n");
  poll();
  files_.replace("logs/x.log", "1\n2\n3\n4\n");
  poll();
  files_.remove("logs/x.log");
  poll();
  files_.append("logs/x.log", "1\n2\n3\n4\n5\n");
  poll();
  EXPECT_EQ(text(), "1;2;3;4;5;");
  EXPECT_EQ(log(), "");
}

TEST_F(FollowerTest, ReadsARecreatedLogFromItsStart) {
  for (const bool same_inode : {false, true}) {
    SCOPED_TRACE(same_inode);
    FakeFiles files;
    files.append("logs/x.log", "1\n");
    const std::uint64_t id = files.id("logs/x.log");
    Follower follower({{"svc", FakeFiles::path("logs/x.log")}}, {}, files);
    TailConsumer consumer;
    consumer.take(follower.poll(1000, now_));
    files.remove("logs/x.log");
    if (same_inode) {
      files.next_id(id);
    }
    files.append("logs/x.log", "2\n");
    consumer.take(follower.poll(1000, now_));
    EXPECT_EQ(consumer.text(), "1;2;");
    EXPECT_EQ(consumer.gaps().size(), 1U);
  }
}

TEST_F(FollowerTest, TellsOfADeletedLogWhenItStaysAway) {
  files_.append("logs/x.log", "1\n");
  files_.append("logs/other.txt", "");
  follow();
  poll();
  log();
  files_.remove("logs/x.log");
  poll();
  poll();
  EXPECT_EQ(log(), "");
  poll();
  EXPECT_EQ(log(), "gap x.log 0");
  poll();
  files_.append("logs/x.log", "2\n");
  poll();
  EXPECT_EQ(log(), "end x.log, start x.log 0");
  EXPECT_EQ(text(), "1;2;");
}

TEST_F(FollowerTest, ShiftsNumberedBackupsWithoutReadingThemAgain) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  for (int i = 2; i < 6; ++i) {
    for (int n = 4; n > 0; --n) {
      const std::string from = "logs/x.log." + std::to_string(n);
      if (files_.exists(from)) {
        files_.rename(from, "logs/x.log." + std::to_string(n + 1));
      }
    }
    files_.rename("logs/x.log", "logs/x.log.1");
    files_.append("logs/x.log", std::to_string(i) + "\n");
    poll();
  }
  EXPECT_EQ(text(), "1;2;3;4;5;");
  EXPECT_TRUE(consumer_.gaps().empty());
}

TEST_F(FollowerTest, StaysInAReplacedLogThoughACopyOfItHasItsOldId) {
  const std::string first(100, '1');
  files_.append("logs/x.log", first + "\n2\n");
  follow();
  poll();
  files_.replace("logs/x.log", first + "\n2\n3\n");
  files_.copy("logs/x.log", "logs/x-20261122-101500.log");
  poll();
  files_.rewrite("logs/x.log", "4\n");
  poll();
  EXPECT_EQ(text(), first + ";2;3;4;");
  EXPECT_TRUE(consumer_.gaps().empty());
}

// The writer begins the next copy while the backup is being read; the bytes that come are those of the log, not ours.
TEST_F(FollowerTest, ReadsNothingTwiceWhenABackupIsOverwrittenUnderItsHands) {
  int most = 0;
  for (int call = 1; call < 100; ++call) {
    SCOPED_TRACE(call);
    FakeFiles files;
    files.append("logs/x.log", "one\n");
    Follower follower({{"svc", FakeFiles::path("logs/x.log")}}, {}, files);
    TailConsumer consumer;
    consumer.take(follower.poll(1000, now_));
    files.append("logs/x.log", "two, a longer line\n");
    files.copy("logs/x.log", "logs/x.lo_");
    files.rewrite("logs/x.log", "three\n");
    int calls = 0;
    files.before_each_call([&] {
      if (++calls == call) {
        files.copy("logs/x.log", "logs/x.lo_");
      } else if (calls == call + 3) {
        files.rewrite("logs/x.log", "four\n");
      }
    });
    for (int i = 0; i < 4; ++i) {
      consumer.take(follower.poll(1000, now_));
    }
    if (calls < call + 3) {
      break;  // the polls make no more calls
    }
    most = call;
    const std::string text = consumer.text();
    EXPECT_TRUE(text == "one;two, a longer line;three;four;" ||
                (text == "one;three;four;" && consumer.gaps().size() == 1))
        << text;
  }
  EXPECT_GT(most, 10);
}

// Two rollovers within the listing of one folder: of the new names it may have the second and not the first.
TEST_F(FollowerTest, ReadsEveryHistoryFileWhenRolloversComeWithinAListing) {
  int most = 0;
  for (int name = 0; name < 15; ++name) {
    for (int call = 1; call < 100; ++call) {
      SCOPED_TRACE("names " + std::to_string(name) + ", call " + std::to_string(call));
      FakeFiles files;
      TailConsumer consumer;
      Follower follower({{"svc", FakeFiles::path("logs/x.log")}}, {}, files);
      int last = 100'000 + name / 5 * 100 + name % 5 * 10;  // a time of day
      std::string want;
      const auto write = [&] {
        const std::string line = "a line of " + std::to_string(last);
        files.append("logs/x.log", line + "\n");
        want += line + ";";
      };
      const auto roll = [&] {
        files.rename("logs/x.log", "logs/x-20261122-" + std::to_string(++last) + ".log");
        write();
      };
      write();
      consumer.take(follower.poll(1000, now_));
      roll();
      int calls = 0;
      files.before_each_call([&] {
        if (++calls == call) {
          roll();
          roll();
        }
      });
      for (int i = 0; i < 4; ++i) {
        consumer.take(follower.poll(1000, now_));
      }
      if (calls < call) {
        break;  // the polls make no more calls
      }
      most = std::max(most, call);
      consumer.take(follower.poll(1000, now_));
      EXPECT_EQ(consumer.text(), want);
      EXPECT_TRUE(consumer.gaps().empty());
    }
  }
  EXPECT_GT(most, 10);
}

}  // namespace
}  // namespace cmgmon::tail
