// Random writers against the follower, on the real disk of this system: support/follower_model.h.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "support/follower_model.h"
#include "support/real_disk.h"

namespace cmgmon::tail {
namespace {

using support::Scheme;

class ModelOnDisk : public testing::TestWithParam<Scheme> {};

TEST_P(ModelOnDisk, EveryLineOnceOrAnExplicitGap) {
  EXPECT_EQ(
      support::play_models(GetParam(), 4, [] { return std::make_unique<support::RealDisk>(); }),
      "");
}

INSTANTIATE_TEST_SUITE_P(Schemes, ModelOnDisk,
                         testing::Values(Scheme::kRenameLo, Scheme::kRenameDated, Scheme::kCopyLo,
                                         Scheme::kCopyDated, Scheme::kIis));

}  // namespace
}  // namespace cmgmon::tail
