#include "sinks/event_log_sink.h"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <any>

#include "base/text.h"
#include "incident_samples.h"
#include "sinks/event_text.h"
#include "sinks/incident_json.h"
#include "sinks/notices.h"
#include "support/fake_event_log.h"

namespace cmgmon::sinks {
namespace {

using incidents::ClearedBy;
using platform::EventType;
using signatures::Level;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class EventLogSinkTest : public testing::Test {
 protected:
  EventLogSink make(Level level = Level::kInformational, BudgetOptions budget = {}) {
    EventLogOptions options;
    options.name = "event-log";
    options.level = level;
    return {std::make_unique<support::FakeEventLog>(events_), options, budget, "CMGCP01"};
  }

  std::vector<int> ids() const {
    std::vector<int> list;
    for (const auto& record : events_.records) {
      list.push_back(record.id);
    }
    return list;
  }

  support::RecordedEvents events_;
};

TEST_F(EventLogSinkTest, ARaiseHasTheStringsOfTheContract) {
  auto sink = make();
  const auto transition = raised(connector_incident());
  ASSERT_TRUE(sink.deliver(transition).has_value());
  ASSERT_THAT(events_.records, SizeIs(1));
  const auto& record = events_.records[0];
  EXPECT_EQ(record.id, 1002);
  EXPECT_EQ(record.type, EventType::kError);
  EXPECT_EQ(record.category, 4);
  EXPECT_THAT(
      record.strings,
      ElementsAre(
          "The management point demands a client certificate from the connection point",
          "CMG-CONN-403-CLIENTCERT", "critical", "firing", "CMGCP01.contoso.com",
          "endpoint=SMS_MP, host=CMGCP01.contoso.com", "3", "2026-11-22T10:41:58.123Z",
          "2026-11-22T10:42:07.000Z",
          "mp1.contoso.com answered 403: it wants a client certificate and the connection point "
          "has none that it "
          "accepts.",
          "1. Open certlm.msc on CMGCP01.contoso.com and look for a certificate with the purpose "
          "Client Authentication "
          "(1.3.6.1.5.5.7.3.2).\r\n2. Restart SMS_EXECUTIVE.\r\nSee "
          "https://learn.microsoft.com/troubleshoot/mem/configmgr/cloud-services/"
          "cmg-communication-error",
          "C:\\SMS\\Logs\\SMS_Cloud_ProxyConnector.log, line 1200, 2026-11-22T10:42:06.000Z: "
          "Forwarding proxy message "
          "4f to URL: https://mp1.contoso.com/SMS_MP/.sms_aut?MPLIST2\r\n"
          "C:\\SMS\\Logs\\SMS_Cloud_ProxyConnector.log, line 1234, 2026-11-22T10:42:07.000Z: "
          "Received response "
          "https://mp1.contoso.com/SMS_MP/.sms_aut?MPLIST2&CM1 for message 4f: HTTP/1.1 403 "
          "CMGConnector_Clientcertificaterequired",
          alert_json(transition, "CMGCP01")));
}

TEST_F(EventLogSinkTest, IdTypeAndStateFollowLevelAndEnding) {
  struct Row {
    const char* name;
    Level level;
    std::optional<ClearedBy> ending;
    int id;
    EventType type;
    const char* state;
  };
  const Row rows[] = {
      {"critical", Level::kCritical, std::nullopt, 1002, EventType::kError, "firing"},
      {"high", Level::kHigh, std::nullopt, 1002, EventType::kError, "firing"},
      {"medium", Level::kMedium, std::nullopt, 1002, EventType::kWarning, "firing"},
      {"low", Level::kLow, std::nullopt, 1002, EventType::kInformation, "firing"},
      {"informational", Level::kInformational, std::nullopt, 1002, EventType::kInformation,
       "firing"},
      {"critical cleared", Level::kCritical, ClearedBy::kRecovery, 2002, EventType::kInformation,
       "cleared: recovery seen"},
      {"medium quiet", Level::kMedium, ClearedBy::kQuiet, 2002, EventType::kInformation,
       "cleared: no longer seen, recovery not confirmed"},
      {"by an operator", Level::kHigh, ClearedBy::kOperator, 2002, EventType::kInformation,
       "cleared: closed by an operator"},
      {"explained", Level::kHigh, ClearedBy::kExplained, 2002, EventType::kInformation,
       "cleared: together with its cause CMG-CONN-NO-CLIENTAUTH-CERT"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    auto incident = connector_incident();
    incident.level = row.level;
    if (row.ending == ClearedBy::kExplained) {
      incident.explained_by = "CMG-CONN-NO-CLIENTAUTH-CERT";
    }
    const auto record = event_of(
        row.ending ? cleared(incident, "2026-11-22T10:58:13Z", *row.ending) : raised(incident),
        "H");
    EXPECT_EQ(record.id, row.id);
    EXPECT_EQ(record.type, row.type);
    EXPECT_EQ(record.category, 4);
    ASSERT_THAT(record.strings, SizeIs(kDetectionStrings));
    EXPECT_EQ(record.strings[2], signatures::name_of(row.level));
    EXPECT_EQ(record.strings[3], row.state);
  }
}

TEST_F(EventLogSinkTest, UnknownPartsAreDashes) {
  incidents::Incident incident;
  incident.event_id = 1099;
  incident.count = 1;
  const auto record = event_of(raised(incident), "CMGCP01");
  ASSERT_THAT(record.strings, SizeIs(kDetectionStrings));
  for (const std::size_t i : {0U, 1U, 5U, 7U, 8U, 9U, 10U, 11U}) {
    EXPECT_EQ(record.strings[i], "-") << i;
  }
  EXPECT_EQ(record.strings[4], "CMGCP01");
}

TEST_F(EventLogSinkTest, AnExplainedIncidentSaysSo) {
  auto incident = connector_incident();
  incident.explained_by = "CMG-CONN-NO-CLIENTAUTH-CERT";
  EXPECT_THAT(event_of(raised(incident), "H").strings[9],
              testing::EndsWith(
                  "It goes with CMG-CONN-NO-CLIENTAUTH-CERT, which is open: see there first."));
}

void expect_sound(const platform::EventRecord& record) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < record.strings.size(); ++i) {
    SCOPED_TRACE("string " + std::to_string(i));
    const std::string& text = record.strings[i];
    ASSERT_TRUE(base::is_valid_utf8(text));
    const std::size_t units = base::to_utf16(text).size();
    EXPECT_LE(units, kMaxEventStringUnits);
    total += units;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const auto byte = static_cast<unsigned char>(text[at]);
      const bool our_line_end = (byte == '\r' && text.substr(at, 2) == "\r\n") ||
                                (byte == '\n' && at > 0 && text[at - 1] == '\r');
      EXPECT_TRUE(byte >= 0x20 || (our_line_end && (i == 10 || i == 11))) << "control at " << at;
      if (byte == '%') {
        const char next = at + 1 < text.size() ? text[at + 1] : '%';
        EXPECT_EQ(std::string("0123456789%!.{ nrtb").find(next), std::string::npos)
            << text.substr(at, 4);
      }
    }
    EXPECT_THAT(text, Not(HasSubstr("\xe2\x80\xae")));
  }
  EXPECT_LE(total, kMaxEventUnits);
  Poco::JSON::Parser parser;
  EXPECT_NO_THROW(parser.parse(record.strings.back()));
}

