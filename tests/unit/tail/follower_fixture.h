#pragma once
// What the tests of Follower share: one log, x.log, in a folder in memory.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_files.h"
#include "support/tail_consumer.h"
#include "tail/follower.h"

namespace cmgmon::tail {

using std::chrono::minutes;
using std::chrono::seconds;
using support::FakeFiles;
using support::TailConsumer;

// text() is every line that arrived, log() what else was told since last asked.
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

}  // namespace cmgmon::tail
