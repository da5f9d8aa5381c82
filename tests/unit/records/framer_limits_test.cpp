// What is too long, and text that would blind or slow down a careless framer.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "framing.h"
#include "records/framer.h"

namespace cmgmon::records {
namespace {

const std::string kRecord = "<![LOG[good]LOG]!><time=\"10:00:00.000+00\" date=\"09-25-2026\">";

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) {
    text += part;
  }
  return text;
}

// A CCM record of exactly `size` bytes.
std::string record_of(std::size_t size) {
  const std::string end = "]LOG]!><time=\"10:00:00.000+00\" date=\"09-25-2026\">";
  return "<![LOG[" + std::string(size - 7 - end.size(), 'x') + end;
}

TEST(FramerLimits, LongestRecordIsReadAndALongerOneIsSkipped) {
  struct Row {
    const char* name;
    std::string bytes;
    std::size_t records;
    std::uint64_t malformed;
  };
  const std::string site = "$$<X><06-24-2020 15:31:46.376+240><thread=552 (0x228)>\n";
  const std::vector<Row> rows = {
      {"ccm, longest", record_of(kMaxRecordBytes) + "\n" + kRecord, 2, 0},
      {"ccm, one more", record_of(kMaxRecordBytes + 1) + "\n" + kRecord, 1, 1},
      {"ccm, never closed", "<![LOG[" + std::string(3 * kMaxRecordBytes, 'x') + "\n" + kRecord, 1,
       1},
      {"opener just before the limit",
       "<![LOG[" + std::string(kMaxRecordBytes - 7 - 8, 'x') + "\n" + kRecord, 1, 1},
      {"opener cut by the limit",
       "<![LOG[" + std::string(kMaxRecordBytes - 7 - 4, 'x') + "\n" + kRecord, 1, 1},
      {"opener behind the limit",
       "<![LOG[" + std::string(kMaxRecordBytes - 7, 'x') + "\n" + kRecord, 1, 1},
      {"plain, longest", std::string(kMaxRecordBytes - 1, 'x') + "\nsecond\n", 2, 0},
      {"plain, one more", std::string(kMaxRecordBytes, 'x') + "\nsecond\n", 1, 1},
      {"endless line", std::string(5 * kMaxRecordBytes, 'x') + "\n" + kRecord, 1, 1},
      {"site server, longest", std::string(kMaxRecordBytes - site.size() + 1, 'x') + site + kRecord,
       2, 0},
      {"site server, one more",
       std::string(kMaxRecordBytes - site.size() + 2, 'x') + site + kRecord, 1, 1},
      {"NULs without end", std::string(3 * kMaxRecordBytes, '\0') + kRecord, 1, 1},
      {"NULs in an open record", "<![LOG[torn" + std::string(3 * kMaxRecordBytes, '\0') + kRecord,
       1, 2},
      {"NULs behind a torn line", "x $$<X" + std::string(3 * kMaxRecordBytes, '\0') + kRecord, 1,
       2},
      {"opener never closed in a site-server log, and lines that are no records",
       site + "<![LOG[" + repeated("no record\n", kMaxRecordBytes / 10 + 1) + site + site, 3, 3},
      {"the limit falls into a record behind such an opener",
       site + "<![LOG[" + std::string(kMaxRecordBytes - 7 - 20, '\n') + site + site, 3, 1},
  };
  for (const Row& row : rows) {
    for (const std::size_t chunk : {std::size_t{0}, std::size_t{4096}, std::size_t{65521},
                                    kMaxRecordBytes - 1, kMaxRecordBytes, kMaxRecordBytes + 1}) {
      SCOPED_TRACE(std::string(row.name) + ", chunks of " + std::to_string(chunk));
      const support::LogFile file = frame(row.bytes, chunk);
      EXPECT_EQ(file.entries.size(), row.records);
      EXPECT_EQ(file.malformed, row.malformed);
    }
    for (const std::size_t split :
         {kMaxRecordBytes - 1, kMaxRecordBytes, kMaxRecordBytes + 1, row.bytes.size() - 1}) {
      SCOPED_TRACE(std::string(row.name) + ", restart at " + std::to_string(split));
      EXPECT_TRUE(frame_with_restart(row.bytes, std::min(split, row.bytes.size())) ==
                  frame(row.bytes, 0));
    }
  }
}