TEST_F(EventLogSinkTest, HostileAndHugeTextIsInertAndFits) {
  std::string astral;
  for (int i = 0; i < 20000; ++i) {
    astral += "\U0001F600";
  }
  std::string hostile;
  while (hostile.size() < 40000) {
    hostile += hostile_text();
  }
  struct Row {
    const char* name;
    std::string text;
  };
  const Row rows[] = {
      {"hostile", hostile_text()},
      {"40,000 hostile bytes", hostile},
      {"40,000 letters", std::string(40000, 'x')},
      {"40,000 percent signs", std::string(40000, '%')},
      {"40,000 NULs", std::string(40000, '\0')},
      {"astral characters", astral},
      {"astral characters, odd", "x" + astral},
      {"words", "percent %1 and line\r\nends "},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    for (const bool is_clear : {false, true}) {
      const auto transition =
          is_clear ? cleared(incident_of(row.text)) : raised(incident_of(row.text));
      const auto record = event_of(transition, row.text);
      ASSERT_THAT(record.strings, SizeIs(kDetectionStrings));
      expect_sound(record);
    }
    const auto notice = event_of(Notice{Notice::Severity::kError, 100, row.text, row.text},
                                 at("2026-11-22T10:00:00Z"), row.text);
    ASSERT_THAT(notice.strings, SizeIs(3));
    expect_sound(notice);
  }
}

