#include "records/framer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "framing.h"

namespace cmgmon::records {
namespace {

std::vector<std::string> shown_all(const support::LogFile& file) {
  std::vector<std::string> lines;
  for (const auto& entry : file.entries) {
    lines.push_back(shown(entry));
  }
  return lines;
}

TEST(Framer, ReadsEveryTrapOfTheFormats) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    const support::LogFile file = frame(sample.bytes, 0);
    EXPECT_EQ(shown_all(file), sample.entries);
    EXPECT_EQ(summary(file), sample.summary);
  }
}

TEST(Framer, AgreesWithTheSlowReader) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    const support::LogFile file = frame(sample.bytes, 0);
    const support::LogFile slow = support::read_slowly(sample.bytes, kNow);
    EXPECT_EQ(file.entries, slow.entries);
    EXPECT_EQ(summary(file), summary(slow));
    EXPECT_EQ(file.newest, slow.newest);
  }
}

TEST(Framer, ChunksMakeNoDifference) {
  for (const Sample& sample : samples()) {
    const support::LogFile whole = frame(sample.bytes, 0);
    for (std::size_t chunk = 1; chunk <= 64; ++chunk) {
      SCOPED_TRACE(sample.name + ", chunks of " + std::to_string(chunk));
      ASSERT_TRUE(frame(sample.bytes, chunk) == whole);
    }
  }
}

TEST(Framer, RestartAtAnyOffsetMakesNoDifference) {
  for (const Sample& sample : samples()) {
    const support::LogFile whole = frame(sample.bytes, 0);
    // The long sample has nothing new in its middle.
    const std::size_t step = sample.bytes.size() > 4096 ? 97 : 1;
    for (std::size_t split = 0; split <= sample.bytes.size(); split += step) {
      SCOPED_TRACE(sample.name + ", restart at " + std::to_string(split));
      const support::LogFile restarted = frame_with_restart(sample.bytes, split);
      ASSERT_EQ(restarted.entries, whole.entries);
      ASSERT_EQ(summary(restarted), summary(whole));
      ASSERT_EQ(restarted.newest, whole.newest);
    }
  }
}

