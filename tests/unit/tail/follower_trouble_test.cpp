// Logs that cannot be read: told once each way, nothing lost.

#include <algorithm>

#include "follower_fixture.h"

namespace cmgmon::tail {
namespace {

TEST_F(FollowerTest, RetriesABusyLogInSilenceAndLosesNothing) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  log();
  files_.append("logs/x.log", "2\n");
  files_.fail_open("logs/x.log", base::ErrorKind::kBusy);
  poll();
  poll();
  files_.heal();
  files_.fail_read("logs/x.log",
                   base::ErrorKind::kBusy);  // a byte-range lock is the same trouble, not a new one
  EXPECT_EQ(log(), "");
  poll();
  EXPECT_EQ(log(), "problem x.log");
  poll();
  EXPECT_EQ(log(), "");
  files_.heal();
  poll();
  EXPECT_EQ(log(), "recovered x.log");
  EXPECT_EQ(text(), "1;2;");
}

TEST_F(FollowerTest, WaitsForABusyBackupHoweverLong) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  files_.append("logs/x.log", "2\n");
  files_.rename("logs/x.log", "logs/x.lo_");
  files_.append("logs/x.log", "3\n");
  files_.fail_open("logs/x.lo_", base::ErrorKind::kBusy);
  for (int i = 0; i < 10; ++i) {
    now_ += minutes(1);
    poll();
  }
  EXPECT_EQ(text(), "1;");
  files_.heal();
  poll();
  EXPECT_EQ(text(), "1;2;3;");
  EXPECT_TRUE(consumer_.gaps().empty());
}

TEST_F(FollowerTest, PassesByAForbiddenBackupAfterAMinute) {
  files_.append("logs/x-20261122-101500.log", "1\n");
  files_.append("logs/x.log", "2\n");
  files_.fail_open("logs/x-20261122-101500.log", base::ErrorKind::kAccessDenied);
  follow();
  poll();
  EXPECT_EQ(log(), "opened x.log, problem x-20261122-101500.log");
  poll();
  now_ += minutes(1);
  poll();
  EXPECT_EQ(text(), "2;");
  EXPECT_EQ(log(), "gap x-20261122-101500.log 0, start x.log 0, live");
  files_.heal();
  poll();
  EXPECT_EQ(log(), "recovered x-20261122-101500.log");
}

TEST_F(FollowerTest, ReportsAForbiddenLogAtOnceAndReadsItWhenItMay) {
  files_.append("logs/x.log", "1\n");
  files_.fail_open("logs/x.log", base::ErrorKind::kAccessDenied);
  follow();
  poll();
  EXPECT_EQ(log(), "opened x.log, problem x.log");
  poll();
  files_.heal();
  poll();
  EXPECT_EQ(log(), "start x.log 0, recovered x.log, live");
  EXPECT_EQ(text(), "1;");
}

TEST_F(FollowerTest, OneLogInTroubleDoesNotHoldUpTheOthers) {
  files_.append("logs/a.log", "a\n");
  files_.append("logs/b.log", "b\n");
  files_.fail_open("logs/a.log", base::ErrorKind::kBusy);
  follow("logs/*.log");
  poll();
  EXPECT_EQ(consumer_.by_key(FakeFiles::path("logs/b.log")).lines.size(), 1U);
}

TEST_F(FollowerTest, KeepsItsPlaceWhileAFolderIsOutOfReach) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  log();
  files_.append("logs/x.log", "2\n");
  files_.fail_list("logs", base::ErrorKind::kIo);
  files_.fail_open("logs/x.log", base::ErrorKind::kIo);
  for (int i = 0; i < 5; ++i) {
    poll();
  }
  EXPECT_EQ(log(), "problem logs");  // and not one for each log in it
  files_.heal();
  poll();
  EXPECT_EQ(log(), "recovered logs");
  EXPECT_EQ(text(), "1;2;");
  EXPECT_TRUE(consumer_.gaps().empty());
}

TEST_F(FollowerTest, GivesUpOnAnImpossibleListingForThisPollOnly) {
  files_.append("logs/x.log", "1\n");
  files_.fail_open("logs/x.log", base::ErrorKind::kNotFound);  // listed, and not there
  follow();
  poll();
  EXPECT_LT(files_.calls(), 500);
  files_.heal();
  poll();
  EXPECT_EQ(text(), "1;");
}

TEST_F(FollowerTest, ReportsARequiredLogThatCannotBeReadAnyMore) {
  files_.append("logs/x.log", "1\n");
  follow("logs/x.log", true);
  poll();
  log();
  files_.fail_open("logs/x.log", base::ErrorKind::kAccessDenied);
  for (int i = 0; i < 6; ++i) {
    poll();
  }
  EXPECT_EQ(log(), "problem x.log");
  files_.heal();
  poll();
  EXPECT_EQ(log(), "recovered x.log");
}

