// Logs with a date in their names, and lines that come late into an older file.

#include "follower_fixture.h"

namespace cmgmon::tail {
namespace {

TEST_F(FollowerTest, FollowsIisFromDayToDay) {
  files_.append("logs/u_ex261121.log", "1\n");
  files_.append("logs/u_ex261122.log", "2\n");
  follow("logs/u_ex*.log");
  poll();
  EXPECT_EQ(
      log(),
      "opened u_ex*.log, start u_ex261121.log 0, end u_ex261121.log, start u_ex261122.log 0, live");
  files_.append("logs/u_ex261122.log", "3\n");
  files_.append("logs/u_ex261123.log", "4\n");
  poll();
  EXPECT_EQ(text(), "1;2;3;4;");
  EXPECT_EQ(log(), "end u_ex261122.log, start u_ex261123.log 0");
}

TEST_F(FollowerTest, ReadsWhatIisAddsToYesterdaysLog) {
  files_.append("logs/u_ex261122.log", "1\n");
  follow("logs/u_ex*.log");
  poll();
  files_.append("logs/u_ex261123.log", "2\n");
  poll();
  log();
  files_.append("logs/u_ex261122.log", "late 1\nlate");  // the flush is not over
  poll();
  EXPECT_EQ(text(), "1;2;late 1;");
  EXPECT_EQ(log(), "start u_ex261122.log 2, end u_ex261122.log, start u_ex261123.log 2");
  files_.append("logs/u_ex261123.log", "3");
  poll();
  files_.append("logs/u_ex261122.log", " 2\n");
  poll();
  EXPECT_EQ(text(), "1;2;late 1;") << "not within a line of the new log";
  files_.append("logs/u_ex261123.log", "\n");
  poll();
  poll();
  EXPECT_EQ(text(), "1;2;late 1;3;late 2;");
}

TEST_F(FollowerTest, LeavesYesterdaysLogAloneAfterTenQuietMinutes) {
  files_.append("logs/u_ex261122.log", "1\n");
  follow("logs/u_ex*.log");
  poll();
  files_.append("logs/u_ex261123.log", "2\n");
  poll();
  now_ += minutes(9);
  poll();
  files_.append("logs/u_ex261122.log", "late\n");
  poll();
  EXPECT_EQ(text(), "1;2;late;");
  now_ += minutes(9);
  poll();
  now_ += minutes(2);
  poll();
  const int calls = files_.calls();
  poll();
  const int calls_at_rest = files_.calls() - calls;
  files_.append("logs/u_ex261122.log", "too late\n");
  poll();
  EXPECT_EQ(text(), "1;2;late;");
  EXPECT_LE(calls_at_rest, 6);
}

TEST_F(FollowerTest, RemembersLateLinesAcrossARestart) {
  files_.append("logs/u_ex261122.log", "1\n");
  follow("logs/u_ex*.log");
  poll();
  files_.append("logs/u_ex261123.log", "2\n");
  poll();
  restart();
  files_.append("logs/u_ex261122.log", "late\n");
  poll();
  poll();
  EXPECT_EQ(text(), "1;2;late;");
}

TEST_F(FollowerTest, LooksOnceMoreIntoABackupThatTheNextRolloverReplaces) {
  files_.append("logs/x.log", "1\n");
  follow();
  poll();
  files_.rename("logs/x.log", "logs/x.lo_");
  files_.append("logs/x.log", "a new log\n");
  poll();
  files_.append("logs/x.lo_", "late\n");  // another process had it open
  poll();
  EXPECT_EQ(text(), "1;a new log;") << "too soon: the writer may be about to replace the backup";
  poll();
  EXPECT_EQ(text(), "1;a new log;late;");
  now_ += minutes(1);
  poll();
  const int calls = files_.calls();
  poll();
  EXPECT_LE(files_.calls() - calls, 6);
  files_.append("logs/x.lo_", "too late\n");
  poll();
  EXPECT_EQ(text(), "1;a new log;late;");
}

TEST_F(FollowerTest, ReadsWhatIisAddsToALogThatWasEmptyWhenItWasLeft) {
  files_.append("logs/u_ex261122.log", "");
  follow("logs/u_ex*.log");
  poll();
  files_.append("logs/u_ex261123.log", "2\n");
  poll();
  restart();
  files_.append("logs/u_ex261122.log", "late\n");
  poll();
  poll();
  EXPECT_EQ(text(), "2;late;");
}

TEST_F(FollowerTest, BeginsAnIisLogAgainThatWasCutOrMadeAnew) {
  for (const bool made_anew : {false, true}) {
    SCOPED_TRACE(made_anew);
    FakeFiles files;
    files.append("logs/u_ex261122.log", "1\n");
    Follower follower({{"svc", FakeFiles::path("logs/u_ex*.log")}}, {}, files);
    TailConsumer consumer;
    consumer.take(follower.poll(1000, now_));
    if (made_anew) {
      files.remove_folder("logs");
      consumer.take(follower.poll(1000, now_));
      files.append("logs/u_ex261122.log", "2\n");
    } else {
      files.rewrite("logs/u_ex261122.log", "2\n");
    }
    consumer.take(follower.poll(1000, now_));
    files.append("logs/u_ex261123.log", "3\n");
    consumer.take(follower.poll(1000, now_));
    EXPECT_EQ(consumer.text(), "1;2;3;");
    EXPECT_EQ(consumer.gaps().size(), 1U);
  }
}

}  // namespace
}  // namespace cmgmon::tail