TEST(FramerLimits, WideFilesKeepTheirOffsetsBehindWhatWasSkipped) {
  // Three bytes of UTF-8 each, so the limit falls into a character.
  const std::string long_line = repeated("\u20AC", kMaxRecordBytes / 3 + 1000);
  for (const std::string& start : {std::string(), std::string("x"), std::string("<![LOG[")}) {
    const std::string bytes =
        "\xFF\xFE" + to_utf16_bytes(start + long_line + "\n" + kRecord, false);
    for (const std::size_t chunk : {std::size_t{0}, std::size_t{4097}, std::size_t{262144}}) {
      SCOPED_TRACE(start + ", chunks of " + std::to_string(chunk));
      const support::LogFile file = frame(bytes, chunk);
      ASSERT_EQ(file.entries.size(), 1U);
      EXPECT_EQ(file.entries[0].offset, bytes.size() - 2 * kRecord.size());
      EXPECT_EQ(file.entries[0].length, 2 * kRecord.size());
      EXPECT_EQ(file.entries[0].line, 2U);
      EXPECT_EQ(file.malformed, 1U);
    }
  }
}

TEST(FramerLimits, PlainForLongStaysPlainButShowsItsEnvelopes) {
  const std::string lines = repeated(std::string(999, 'x') + "\n", 80);
  // Nothing that somebody gets into such a file may hide the lines behind it; and what a crash leaves at the start of a
  // file may not hide its records.
  const std::string site = "x $$<X><06-24-2020 15:31:46.376+240><thread=552 (0x228)>";
  const std::string bytes =
      lines + "<![LOG[never closed\n" + site + "\n" + site + "rest\n" + kRecord + "\n[" + kRecord +
      kRecord + " rest\n" + kRecord + std::string(2, '\0') +
      "<![LOG[in two\nlines]LOG]!><time=\"1\">\n#Fields: a b\n" + lines + kRecord;
  const support::LogFile file = frame(bytes, 0);
  std::string formats;
  for (std::size_t i = 80; i + 80 < file.entries.size(); ++i) {
    formats += std::string(name_of(file.entries[i].format)) + " ";
  }
  EXPECT_EQ(formats,
            "plain site-server site-server plain ccm ccm ccm plain ccm plain plain plain ");
  EXPECT_EQ(file.format, Format::kPlain);
  EXPECT_EQ(file.malformed, 2U);  // the NULs, and the record at the end whose line is not finished
  EXPECT_TRUE(support::read_slowly(bytes, kNow) == file);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{4096}}) {
    EXPECT_TRUE(frame(bytes, chunk) == file);
  }
  for (std::size_t split = lines.size(); split < bytes.size() - lines.size(); split += 7) {
    EXPECT_TRUE(frame_with_restart(bytes, split) == file);
  }
}

// Each of these makes an algorithm that starts over take hours; the test's time limit is the assertion.
TEST(FramerLimits, HostileTextIsReadInLinearTime) {
  const std::size_t size = 3U << 19U;
  const std::vector<std::string> parts = {
      "<![LOG[\n",
      "]LOG]!><time=\"",
      "]LOG]!><time=\"\n",
      "]LOG]!><a",
      "$$<",
      "$$<a><1-1-2020 ",
      "$$<a>",
      "\r",
      "\n",
      "<![LOG[",
      "\0",
      "x",
      "]LOG]!><\n",
      " ",
      "<![LOG[ $$<X><06-24-2020 15:31:46.376+240><thread=552 (0x228)>\n",
      "$$<X><06-24-2020 15:31:46.376+240><thread=552 (0x228)>",
      "$$<X><06-24-2020 15:31:46.376+240><thread=552 (0x228)> ] ",
      "<![LOG[]]]]]]\n$$<X><06-24-2020 15:31:46.376+240><thread=552 (0x228)>\n",
  };
  for (const std::string& part : parts) {
    for (const std::string& start : {std::string(), std::string("<![LOG[")}) {
      SCOPED_TRACE(start + " and many " + part);
      const std::string bytes = start + repeated(part.empty() ? std::string(1, '\0') : part,
                                                 size / std::max<std::size_t>(part.size(), 1));
      for (const std::size_t chunk : {std::size_t{4096}, std::size_t{0}}) {
        EXPECT_LE(frame(bytes + "\n" + kRecord, chunk).entries.size(), size);
      }
    }
  }
}

}  // namespace
}  // namespace cmgmon::records