// A volume that is taken away and comes back.
TEST_F(FollowerTest, KeepsItsPlaceWhileAFolderIsNotThere) {
  for (const bool required : {false, true}) {
    SCOPED_TRACE(required);
    FakeFiles files;
    files.append("logs/x.log", "1\n");
    files.append("logs/y.log", "1\n");
    const std::string glob = FakeFiles::path("logs/*.log");
    Follower follower({{"svc", glob, required}}, {}, files);
    TailConsumer consumer;
    consumer.take(follower.poll(1000, now_));
    consumer.clear_log();
    files.remove_folder("logs");
    for (int i = 0; i < 6; ++i) {
      consumer.take(follower.poll(1000, now_ += seconds(1)));
    }
    const std::vector<std::string> told = {required ? "problem *.log" : "problem logs"};
    EXPECT_EQ(consumer.log(), told);
    consumer.clear_log();
    files.append("logs/x.log", "1\n2\n");
    files.append("logs/y.log", "1\n");
    for (int i = 0; i < 3; ++i) {
      consumer.take(follower.poll(1000, now_ += seconds(1)));
    }
    EXPECT_EQ(consumer.log(),
              std::vector<std::string>{required ? "recovered *.log" : "recovered logs"});
    EXPECT_EQ(consumer.by_key(FakeFiles::path("logs/x.log")).lines.size(), 2U);
    EXPECT_TRUE(consumer.gaps().empty());
  }
}

// The volume was mounted on that folder itself.
TEST_F(FollowerTest, KeepsItsPlaceWhileAFolderIsEmpty) {
  for (const bool required : {false, true}) {
    SCOPED_TRACE(required);
    FakeFiles files;
    files.append("logs/x.log", "1\n");
    files.append("logs/y.log", "1\n");
    files.append("logs/z.log", "1\n");
    const std::string glob = FakeFiles::path("logs/*.log");
    Follower follower({{"svc", glob, required}}, {}, files);
    TailConsumer consumer;
    const auto polls = [&](int count) {
      for (int i = 0; i < count; ++i) {
        consumer.take(follower.poll(1000, now_ += seconds(1)));
      }
      auto log = consumer.log();
      consumer.clear_log();
      return log;
    };
    polls(1);
    for (const char* name : {"logs/x.log", "logs/y.log", "logs/z.log"}) {
      files.remove(name);
    }
    using Lines = std::vector<std::string>;
    EXPECT_EQ(polls(6), Lines{"problem logs"});
    EXPECT_TRUE(consumer.gaps().empty()) << "nobody knows yet";
    files.append("logs/x.log", "1\n2\n");
    files.append("logs/y.log", "1\n");
    files.append("logs/z.log", "another\n");
    EXPECT_EQ(polls(1), (Lines{"recovered logs", "gap z.log 0", "end z.log", "start z.log 0"}));
    EXPECT_EQ(consumer.by_key(FakeFiles::path("logs/x.log")).lines.size(), 2U);
    EXPECT_EQ(consumer.by_key(FakeFiles::path("logs/y.log")).lines.size(), 1U);
  }
}

// Stopped for ten minutes, or a clock that is set while something cannot be read.
TEST_F(FollowerTest, LosesNothingWhenTheClockJumps) {
  for (const auto jump : {minutes(-60), minutes(60), minutes(60 * 24 * 7300)}) {
    SCOPED_TRACE(jump.count());
    FakeFiles files;
    files.append("logs/x.log", "1\n");
    Follower follower({{"svc", FakeFiles::path("logs/x.log")}}, {}, files);
    TailConsumer consumer;
    base::Time now = now_;
    const auto poll_once = [&] { consumer.take(follower.poll(1000, now += seconds(1))); };
    poll_once();
    files.append("logs/x.log", "2\n");
    files.fail_open("logs/x.log", base::ErrorKind::kBusy);
    for (int i = 0; i < 4; ++i) {
      poll_once();
    }
    now += jump;
    poll_once();
    for (int i = 3; i < 6; ++i) {
      files.rename("logs/x.log", "logs/x-20261122-10150" + std::to_string(i) + ".log");
      files.append("logs/x.log", std::to_string(i) + "\n");
    }
    poll_once();
    files.heal();
    poll_once();
    poll_once();
    EXPECT_EQ(consumer.text(), "1;2;3;4;5;");
    EXPECT_TRUE(consumer.gaps().empty());
    const auto& log = consumer.log();
    EXPECT_EQ(std::count(log.begin(), log.end(), "problem x.log"), 1);
    EXPECT_EQ(std::count(log.begin(), log.end(), "recovered x.log"), 1);
  }
}

// A lock, and a name whose file waits for its deletion, are trouble of the moment; a new file is read from its start.
TEST_F(FollowerTest, ReadsTheNewLogWhenADeletionIsOver) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  log();
  files_.fail_open("logs/x.log", base::ErrorKind::kBusy);
  for (int i = 0; i < 5; ++i) {
    poll();
  }
  EXPECT_EQ(log(), "problem x.log");
  files_.heal();
  files_.remove("logs/x.log");
  files_.append("logs/x.log", "2\n");
  poll();
  EXPECT_EQ(text(), "1;2;");
  EXPECT_EQ(log(), "gap x.log 0, end x.log, start x.log 0, recovered x.log");
}

}  // namespace
}  // namespace cmgmon::tail
