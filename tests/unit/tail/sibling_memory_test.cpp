#include "tail/sibling_memory.h"

#include <gtest/gtest.h>

#include <string>

namespace cmgmon::tail {
namespace {

Behind file(const std::string& path, std::uint64_t offset, bool delivered) {
  Behind behind;
  behind.place.path = path;
  behind.place.id = {7, offset};
  behind.place.head_length = 3;
  behind.place.head_hash = 0xffffffffffffffffU;
  behind.place.offset = offset;
  behind.place.before_hash = 5;
  behind.delivered = delivered;
  return behind;
}

TEST(SiblingMemory, KeepsTheNewestFiles) {
  SiblingMemory memory;
  for (std::uint64_t i = 0; i < 20; ++i) {
    memory.remember(file("x", i, true));
  }
  ASSERT_EQ(memory.behind.size(), kMaxBehind);
  EXPECT_EQ(memory.behind.front().place.offset, 19U);
  EXPECT_EQ(memory.behind.back().place.offset, 12U);
}

TEST(SiblingMemory, SurvivesSavingWithWhatWasDelivered) {
  SiblingMemory memory;
  memory.watermark = "20261122101500~";
  memory.remember(file("C:\\logs\\x.lo_", 9, true));
  memory.remember(file("lost", 10, false));
  SiblingMemory loaded;
  ASSERT_TRUE(loaded.load(memory.save()));
  EXPECT_EQ(loaded.watermark, "20261122101500~");
  ASSERT_EQ(loaded.behind.size(), 1U);
  const Behind& behind = loaded.behind[0];
  EXPECT_TRUE(behind.delivered && behind.watched);
  EXPECT_EQ(behind.place.path, "C:\\logs\\x.lo_");
  EXPECT_EQ(behind.place.id, (platform::FileId{7, 9}));
  EXPECT_EQ(behind.place.head_length, 3U);
  EXPECT_EQ(behind.place.head_hash, 0xffffffffffffffffU);
  EXPECT_EQ(behind.place.offset, 9U);
  EXPECT_EQ(behind.place.before_hash, 5U);
}

TEST(SiblingMemory, RefusesDamage) {
  SiblingMemory memory;
  memory.watermark = "w";
  memory.remember(file("x", 9, true));
  const std::string good = memory.save();
  for (std::size_t length = 0; length < good.size(); ++length) {
    SiblingMemory loaded = memory;
    EXPECT_FALSE(loaded.load(good.substr(0, length))) << length;
    EXPECT_TRUE(loaded.behind.empty() && loaded.watermark.empty());
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x41);
    SiblingMemory loaded;
    EXPECT_FALSE(loaded.load(bad)) << at;
  }
}

}  // namespace
}  // namespace cmgmon::tail
