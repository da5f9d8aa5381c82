#include "tail/follower.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/fake_files.h"
#include "support/tail_consumer.h"

namespace cmgmon::tail {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using support::FakeFiles;
using support::TailConsumer;

// One log, x.log, in a folder in memory. text() is every line that arrived, log() what else was told since last asked.
class FollowerTest : public testing::Test {
 protected:
  FollowerTest() { files_.make_folder("logs"); }

  void follow(const std::string& glob = "logs/x.log", bool required = false) {
    follow(std::vector<Source>{{"svc", FakeFiles::path(glob), required}}, {});
  }
  void follow(std::vector<Source> sources, std::vector<Checkpoint> known) {
    sources_ = sources;
    follower_ = std::make_unique<Follower>(std::move(sources), std::move(known), files_);
  }
  void restart() { follow(sources_, consumer_.restart()); }

  void poll(const std::set<std::string>& hinted = {}) {
    now_ += seconds(1);
    for (bool more = true; more;) {
      const PollOutcome outcome = follower_->poll(budget_, now_, hinted);
      consumer_.take(outcome);
      more = outcome.more;
      EXPECT_EQ(files_.open_handles(), 0);
    }
  }
  std::string log() {
    std::string all;
    for (const auto& entry : consumer_.log()) {
      all += all.empty() ? entry : ", " + entry;
    }
    consumer_.clear_log();
    return all;
  }
  std::string text() const { return consumer_.text(); }

