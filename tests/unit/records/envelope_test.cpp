#include "records/envelope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"

namespace cmgmon::records {
namespace {

TEST(Opener, IsRecognisedAtEveryLength) {
  const std::string opener(kCcmOpener);
  for (std::size_t size = 0; size < opener.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_EQ(opener_at_start(opener.substr(0, size)).state, Search::kMore);
    EXPECT_EQ(opener_at_start("[" + opener.substr(0, size)).state, Search::kMore);
    EXPECT_EQ(opener_at_start(opener.substr(0, size) + "x").state, Search::kAbsent);
  }
  EXPECT_EQ(opener_at_start(opener + "x").length, 7U);
  EXPECT_EQ(opener_at_start("[" + opener).length, 8U);
  EXPECT_EQ(opener_at_start("[[" + opener).state, Search::kAbsent);
  EXPECT_EQ(opener_at_start(" " + opener).state, Search::kAbsent);
}

TEST(CcmAttributes, AreReadInAnyOrder) {
  const auto a = read_ccm_attributes(
      "thread=\"7\"date=\"9-5-2026\"  TIME=\"1:02\" context=\"time=\" file=\"a.cpp:1\" "
      "component=\"\" component=\"second\"");
  EXPECT_EQ(a.thread, "7");
  EXPECT_EQ(a.date, "9-5-2026");
  EXPECT_EQ(a.time, "1:02");
  EXPECT_EQ(a.source, "a.cpp:1");
  EXPECT_EQ(a.component, "");
  EXPECT_EQ(a.type, "");
}

// By searching, one name after the other.
std::string value_of(const std::string& name, std::string_view text) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t equals = text.find("=\"", at);
    if (equals == text.npos) {
      return "";
    }
    const std::size_t before = text.substr(at, equals - at).find_last_of(" \"");
    const std::size_t start = before == text.npos ? at : at + before + 1;
    const std::size_t end = std::min(text.find('"', equals + 2), text.size());
    if (base::to_lower(text.substr(start, equals - start)) == name) {
      return std::string(text.substr(equals + 2, end - equals - 2));
    }
    at = std::min(end + 1, text.size());
  }
}

TEST(CcmAttributes, AreWhatASearchForEachFinds) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  static constexpr std::string_view kParts[] = {"time", "date", "component", "Type",  "thread",
                                                "file", "TIME", "context",   "=",     "=\"",
                                                "\"",   " ",    "x",         "=\"\"", "\" "};
  std::size_t found = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto parts = random() % 25; parts > 0; --parts) {
      text += kParts[random() % std::size(kParts)];
    }
    const CcmAttributes a = read_ccm_attributes(text);
    ASSERT_EQ(a.time, value_of("time", text)) << text;
    ASSERT_EQ(a.date, value_of("date", text)) << text;
    ASSERT_EQ(a.component, value_of("component", text)) << text;
    ASSERT_EQ(a.type, value_of("type", text)) << text;
    ASSERT_EQ(a.thread, value_of("thread", text)) << text;
    ASSERT_EQ(a.source, value_of("file", text)) << text;
    found += a.time.empty() ? 0U : 1U;
  }
  EXPECT_GT(found, 100U);
}

