#include "matches/context_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/match_oracle.h"

namespace cmgmon::matches {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string>& names() {
  static const std::vector<std::string> list = {"A/first", "A/second", "B/first"};
  return list;
}

const std::string& name_of(std::uint32_t index) {
  return names()[index];
}

std::optional<std::uint32_t> index_of(std::string_view name) {
  for (std::uint32_t i = 0; i < names().size(); ++i) {
    if (names()[i] == name) {
      return i;
    }
  }
  return std::nullopt;
}

class ContextMemoryTest : public testing::Test {
 protected:
  // A record passes; with links it is kept.
  void pass(const std::string& message, const std::string& thread,
            const std::vector<ContextMemory::Link>& links = {}, std::uint64_t length = 100) {
    last_.message = message;
    last_.thread = thread;
    last_.offset += last_.length;
    last_.length = length;
    last_.with([&](const records::Record& record) {
      memory_.begin(record);
      if (!links.empty()) {
        memory_.keep(record, "C:\\logs\\a.log", links);
      }
    });
  }

  std::vector<std::string> texts(const std::vector<ContextMemory::Handle>& handles) {
    std::vector<std::string> list;
    for (const auto handle : handles) {
      Evidence evidence;
      memory_.at(handle).quote(evidence);
      list.push_back(evidence.message);
    }
    return list;
  }
  std::vector<std::string> of_thread(std::uint32_t context) {
    std::vector<std::string> list;
    last_.with([&](const auto& record) {
      std::vector<ContextMemory::Handle> handles;
      memory_.of_thread(context, record, kContextAge, handles);
      list = texts(handles);
    });
    return list;
  }
  std::vector<std::string> of_key(std::uint32_t context, const std::string& key) {
    std::vector<std::string> list;
    last_.with([&](const auto& record) {
      std::vector<ContextMemory::Handle> handles;
      memory_.of_key(context, key, record, kContextAge, handles);
      list = texts(handles);
    });
    return list;
  }

  ContextMemory memory_;
  test::OwnedRecord last_;
};

TEST_F(ContextMemoryTest, FindsTheNewestFirstOfItsThreadAndContext) {
  pass("one", "1", {{0, ""}});
  pass("other thread", "2", {{0, ""}});
  pass("other context", "1", {{1, ""}});
  pass("two", "1", {{1, ""}, {0, ""}});
  pass("hit", "1");
  EXPECT_THAT(of_thread(0), ElementsAre("two", "one"));
  EXPECT_THAT(of_thread(1), ElementsAre("two", "other context"));
  EXPECT_THAT(of_thread(2), IsEmpty());
}

TEST_F(ContextMemoryTest, FindsAKeyOnAnyThread) {
  pass("one", "1", {{0, "m1"}});
  pass("two", "2", {{0, "m2"}});
  pass("three", "3", {{0, "m1"}});
  pass("hit", "4");
  EXPECT_THAT(of_key(0, "m1"), ElementsAre("three", "one"));
  EXPECT_THAT(of_key(1, "m1"), IsEmpty());
}

TEST_F(ContextMemoryTest, ForgetsWhatWasUsedUp) {
  pass("one", "1", {{0, ""}});
  pass("two", "1", {{0, ""}});
  pass("three", "1", {{0, ""}});
  last_.with([&](const auto& record) {
    memory_.begin(record);
    std::vector<ContextMemory::Handle> handles;
    memory_.of_thread(0, record, kContextAge, handles);
    handles = {handles[0], handles[2], handles[0]};
    memory_.use_up(handles);
  });
  EXPECT_THAT(of_thread(0), ElementsAre("two"));
}

TEST_F(ContextMemoryTest, StaysSmallWhateverPasses) {
  for (int i = 0; i < 20000; ++i) {
    pass("one", std::to_string(i), {{0, ""}}, 8);
    ASSERT_LE(memory_.size(), kMaxKept);
  }
  pass("large", "1", {{0, ""}}, kContextBytes + 1);
  EXPECT_THAT(of_thread(0), IsEmpty());
  pass("next", "1", {}, 1);
  EXPECT_EQ(memory_.size(), 0U);
}

TEST_F(ContextMemoryTest, SavedAndLoadedItGoesOnTheSame) {
  last_.columns = {{"c-ip", "10.0.0.5"}};
  last_.time = base::Time(std::chrono::seconds(5));
  pass("one", "1", {{0, ""}, {2, "key"}});
  for (int i = 0; i < 10; ++i) {
    pass("filler", "1");
  }
  pass("two", "1", {{1, ""}});
  const std::string saved = memory_.save(name_of);
  memory_ = ContextMemory();
  ASSERT_TRUE(memory_.load(saved, index_of));
  EXPECT_EQ(memory_.save(name_of), saved);
  for (std::size_t i = 0; i < kContextRecords - 11; ++i) {
    pass("filler", "1");
    EXPECT_THAT(of_thread(0), ElementsAre("one"));
  }
  pass("one too many", "1");
  EXPECT_THAT(of_thread(0), IsEmpty());
  EXPECT_THAT(of_thread(1), ElementsAre("two"));
  EXPECT_THAT(of_key(2, "key"), ElementsAre("one"));
}

TEST_F(ContextMemoryTest, LoadingForgetsContextsThatNoRuleHasAnyMore) {
  pass("one", "1", {{0, ""}});
  pass("two", "1", {{1, ""}, {0, ""}});
  const std::string saved = memory_.save(name_of);
  ASSERT_TRUE(memory_.load(saved, [](std::string_view name) {
    return name == "A/second" ? std::optional<std::uint32_t>(7) : std::nullopt;
  }));
  EXPECT_EQ(memory_.size(), 1U);
  pass("hit", "1");
  EXPECT_THAT(of_thread(7), ElementsAre("two"));
}

TEST_F(ContextMemoryTest, DamagedBytesAreAnErrorAndLeaveItEmpty) {
  pass("one", "1", {{0, ""}});
  pass("two", "2", {{1, "key"}});
  const std::string saved = memory_.save(name_of);
  for (std::size_t size = 0; size < saved.size(); ++size) {
    SCOPED_TRACE(size);
    ContextMemory memory;
    EXPECT_FALSE(memory.load(saved.substr(0, size), index_of));
    EXPECT_EQ(memory.size(), 0U);
  }
  for (std::size_t i = 0; i < saved.size(); ++i) {
    SCOPED_TRACE(i);
    std::string damaged = saved;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    ContextMemory memory;
    EXPECT_FALSE(memory.load(damaged, index_of));
    EXPECT_EQ(memory.size(), 0U);
  }
}

}  // namespace
}  // namespace cmgmon::matches
