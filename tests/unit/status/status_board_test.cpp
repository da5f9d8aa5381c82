#include "status/status_board.h"

#include <gtest/gtest.h>

#include <thread>

namespace cmgmon::status {
namespace {

TEST(StatusBoard, HasNothingBeforeTheFirstAndIsWatchedOnceItIsRead) {
  StatusBoard board;
  EXPECT_FALSE(board.watched());
  EXPECT_EQ(board.read(), nullptr);
  EXPECT_TRUE(board.watched());
}

TEST(StatusBoard, WhoReadsKeepsWhatWasReadWhateverComesAfter) {
  StatusBoard board;
  AgentStatus status;
  status.version = "1";
  board.publish(status);
  const auto first = board.read();
  status.version = "2";
  board.publish(status);
  EXPECT_EQ(first->version, "1");
  EXPECT_EQ(board.read()->version, "2");
}

TEST(StatusBoard, EveryReadIsOneWholeStatus) {
  StatusBoard board;
  std::thread writer([&] {
    for (std::uint64_t i = 1; i <= 2000; ++i) {
      AgentStatus status;
      status.gaps = i;
      status.gap_bytes = 2 * i;
      board.publish(std::move(status));
    }
  });
  std::uint64_t last = 0;
  while (last < 2000) {
    const auto status = board.read();
    if (status != nullptr) {
      ASSERT_EQ(status->gap_bytes, 2 * status->gaps);
      ASSERT_GE(status->gaps, last);
      last = status->gaps;
    }
  }
  writer.join();
}

}  // namespace
}  // namespace cmgmon::status
