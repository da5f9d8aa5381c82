// Logs that cannot be read: told once each way, nothing lost.

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
  EXPECT_EQ(log(), "problem x-20261122-101500.log");
  poll();
  now_ += minutes(1);
  poll();
  EXPECT_EQ(text(), "2;");
  EXPECT_EQ(log(), "opened x.log, gap x-20261122-101500.log 0, start x.log 0, live");
  files_.heal();
  poll();
  EXPECT_EQ(log(), "recovered x-20261122-101500.log");
}

TEST_F(FollowerTest, ReportsAForbiddenLogAtOnceAndReadsItWhenItMay) {
  files_.append("logs/x.log", "1\n");
  files_.fail_open("logs/x.log", base::ErrorKind::kAccessDenied);
  follow();
  poll();
  EXPECT_EQ(log(), "problem x.log");
  poll();
  files_.heal();
  poll();
  EXPECT_EQ(log(), "opened x.log, start x.log 0, recovered x.log, live");
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
  EXPECT_EQ(log(), "problem logs, problem x.log");
  files_.heal();
  poll();
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

}  // namespace
}  // namespace cmgmon::tail
