// Random writers against the follower, on a file system in memory: support/follower_model.h.

#include "support/follower_model.h"

#include <gtest/gtest.h>

#include <memory>

#include "support/fake_files.h"

namespace cmgmon::tail {
namespace {

using support::Scheme;

std::string play(Scheme scheme) {
  return support::play_models(scheme, 15, [] { return std::make_unique<support::FakeFiles>(); });
}

TEST(FollowerModel, LosesNothingWhenLogsAreRenamedToLo) {
  EXPECT_EQ(play(Scheme::kRenameLo), "");
}
TEST(FollowerModel, LosesNothingWhenLogsAreRenamedToHistory) {
  EXPECT_EQ(play(Scheme::kRenameDated), "");
}
TEST(FollowerModel, LosesNothingWhenLogsAreCopiedToLoAndCut) {
  EXPECT_EQ(play(Scheme::kCopyLo), "");
}
TEST(FollowerModel, LosesNothingWhenLogsAreCopiedToHistoryAndCut) {
  EXPECT_EQ(play(Scheme::kCopyDated), "");
}
TEST(FollowerModel, LosesNothingWhenIisBeginsNewLogs) {
  EXPECT_EQ(play(Scheme::kIis), "");
}

}  // namespace
}  // namespace cmgmon::tail