TEST(CcmAttributes, DamagedTextIsReadAsFarAsItGoes) {
  for (const char* text : {"", "=\"", "time", "time=", "time=\"", "\"\"\"", "=\"\"=\"\"=\"",
                           "time=\"\"\"date=\"x\"y"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(read_ccm_attributes(text).time, "");
  }
}

TEST(SiteServerTrailer, IsFoundNoSoonerThanItsLastByte) {
  const std::string line =
      "a $$<b $$<CMGService><06-24-2020 15:31:46.376+00><thread=4992 (0x1380)>";
  std::size_t scan = 0;
  SiteServerTrailer trailer;
  for (std::size_t size = 0; size < line.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_NE(find_site_server_trailer(line.substr(0, size), scan, trailer), Search::kFound);
  }
  ASSERT_EQ(find_site_server_trailer(line, scan, trailer), Search::kFound);
  EXPECT_EQ(trailer.length, line.size());
  EXPECT_EQ(trailer.message_length, 7U);
  EXPECT_EQ(trailer.component, "CMGService");
  EXPECT_EQ(trailer.stamp, "06-24-2020 15:31:46.376+00");
  EXPECT_EQ(trailer.thread, "4992");
}

TEST(SiteServerTrailer, EndsALineWhenNothingButBlanksStandsBehindIt) {
  const std::string trailer = "$$<X><06-24-2020 15:31:46.376+00><thread=4 (0x4)>";
  const struct {
    const char* name;
    std::string line;
    bool ends;
  } rows[] = {
      {"alone", trailer, true},
      {"behind text", "a $$<b " + trailer, true},
      {"the last of two", trailer + trailer, true},
      {"before blanks", "a " + trailer + " \t ", true},
      {"before text", trailer + " a", false},
      {"before a closer", trailer + "]LOG]!><a=\"\">", false},
      {"without its last byte", trailer.substr(0, trailer.size() - 1), false},
      {"with one more", trailer + ">", false},
      {"with a time that is none", "$$<X><06-24-2020 15:31><thread=4 (0x4)>", false},
      {"a long way before the end", trailer + std::string(1000, 'x') + ">", false},
      {"nothing", "", false},
      {"blanks", " \t", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(ends_with_site_server_trailer(row.line), row.ends);
  }
}

TEST(CcmSearch, SaysTheSameInStepsOfAnySize) {
  const std::string trailer = "$$<X><06-24-2020 15:31:46.376+00><thread=4 (0x4)>";
  using Outcome = CcmSearch::Outcome;
  const struct {
    const char* name;
    std::string text;
    bool trailers;
    Outcome outcome;
    std::size_t length;
  } rows[] = {
      {"closed", "<![LOG[a]LOG]!><a=\"\">b", true, Outcome::kComplete, 21},
      {"closed, long", "<![LOG[" + std::string(5000, 'a') + "]LOG]!><a=\"\">b", false,
       Outcome::kComplete, 5020},
      {"another opener", "<![LOG[a\n<![LOG[b]LOG]!><a=\"\">", true, Outcome::kTruncated, 9},
      {"a trailer", "<![LOG[a\nb " + trailer + "\nc]LOG]!><a=\"\">", true, Outcome::kTruncated, 9},
      {"a trailer that ends nothing", "<![LOG[a\n " + trailer + "\n]LOG]!><a=\"\">", false,
       Outcome::kComplete, 24 + trailer.size()},
      {"a trailer in the first line", "<![LOG[" + trailer + "\r\n]LOG]!><a=\"\">", true,
       Outcome::kTruncated, 0},
      {"a trailer far away", "<![LOG[a" + std::string(5000, '\n') + trailer + "\n", true,
       Outcome::kTruncated, 5008},
      {"a trailer whose line is not finished", "<![LOG[a\nb " + trailer, true, Outcome::kMore, 0},
  };
  for (const auto& row : rows) {
    for (const std::size_t step : {1U, 7U, 64U, 1U << 20U}) {
      SCOPED_TRACE(testing::Message() << row.name << ", steps of " << step);
      CcmSearch search(7, row.trailers);
      Outcome outcome = Outcome::kMore;
      for (std::size_t size = 0; outcome == Outcome::kMore && size < row.text.size();) {
        size = std::min(row.text.size(), size + step);
        outcome = search.advance(std::string_view(row.text).substr(0, size));
      }
      EXPECT_EQ(outcome, row.outcome);
      EXPECT_EQ(search.length(), row.length);
    }
  }
}

TEST(SiteServerMessage, LosesTheLineEndsBehindIt) {
  EXPECT_EQ(site_server_message("text~~  "), "text");
  EXPECT_EQ(site_server_message("text  "), "text");
  EXPECT_EQ(site_server_message("text~~~~   "), "text");
  EXPECT_EQ(site_server_message("~Moved a~1.log~~ at x~  "), "~Moved a~1.log~~ at x");
  EXPECT_EQ(site_server_message("~~  "), "");
  EXPECT_EQ(site_server_message(""), "");
}

TEST(RolloverMarker, IsALineOfItsOwn) {
  EXPECT_TRUE(is_rollover_marker("<MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED>"));
  EXPECT_TRUE(is_rollover_marker("  <MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED> "));
  EXPECT_FALSE(is_rollover_marker("saw <MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED>"));
}

}  // namespace
}  // namespace cmgmon::records
