// What a new run makes of the checkpoints of the one before.

#include "follower_fixture.h"

namespace cmgmon::tail {
namespace {

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

}  // namespace
}  // namespace cmgmon::tail
