#include "tail/troubles.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "support/fake_files.h"

namespace cmgmon::tail {
namespace {

using support::FakeFiles;

base::Error denied() {
  return {base::ErrorKind::kAccessDenied, 5, "x cannot be read", "grant access"};
}

class TroublesTest : public testing::Test {
 protected:
  void poll() { troubles_.begin_poll(now_ += std::chrono::seconds(1)); }
  void fail(const std::string& path, bool at_once = false,
            Troubles::Kind kind = Troubles::Kind::kFile) {
    troubles_.failed(kind, path, denied(), at_once, events_);
  }
  std::string told() {
    std::string all;
    for (const TailEvent& event : events_) {
      if (const auto* problem = std::get_if<InputProblem>(&event)) {
        all += "problem " + problem->path + ";";
      } else {
        all += "recovered " + std::get<InputRecovered>(event).path + ";";
      }
    }
    events_.clear();
    return all;
  }

  FakeFiles files_;
  Troubles troubles_;
  std::vector<TailEvent> events_;
  base::Time now_{};
};

TEST_F(TroublesTest, ToldOnceWhenTheyLast) {
  for (int i = 1; i < kPatientPolls; ++i) {
    poll();
    fail("x");
    fail("x");  // twice in a poll is once
    EXPECT_EQ(told(), "");
  }
  poll();
  fail("x");
  EXPECT_EQ(told(), "problem x;");
  poll();
  fail("x");
  troubles_.fine(Troubles::Kind::kFile, "y", events_);
  EXPECT_EQ(told(), "");
  troubles_.fine(Troubles::Kind::kFile, "x", events_);
  EXPECT_EQ(told(), "recovered x;");
  troubles_.fine(Troubles::Kind::kFile, "x", events_);
  EXPECT_EQ(told(), "");
}

TEST_F(TroublesTest, PassOverInSilence) {
  poll();
  fail("x");
  troubles_.fine(Troubles::Kind::kFile, "x", events_);
  poll();
  fail("x");
  poll();
  fail("x");
  EXPECT_EQ(told(), "");
}

TEST_F(TroublesTest, ToldAtOnceWhenItNeverWorked) {
  poll();
  fail("x", true);
  EXPECT_EQ(told(), "problem x;");
}

TEST_F(TroublesTest, LastAfterAMinute) {
  poll();
  fail("x", true);
  EXPECT_FALSE(troubles_.lasts("x"));
  now_ += kSkipAfter;
  poll();
  EXPECT_TRUE(troubles_.lasts("x"));
  EXPECT_FALSE(troubles_.lasts("y"));
}

TEST_F(TroublesTest, AreLookedAfterWhenNobodyElseDoes) {
  files_.append("logs/x.log", "a");
  const std::string path = FakeFiles::path("logs/x.log");
  files_.fail_open("logs/x.log", base::ErrorKind::kAccessDenied);
  poll();
  fail(path, true);
  troubles_.end_full_poll(files_, events_);
  EXPECT_EQ(told(), "problem " + path + ";");
  poll();
  troubles_.end_full_poll(files_, events_);
  EXPECT_EQ(told(), "");
  files_.heal();
  poll();
  troubles_.end_full_poll(files_, events_);
  EXPECT_EQ(told(), "recovered " + path + ";");

  poll();
  fail("gone", true);
  fail("folder", true, Troubles::Kind::kFolder);
  fail("never told");
  EXPECT_EQ(told(), "problem gone;problem folder;");
  poll();
  troubles_.end_full_poll(files_, events_);
  EXPECT_EQ(told(), "recovered gone;recovered folder;");
}

TEST_F(TroublesTest, OfAFolderAreToldOnceForAllThatItHolds) {
  for (int i = 0; i < 2 * kPatientPolls; ++i) {
    poll();
    fail("/logs", false, Troubles::Kind::kFolder);
    fail("/logs/*.log", false, Troubles::Kind::kSource);
    fail("/logs/x.log");
    fail("/other/x.log");
  }
  EXPECT_EQ(told(), "problem /logs;problem /other/x.log;");
  troubles_.fine(Troubles::Kind::kFolder, "/logs", events_);
  for (int i = 0; i < kPatientPolls; ++i) {
    poll();
    fail("/logs/x.log");
  }
  EXPECT_EQ(told(), "recovered /logs;problem /logs/x.log;");
}

TEST_F(TroublesTest, LastNoLongerWhenTheClockIsSetBack) {
  poll();
  fail("x", true);
  now_ -= std::chrono::hours(24);
  poll();
  fail("x");
  EXPECT_FALSE(troubles_.lasts("x"));
  now_ += kSkipAfter;
  poll();
  fail("x");
  EXPECT_TRUE(troubles_.lasts("x"));
}

}  // namespace
}  // namespace cmgmon::tail
