// Another process holds its log and rolls it over, 200 times in each way, while we follow: every line arrives once and
// in order, nothing is called lost, and the writer never notices us.
//
// The long run:
//   CMGMON_ROLLS=10000 CMGMON_LINES_PER_SECOND=1000 build/release/bin/system_rollover --gtest_filter="*Rollover*"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/path.h"
#include "base/time.h"
#include "platform/files.h"
#include "support/tail_consumer.h"
#include "support/temp_folder.h"
#include "tail/follower.h"

namespace cmgmon::tail {
namespace {

std::string from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

struct Way {
  const char* name;
  const char* glob;
  bool hints;  // half of the polls are told which names changed
};

void PrintTo(const Way& way, std::ostream* out) {
  *out << way.name << (way.hints ? " with hints" : "");
}

std::string name_of(const testing::TestParamInfo<Way>& info) {
  return std::string(info.param.name) + (info.param.hints ? "WithHints" : "");
}

class Rollover : public testing::TestWithParam<Way> {};

TEST_P(Rollover, DeliversEveryLineOnceAndIsNotNoticed) {
  const support::TempFolder folder;
  const std::vector<Source> sources = {{"svc", folder.file(GetParam().glob)}};
  auto follower = std::make_unique<Follower>(sources, std::vector<Checkpoint>{});
  support::TailConsumer consumer;
  const base::SystemClock clock;

  std::string program = std::filesystem::path(CMGMON_ROLLOVER_WRITER).make_preferred().string();
  std::string command = "\"" + program + "\" \"" + folder.path() + "\" " + GetParam().name + " " +
                        from_environment("CMGMON_ROLLS", "200") + " " +
                        from_environment("CMGMON_LINES_PER_SECOND", "0");
  if (base::preferred_separator() == '\\') {
    command = "\"" + command + "\"";  // cmd takes the outer quotes away
  }
  std::atomic<int> exit_code{-1};
  std::thread writer([&] { exit_code = std::system(command.c_str()); });

  // Ends when the writer has ended and a poll after that brought nothing; the writer has deadlines of its own.
  std::size_t lines = 0;
  std::uint64_t polls = 0;
  for (std::uint64_t quiet = 0; quiet < 3; ++polls) {
    const bool ended = exit_code != -1;
    std::set<std::string> hinted;
    if (GetParam().hints && polls % 2 == 1 && !ended) {
      if (const auto entries = platform::list_folder(folder.path())) {
        for (const auto& entry : *entries) {
          hinted.insert(folder.file(entry.name));
        }
      }
    }
    if (polls % 97 == 96) {
      follower.reset();
      follower = std::make_unique<Follower>(sources, consumer.restart());
    }
    const PollOutcome outcome = follower->poll(64U << 10U, clock.now(), hinted);
    consumer.take(outcome);
    const std::size_t lines_now = consumer.streams().empty() ? 0 : consumer.only().lines.size();
    if (lines_now != lines) {
      // Read half written it is a smaller number, and the writer waits on.
      std::ofstream(std::filesystem::path(folder.file("acknowledged"))) << lines_now << '\n';
      lines = lines_now;
    }
    quiet = ended && !outcome.more && outcome.events.empty() ? quiet + 1 : 0;
  }
  writer.join();

  ASSERT_EQ(exit_code, 0);
  std::uint64_t written = 0;
  std::uint64_t violations = ~0ULL;
  std::ifstream(std::filesystem::path(folder.file("result"))) >> written >> violations;
  EXPECT_EQ(violations, 0U);
  const auto& got = consumer.only().lines;
  ASSERT_EQ(got.size(), written);
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].text.substr(0, got[i].text.find(' ', 5)), "line " + std::to_string(i + 1));
  }
  EXPECT_TRUE(consumer.gaps().empty());
  RecordProperty("lines", std::to_string(written));
  RecordProperty("polls", std::to_string(polls));
  for (const auto& event : consumer.log()) {
    EXPECT_EQ(event.find("problem"), std::string::npos) << event;
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, Rollover,
                         testing::Values(Way{"rename", "x.log", false},
                                         Way{"rename", "x.log", true},
                                         Way{"closed", "x.log", false},
                                         Way{"history", "x.log", false},
                                         Way{"history", "x.log", true}, Way{"copy", "x.log", false},
                                         Way{"copy", "x.log", true}, Way{"iis", "u_ex*.log", false},
                                         Way{"iis", "u_ex*.log", true}),
                         name_of);

}  // namespace
}  // namespace cmgmon::tail