TEST_F(EventLogSinkTest, StepsAndEvidenceAreOneLineEach) {
  auto incident = connector_incident();
  incident.resolution = {"first\r\nWHAT TO DO\r\nevil", "second"};
  incident.evidence = {{"a.log", 1, 0, std::nullopt, records::TimeConfidence::kNone, "one\r\ntwo"}};
  incident.references.clear();
  const auto record = event_of(raised(incident), "H");
  EXPECT_EQ(record.strings[10], "1. first WHAT TO DO evil\r\n2. second");
  EXPECT_EQ(record.strings[11], "a.log, line 1, no time: one\\r\\ntwo");
}

TEST_F(EventLogSinkTest, TheNewestEvidenceIsKept) {
  auto incident = connector_incident();
  incident.evidence.clear();
  for (std::uint64_t i = 0; i < 40; ++i) {
    incident.evidence.push_back(
        {"a.log", i, 0, std::nullopt, records::TimeConfidence::kNone, std::string(900, 'x')});
  }
  const auto record = event_of(raised(incident), "H");
  EXPECT_THAT(record.strings[11], HasSubstr("a.log, line 39,"));
  EXPECT_THAT(record.strings[11], Not(HasSubstr("a.log, line 1,")));
}

TEST_F(EventLogSinkTest, NoticesHaveTheirCategoryAndThreeStrings) {
  struct Row {
    Notice notice;
    int category;
    EventType type;
  };
  const Row rows[] = {
      {service_started("1.2.3", 2, 10), 1, EventType::kInformation},
      {service_failed("it cannot", "do this"), 1, EventType::kError},
      {input_problem("x.log", "locked", "unlock it"), 2, EventType::kWarning},
      {input_recovered("x.log"), 2, EventType::kInformation},
      {delivery_recovered("journal", 3), 3, EventType::kInformation},
      {state_saved_again(), 1, EventType::kInformation},
      {Notice{Notice::Severity::kInformation, 9000, "alive", ""}, 5, EventType::kInformation},
  };
  auto sink = make();
  for (const Row& row : rows) {
    SCOPED_TRACE(row.notice.event_id);
    events_.records.clear();
    ASSERT_TRUE(sink.notify(row.notice, at("2026-11-22T10:00:00Z")).has_value());
    ASSERT_THAT(events_.records, SizeIs(1));
    const auto& record = events_.records[0];
    EXPECT_EQ(record.id, row.notice.event_id);
    EXPECT_EQ(record.category, row.category);
    EXPECT_EQ(record.type, row.type);
    EXPECT_THAT(record.strings,
                ElementsAre(row.notice.message, row.notice.remedy,
                            testing::StartsWith(R"({"schema":"cmgmon/notice/1","event_id":)")));
  }
}

TEST_F(EventLogSinkTest, UpdatesAreNotWritten) {
  auto sink = make(Level::kHigh);
  auto incident = connector_incident();
  auto update = raised(incident);
  update.kind = incidents::TransitionKind::kUpdated;
  EXPECT_TRUE(sink.deliver(update).has_value());
  EXPECT_EQ(sink.level(), Level::kHigh);
  EXPECT_FALSE(sink.wants_updates());
  EXPECT_THAT(events_.records, IsEmpty());
}

