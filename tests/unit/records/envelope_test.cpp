#include "records/envelope.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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
