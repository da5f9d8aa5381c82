#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "framing.h"
#include "records/framer.h"

namespace cmgmon::records {
namespace {

using namespace std::string_literals;

const std::vector<std::string>& fragments() {
  static const std::vector<std::string> kFragments = {
      "<![LOG[",
      "[<![LOG[",
      "]LOG]!>",
      "]LOG]!><",
      "<![LOG[message]LOG]!><time=\"19:35:04.986+240\" date=\"09-25-2026\" component=\"C\" "
      "thread=\"1\">",
      "]LOG]!><time=\"1:02:03.1234567\" date=\"9-5-2026\" file=\"a.cpp:1\">",
      "]LOG]!><time=\"10:00:00.000+000\" date=\"09-25-2026\" thread=\"\">",
      "time=\"",
      "date=\"09-25-2026\"",
      " component=\"X\"",
      "\">",
      "\"",
      ">",
      "<",
      "=",
      "]",
      "[",
      "$$<",
      "$$<CMGService><06-24-2020 15:31:46.376+00><thread=4992 (0x1380)>",
      "$$<CMGService><06-24-2020 15:31:46.376+00><thread=4992 (0x1380)>\r\n",
      "line  $$<X><06-24-2020 15:31:46.376><thread=3>\n",
      "\n<![LOG[",
      "~~  $$<X><6-4-2020 5:31:46.376-330><thread=1>",
      "><06-24-2020 15:31:46.376+60>",
      "<thread=5 (0x5)>",
      "$$<X>",
      "~",
      "~~",
      "#Fields: date time c-ip",
      "#Fields: time a b",
      "#Date: 2026-11-22 23:59:00",
      "#Software: x",
      "#",
      "2026-11-22 00:00:06 10.0.0.1",
      "00:00:01 x y",
      "23:59:59  y",
      "<MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED>",
      "text",
      "a b c",
      " ",
      "\t",
      "\0"s,
      "\0\0\0"s,
      "\n",
      "\n",
      "\n",
      "\r\n",
      "\r\n",
      "\r\n",
      "\r",
      "\xEF\xBB\xBF",
      "\xEF",
      "\xC3\xBC",
      "\xFC",
      "\xF0\x9F\x94\xA5",
      "\x80"};
  return kFragments;
}

std::string random_file(std::mt19937& random) {
  static const std::vector<std::string> kStarts = {"",
                                                   "",
                                                   "",
                                                   "\xEF\xBB\xBF",
                                                   "#Fields: time a b\n",
                                                   "tail]LOG]!><\n",
                                                   "$$<X><06-24-2020 15:31:46.376><thread=3>\n"};
  std::string bytes = kStarts[random() % kStarts.size()];
  for (std::size_t count = random() % 24; count > 0; --count) {
    bytes += fragments()[random() % fragments().size()];
  }
  if (random() % 6 == 0) {
    const bool big = random() % 2 == 0;
    bytes = (big ? "\xFE\xFF" : "\xFF\xFE") + to_utf16_bytes(bytes, big);
    if (random() % 4 == 0) {
      bytes.resize(bytes.size() - random() % 3);
    }
  }
  return bytes;
}

// CMGMON_SEED repeats a failure.
unsigned random_seed() {
  const char* const wanted = std::getenv("CMGMON_SEED");
  return wanted != nullptr ? static_cast<unsigned>(std::strtoul(wanted, nullptr, 10))
                           : std::random_device()();
}

TEST(FramerRandom, AgreesWithTheSlowReaderHoweverItIsFed) {
  const unsigned seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 1500; ++round) {
    const std::string bytes = random_file(random);
    SCOPED_TRACE("round " + std::to_string(round) + ": " + testing::PrintToString(bytes));
    const support::LogFile slow = support::read_slowly(bytes, kNow);
    const support::LogFile fast = frame(bytes, 0);
    ASSERT_EQ(fast.entries, slow.entries);
    ASSERT_EQ(summary(fast), summary(slow));
    ASSERT_EQ(fast.newest, slow.newest);
    ASSERT_TRUE(frame(bytes, 1) == fast);
    ASSERT_TRUE(frame(bytes, 1 + random() % 40) == fast);
    ASSERT_TRUE(frame_with_restart(bytes, random() % (bytes.size() + 1)) == fast);
  }
}

TEST(FramerRandom, RecordsAreInOrderAndInsideTheFile) {
  const unsigned seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    const std::string bytes = random_file(random);
    SCOPED_TRACE("round " + std::to_string(round) + ": " + testing::PrintToString(bytes));
    std::uint64_t end = 0;
    std::uint64_t line = 1;
    for (const support::LogEntry& entry : frame(bytes, 7).entries) {
      ASSERT_GE(entry.offset, end);
      ASSERT_GE(entry.line, line);
      end = entry.offset + entry.length;
      line = entry.line;
    }
    ASSERT_LE(end, bytes.size());
  }
}

}  // namespace
}  // namespace cmgmon::records