  FakeFiles files_;
  std::vector<Source> sources_;
  std::unique_ptr<Follower> follower_;
  TailConsumer consumer_;
  std::size_t budget_ = 1U << 20U;
  base::Time now_ = base::Time(std::chrono::hours(500000));
};

// --- first sight -------------------------------------------------------------------------------------------------------

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

// --- rollovers ---------------------------------------------------------------------------------------------------------

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

// --- IIS ---------------------------------------------------------------------------------------------------------------

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

// --- restart -----------------------------------------------------------------------------------------------------------

TEST_F(FollowerTest, ResumesAtTheUnfinishedRecord) {
  files_.append("logs/x.log", "1\n2");
  follow();
  poll();
  restart();
  files_.append("logs/x.log", "2\n3\n");
  log();
  poll();
  EXPECT_EQ(text(), "1;22;3;");
  EXPECT_EQ(log(), "opened x.log, start x.log 2, live");
}

TEST_F(FollowerTest, FindsItsPlaceAfterRolloversWhileItWasDown) {
  struct Row {
    const char* name;
    void (*roll)(FakeFiles&);
    const char* text;
    std::size_t gaps;
  };
  const std::vector<Row> rows = {
      {"nothing", [](FakeFiles&) {}, "1;2;", 0},
      {"appended", [](FakeFiles& files) { files.append("logs/x.log", "3\n"); }, "1;2;3;", 0},
      {"renamed",
       [](FakeFiles& files) {
         files.append("logs/x.log", "3\n");
         files.rename("logs/x.log", "logs/x.lo_");
         files.append("logs/x.log", "4\n");
       },
       "1;2;3;4;", 0},
      {"renamed, not created",
       [](FakeFiles& files) {
         files.append("logs/x.log", "3\n");
         files.rename("logs/x.log", "logs/x.lo_");
       },
       "1;2;3;", 0},
      {"renamed to history twice",
       [](FakeFiles& files) {
         files.append("logs/x.log", "3\n");
         files.rename("logs/x.log", "logs/x-20261122-101500.log");
         files.append("logs/x-20261122-111500.log", "4\n");
         files.append("logs/x.log", "5\n");
       },
       "1;2;3;4;5;", 0},
      {"copied and cut",
       [](FakeFiles& files) {
         files.append("logs/x.log", "3\n");
         files.copy("logs/x.log", "logs/x.lo_");
         files.rewrite("logs/x.log", "4\n");
       },
       "1;2;3;4;", 0},
      {"copied elsewhere, the old one deleted, another id",
       [](FakeFiles& files) {
         files.append("logs/x.log", "3\n");
         files.copy("logs/x.log", "logs/x-20261122-101500.log");
         files.remove("logs/x.log");
         files.append("logs/x.log", "4\n");
       },
       "1;2;3;4;", 0},
      {"rolled over twice into one backup",
       [](FakeFiles& files) {
         files.append("logs/x.lo_", "");
         files.rewrite("logs/x.lo_", "4\n");
         files.rewrite("logs/x.log", "5\n");
       },
       "1;2;4;5;", 1},
      {"truncated and grown",
       [](FakeFiles& files) { files.rewrite("logs/x.log", "3 and much more\n"); },
       "1;2;3 and much more;", 1},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    FakeFiles files;
    files.append("logs/x.lo_", "1\n");
    files.append("logs/x.log", "2\n");
    const std::vector<Source> sources = {{"svc", FakeFiles::path("logs/x.log")}};
    TailConsumer consumer;
    {
      Follower follower(sources, {}, files);
      consumer.take(follower.poll(1000, now_));
    }
    row.roll(files);
    Follower follower(sources, consumer.restart(), files);
    for (int i = 0; i < 3; ++i) {
      consumer.take(follower.poll(1000, now_));
    }
    EXPECT_EQ(consumer.text(), row.text);
    EXPECT_EQ(consumer.gaps().size(), row.gaps);
    EXPECT_TRUE(consumer.only().live);
  }
}

TEST_F(FollowerTest, SeesALogThatWasEmptiedAndFilledWithAsManyBytes) {
  const std::string same = std::string(80, 's') + "\n";  // all that is compared before the place
  files_.append("logs/x.log", "1" + same);
  follow();
  poll();
  files_.rewrite("logs/x.log", "2" + same);
  poll();
  files_.append("logs/x.log", "3\n");
  poll();
  const std::string line = same.substr(0, 80) + ";";
  EXPECT_EQ(text(), "1" + line + "2" + line + "3;");
}

TEST_F(FollowerTest, ResumesABacklogThatWasCutShort) {
  files_.append("logs/x.lo_", "1\n2\n");
  files_.append("logs/x-20261122-101500.log", "3\n");
  files_.append("logs/x.log", "4\n");
  follow();
  consumer_.take(follower_->poll(2, now_));
  restart();
  poll();
  EXPECT_EQ(text(), "1;2;3;4;");
  EXPECT_TRUE(consumer_.only().live);
}

TEST_F(FollowerTest, DoesNotReadHistoryAgainAfterARestart) {
  files_.append("logs/x.lo_", "1\n");
  for (int i = 10; i < 40; ++i) {
    files_.append("logs/x-20261122-1015" + std::to_string(i) + ".log", std::to_string(i) + "\n");
  }
  files_.append("logs/x.log", "2\n");
  follow();
  poll();
  const std::size_t lines = consumer_.only().lines.size();
  for (const bool with_memory : {true, false}) {
    SCOPED_TRACE(with_memory);
    auto known = consumer_.restart();
    if (!with_memory) {
      known.at(0).siblings.clear();
    }
    follow(sources_, known);
    poll();
    EXPECT_EQ(consumer_.only().lines.size(), lines);
  }
  files_.rename("logs/x.log", "logs/x-20261122-101550.log");
  files_.append("logs/x.log", "3\n");
  poll();
  EXPECT_EQ(consumer_.only().lines.size(), lines + 1);
}

TEST_F(FollowerTest, SurvivesCheckpointsThatMakeNoSense) {
  files_.append("logs/x.log", "1\n");
  Checkpoint broken;
  broken.stream = broken.path = FakeFiles::path("logs/x.log");
  broken.offset = ~0ULL;
  broken.resume = ~0ULL;
  broken.head_length = ~0ULL;
  broken.siblings = "nonsense";
  follow({{"svc", FakeFiles::path("logs/x.log")}}, {broken});
  poll();
  EXPECT_EQ(text(), "1;");
}

// --- trouble -----------------------------------------------------------------------------------------------------------

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

// --- hints -------------------------------------------------------------------------------------------------------------

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
  files_.append("logs/x.lo_", std::string(5000, 'a'));
  files_.append("logs/x.log", std::string(5000, 'b'));
  follow();
  poll();
  now_ += minutes(2);  // late lines are no longer expected
  poll();
  const int calls = files_.calls();
  poll();
  EXPECT_LE(files_.calls() - calls,
            6);  // list, open, twice info, head, the bytes before the offset
}

}  // namespace
}  // namespace cmgmon::tail
