#include "sinks/syslog_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "incident_samples.h"
#include "sinks/notices.h"
#include "support/hostile_texts.h"
#include "support/syslog_reader.h"

namespace cmgmon::sinks {
namespace {

using support::read_syslog;
using ::testing::HasSubstr;
using ::testing::StartsWith;

SyslogFormat format() {
  return {16, "32473", "CP1.contoso.com", 8192};
}

TEST(SyslogFormat, ARaiseSaysEverything) {
  const std::string bytes = syslog_message(raised(connector_incident()), format());
  EXPECT_THAT(bytes,
              StartsWith("<130>1 2026-11-22T10:42:08.000Z CP1.contoso.com cmgmon - 1002 "
                         "[cmgmon@32473 id=\"0123456789abcdef0123456789abcdef-1795341718000:1\" "));
  const auto message = read_syslog(bytes);
  ASSERT_TRUE(message) << bytes;
  EXPECT_EQ(message->data_id, "cmgmon@32473");
  const std::map<std::string, std::string> want = {
      {"id", "0123456789abcdef0123456789abcdef-1795341718000:1"},
      {"fp", "0123456789abcdef0123456789abcdef"},
      {"ep", "0123456789abcdef0123456789abcdef-1795341718000"},
      {"seq", "1"},
      {"kind", "raised"},
      {"state", "firing"},
      {"rule", "CMG-CONN-403-CLIENTCERT"},
      {"level", "critical"},
      {"host", "CMGCP01.contoso.com"},
      {"group", "endpoint=SMS_MP, host=CMGCP01.contoso.com"},
      {"count", "3"},
      {"first", "2026-11-22T10:41:58.123Z"},
      {"last", "2026-11-22T10:42:07.000Z"}};
  EXPECT_EQ(message->data, want);
  EXPECT_THAT(message->text, StartsWith("RAISED critical CMG-CONN-403-CLIENTCERT: The management "
                                        "point demands a client certificate"));
  EXPECT_THAT(message->text, HasSubstr("WHY: mp1.contoso.com answered 403: it wants a client "
                                       "certificate and the connection point"));
  EXPECT_THAT(message->text, HasSubstr("WHAT TO DO: 1. Open certlm.msc"));
  EXPECT_THAT(message->text, HasSubstr(" 2. Restart SMS_EXECUTIVE."));
  EXPECT_THAT(message->text,
              HasSubstr("EVIDENCE: C:\\SMS\\Logs\\SMS_Cloud_ProxyConnector.log, line 1234"));
}

TEST(SyslogFormat, AClearIsShortAndInformational) {
  const auto message = read_syslog(syslog_message(cleared(connector_incident()), format()));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->priority, 134);
  EXPECT_EQ(message->message_id, "2002");
  EXPECT_EQ(message->data.at("state"), "cleared");
  EXPECT_EQ(message->data.at("by"), "recovery");
  EXPECT_THAT(message->text, StartsWith("CLEARED critical CMG-CONN-403-CLIENTCERT: "));
  EXPECT_THAT(message->text, HasSubstr("How it ended: recovery seen."));
}

TEST(SyslogFormat, SeverityFollowsTheLevel) {
  const struct {
    signatures::Level level;
    int severity;
  } rows[] = {{signatures::Level::kCritical, 2},
              {signatures::Level::kHigh, 3},
              {signatures::Level::kMedium, 4},
              {signatures::Level::kLow, 5},
              {signatures::Level::kInformational, 6}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.severity);
    auto incident = connector_incident();
    incident.level = row.level;
    SyslogFormat daemon = format();
    daemon.facility = 3;
    EXPECT_EQ(read_syslog(syslog_message(raised(incident), daemon))->priority, 24 + row.severity);
  }
}

TEST(SyslogFormat, NoticesOfTheService) {
  const auto message = read_syslog(
      syslog_message(delivery_recovered("mail", 2), at("2026-11-22T10:42:08Z"), format()));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->priority, 134);
  EXPECT_EQ(message->message_id, "201");
  EXPECT_EQ(message->data.at("kind"), "notice");
  EXPECT_EQ(message->text, "The sink 'mail' works again; 2 alerts still to deliver.");
}

TEST(SyslogFormat, HostilesAreInertIntactAndWithinTheLimit) {
  for (const auto& hostile : support::hostile_texts()) {
    for (const std::size_t limit : {8192U, 4096U}) {
      SCOPED_TRACE(hostile.name);
      SyslogFormat narrow = format();
      narrow.max_bytes = limit;
      narrow.host = hostile.text;
      for (const auto& transition :
           {raised(hostile_incident(hostile.text)), cleared(hostile_incident(hostile.text))}) {
        const std::string bytes = syslog_message(transition, narrow);
        EXPECT_LE(bytes.size(), limit);
        EXPECT_TRUE(base::is_valid_utf8(bytes));
        EXPECT_TRUE(support::is_inert(bytes));
        const auto message = read_syslog(bytes);
        ASSERT_TRUE(message) << bytes.substr(0, 600);
        EXPECT_EQ(message->data.at("id"), transition.delivery_id);
      }
      const std::string notice =
          syslog_message(Notice{Notice::Severity::kError, 203, hostile.text, hostile.text},
                         at("2026-11-22T10:42:08Z"), narrow);
      EXPECT_LE(notice.size(), limit);
      EXPECT_TRUE(support::is_inert(notice));
      EXPECT_TRUE(read_syslog(notice));
    }
  }
}

TEST(SyslogFormat, QuotesInValuesComeBackAsTheyWere) {
  auto incident = connector_incident();
  incident.group = {{"user", "a\"]b\\c] \xC3\xA9"}};
  const auto message = read_syslog(syslog_message(raised(incident), format()));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->data.at("group"), "user=a\"]b\\c] \xC3\xA9");
}

TEST(SyslogFormat, WhatIsTooLongIsCutBetweenCharacters) {
  auto incident = connector_incident();
  incident.cause.clear();
  for (int i = 0; i < 8000; ++i) {
    incident.cause += "\xC3\xA9";
  }
  for (std::size_t limit = 2048; limit < 2056; ++limit) {
    SyslogFormat narrow = format();
    narrow.max_bytes = limit;
    const std::string bytes = syslog_message(raised(incident), narrow);
    EXPECT_LE(bytes.size(), limit);
    EXPECT_GE(bytes.size(), limit - 3);
    EXPECT_TRUE(base::is_valid_utf8(bytes));
    EXPECT_TRUE(bytes.ends_with("\xE2\x80\xA6"));
  }
}

TEST(SyslogFormat, FramesCountOctets) {
  EXPECT_EQ(syslog_frame("\xC3\xA9t\xC3\xA9"), "5 \xC3\xA9t\xC3\xA9");
}

TEST(SyslogFormat, FacilitiesHaveNames) {
  EXPECT_EQ(syslog_facility_named("local0"), 16);
  EXPECT_EQ(syslog_facility_named("local7"), 23);
  EXPECT_EQ(syslog_facility_named("daemon"), 3);
  EXPECT_EQ(syslog_facility_named("local8"), std::nullopt);
}

}  // namespace
}  // namespace cmgmon::sinks