TEST_F(EventLogSinkTest, AFailureIsReturnedAndCostsNoBudget) {
  auto sink = make(Level::kInformational, {1, std::chrono::minutes(10)});
  events_.failing = true;
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(sink.deliver(raised(connector_incident())).has_value());
  }
  events_.failing = false;
  EXPECT_TRUE(sink.deliver(raised(connector_incident())).has_value());
  EXPECT_THAT(ids(), ElementsAre(1002));
}

incidents::Incident numbered(int number) {
  auto incident = connector_incident();
  incident.level = Level::kLow;
  incident.event_id = 1006;
  incident.signature = "CMG-CLIENT-401-INVALID-TOKEN";
  incident.episode = "episode" + std::to_string(number);
  return incident;
}

TEST_F(EventLogSinkTest, AReloadInAStormIsNoNewBudget) {
  const BudgetOptions budget{10, std::chrono::minutes(10)};
  std::any memory;
  {
    auto sink = make(Level::kInformational, budget);
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(sink.deliver(raised(numbered(i), "2026-11-22T10:00:00Z")).has_value());
    }
    memory = sink.take_memory();
  }
  EXPECT_THAT(events_.records, SizeIs(5)) << "the summary is owed by the next one";
  {
    auto sink = make(Level::kInformational, budget);
    sink.remember(memory);
    for (int i = 50; i < 100; ++i) {
      ASSERT_TRUE(sink.deliver(raised(numbered(i), "2026-11-22T10:01:00Z")).has_value());
    }
    ASSERT_TRUE(sink.deliver(cleared(numbered(7), "2026-11-22T10:02:00Z")).has_value());
    EXPECT_THAT(events_.records, SizeIs(5)) << "nor the end of what was not written";
    ASSERT_TRUE(sink.advance(at("2026-11-22T10:10:00Z")).has_value());
    EXPECT_THAT(events_.records, SizeIs(6));
    EXPECT_THAT(events_.records.back().strings[0], HasSubstr("95 raised, 1 cleared"));
  }
  EXPECT_THAT(events_.records, SizeIs(6));
}

TEST_F(EventLogSinkTest, AStormIsSummarisedOncePerWindow) {
  auto sink = make(Level::kInformational, {10, std::chrono::minutes(10)});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(sink.deliver(raised(numbered(i), "2026-11-22T10:00:00Z")).has_value());
  }
  EXPECT_THAT(events_.records, SizeIs(5));
  EXPECT_TRUE(sink.deliver(raised(connector_incident(), "2026-11-22T10:00:01Z")).has_value());
  EXPECT_EQ(events_.records.back().id, 1002);
  ASSERT_TRUE(sink.advance(at("2026-11-22T10:09:59Z")).has_value());
  EXPECT_THAT(events_.records, SizeIs(6));
  events_.failing = true;
  EXPECT_FALSE(sink.advance(at("2026-11-22T10:10:00Z")).has_value());
  events_.failing = false;
  EXPECT_TRUE(sink.advance(at("2026-11-22T10:10:00Z")).has_value());
  EXPECT_TRUE(sink.advance(at("2026-11-22T10:30:00Z")).has_value());
  ASSERT_THAT(events_.records, SizeIs(7));
  const auto& summary = events_.records.back();
  EXPECT_EQ(summary.id, 303);
  EXPECT_EQ(summary.type, EventType::kWarning);
  EXPECT_THAT(summary.strings[0], HasSubstr("CMG-CLIENT-401-INVALID-TOKEN 95 raised"));
}

TEST_F(EventLogSinkTest, ASummaryThatIsOwedIsWrittenAtTheEnd) {
  {
    auto sink = make(Level::kInformational, {2, std::chrono::minutes(10)});
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(sink.deliver(raised(numbered(i))).has_value());
    }
    EXPECT_THAT(events_.records, SizeIs(1));
  }
  ASSERT_THAT(events_.records, SizeIs(2));
  EXPECT_EQ(events_.records.back().id, 303);
}

}  // namespace
}  // namespace cmgmon::sinks