TEST(Framer, HandsOutARecordWithItsLastByte) {
  struct Row {
    const char* name;
    std::string bytes;  // ends with the byte that completes the second record
  };
  const std::string ccm =
      "<![LOG[a]LOG]!><time=\"01:02:03.400+00\" date=\"09-25-2026\" file=\"f\">";
  const std::string site = "a $$<X><06-24-2020 15:31:46.376+240><thread=552 (0x228)>";
  const std::vector<Row> rows = {
      {"ccm", ccm + "\r\n" + ccm}, {"site server", site + "\r\n" + site}, {"plain, LF", "a\nb\n"},
      {"plain, CR", "a\rb\r"},     {"w3c", "#Fields: x\n1\n2\n"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Framer framer;
    int count = 0;
    const auto handle = [&](const Record&) { ++count; };
    framer.start_file(0);
    framer.feed(std::string_view(row.bytes).substr(0, row.bytes.size() - 1), kNow, handle);
    EXPECT_EQ(count, 1);
    const std::uint64_t resume = framer.resume_offset();
    framer.feed(std::string_view(row.bytes).substr(row.bytes.size() - 1), kNow, handle);
    EXPECT_EQ(count, 2);
    EXPECT_LT(resume, row.bytes.size() - 1);
    EXPECT_GE(framer.resume_offset(), row.bytes.size() - 1);
  }
}

TEST(Framer, ResumeOffsetIsTheStartOfTheUnfinishedRecord) {
  Framer framer;
  const auto handle = [](const Record&) {};
  framer.start_file(0);
  framer.feed("first\r\n<![LOG[second\r\nmore", kNow, handle);
  EXPECT_EQ(framer.resume_offset(), 7U);
}

TEST(Framer, ANewFileStartsFromNothingButBiasAndCounters) {
  Framer framer;
  std::vector<std::string> seen;
  const auto handle = [&](const Record& record) { seen.push_back(shown(support::own(record))); };
  framer.start_file(0);
  framer.feed(
      "\xEF\xBB\xBF<![LOG[a]LOG]!><time=\"10:00:00.000+240\" date=\"09-25-2026\">\r\ntorn\r\nhalf",
      kNow, handle);
  framer.end_file(kNow, handle);
  EXPECT_EQ(framer.malformed(), 2U);
  framer.start_file(0);
  EXPECT_EQ(framer.format(), Format::kUnknown);
  EXPECT_EQ(framer.encoding(), Encoding::kUtf8);
  framer.feed("plain\r\n", kNow, handle);
  framer.end_file(kNow, handle);
  framer.start_file(0);
  framer.feed("<![LOG[b]LOG]!><time=\"10:00:01.000\" date=\"09-25-2026\">\r\n", kNow, handle);
  EXPECT_EQ(seen, (std::vector<std::string>{"ccm|1|2026-09-25T14:00:00.000Z exact|||||a",
                                            "plain|1|- none|||||plain",
                                            "ccm|1|2026-09-25T14:00:01.000Z assumed|||||b"}));
  EXPECT_EQ(framer.newest_time(), base::from_rfc3339("2026-09-25T14:00:01Z"));
}

TEST(Framer, EachFileHasAnEncodingOfItsOwn) {
  Framer framer;
  std::vector<std::string> seen;
  const auto handle = [&](const Record& record) { seen.push_back(shown(support::own(record))); };
  const std::string text = "gr\u00FC\u00DF\n";
  const std::vector<std::pair<std::string, Encoding>> files = {
      {"\xFF\xFE" + to_utf16_bytes(text, false) + "x", Encoding::kUtf16Le},
      {text, Encoding::kUtf8},
      {"\xFE\xFF" + to_utf16_bytes(text, true) + "\xD8", Encoding::kUtf16Be},
      {"gr\xFC\xDF\n", Encoding::kWindows1252},
      {to_utf16_bytes(text, false), Encoding::kUtf16Le},
      {"\xEF\xBB\xBF" + text, Encoding::kUtf8Bom},
  };
  for (const auto& [bytes, encoding] : files) {
    framer.start_file(0);
    framer.feed(bytes, kNow, handle);
    EXPECT_EQ(framer.encoding(), encoding);
    framer.end_file(kNow, handle);
  }
  EXPECT_EQ(seen, std::vector<std::string>(files.size(), "plain|1|- none|||||gr\u00FC\u00DF"));
}

TEST(Framer, NewestTimeIsThatOfTheNewestRecordThatHasOne) {
  Framer framer;
  const auto handle = [](const Record&) {};
  framer.start_file(0);
  EXPECT_FALSE(framer.newest_time().has_value());
  framer.feed("<![LOG[a]LOG]!><time=\"10:00:00.000+00\" date=\"09-25-2026\">\n", kNow, handle);
  EXPECT_EQ(framer.newest_time(), base::from_rfc3339("2026-09-25T10:00:00Z"));
  framer.feed("<![LOG[a]LOG]!><time=\"09:00:00.000+00\" date=\"09-25-2026\">\n", kNow, handle);
  framer.feed("<![LOG[without a time]LOG]!><file=\"a\">\n", kNow, handle);
  EXPECT_EQ(framer.newest_time(), base::from_rfc3339("2026-09-25T09:00:00Z"))
      << "the clock that was ahead has been set back";
}

TEST(Framer, StartingInTheMiddleWithoutStateReadsOnFromThere) {
  Framer framer;
  std::vector<std::uint64_t> offsets;
  framer.start_file(1000);
  framer.feed("f a record]LOG]!><time=\"1\">\r\n<![LOG[b]LOG]!><time=\"2\">\r\n", kNow,
              [&](const Record& record) { offsets.push_back(record.offset); });
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{1029}));
  EXPECT_EQ(framer.malformed(), 1U);
}

TEST(Framer, StateOfAnotherOffsetIsNotUsed) {
  Framer writer;
  const auto ignored = [](const Record&) {};
  writer.start_file(0);
  writer.feed("#Fields: a b\n1 2\n", kNow, ignored);
  Framer framer;
  ASSERT_TRUE(framer.load(writer.save()).has_value());
  framer.start_file(0);
  std::vector<Format> formats;
  framer.feed("1 2\n", kNow, [&](const Record& record) { formats.push_back(record.format); });
  EXPECT_EQ(formats, (std::vector<Format>{Format::kPlain}));
}

TEST(Framer, DamagedStateIsRefusedAndChangesNothing) {
  Framer writer;
  const auto ignored = [](const Record&) {};
  writer.start_file(0);
  writer.feed("#Fields: a b\n1 2\n", kNow, ignored);
  const std::string state = writer.save();
  for (std::size_t size = 0; size < state.size(); ++size) {
    SCOPED_TRACE(size);
    Framer framer;
    EXPECT_FALSE(framer.load(std::string_view(state).substr(0, size)).has_value());
    EXPECT_EQ(framer.resume_offset(), 0U);
    EXPECT_EQ(framer.format(), Format::kUnknown);
  }
  Framer framer;
  EXPECT_FALSE(framer.load("").has_value());
  EXPECT_FALSE(framer.load(std::string(100, '\0')).has_value());
}

}  // namespace
}  // namespace cmgmon::records
