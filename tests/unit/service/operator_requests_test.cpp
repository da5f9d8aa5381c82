#include "service/operator_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace cmgmon::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(OperatorRequests, StayUntilTheyAreMet) {
  const support::TempFolder folder;
  EXPECT_THAT(read_requests(folder.path()), IsEmpty());
  ASSERT_TRUE(request_clear(folder.path(), "0123abcd").has_value());
  ASSERT_TRUE(request_clear(folder.path(), "0123abcd").has_value());  // asked twice, meant once
  ASSERT_TRUE(request_clear(folder.path(), "ffff0000").has_value());
  for (int crash = 0; crash < 2; ++crash) {
    EXPECT_THAT(read_requests(folder.path()), ElementsAre("0123abcd", "ffff0000"));
  }
  forget_requests(folder.path(), {"0123abcd", "gone already"});
  EXPECT_THAT(read_requests(folder.path()), ElementsAre("ffff0000"));
}

TEST(OperatorRequests, OtherFilesAreLeftAlone) {
  const support::TempFolder folder;
  folder.write("requests/notes.txt", "x");
  folder.write("requests/Not a fingerprint.clear", "x");
  EXPECT_THAT(read_requests(folder.path()), IsEmpty());
  EXPECT_EQ(folder.read("requests/notes.txt"), "x");
}

}  // namespace
}  // namespace cmgmon::service
