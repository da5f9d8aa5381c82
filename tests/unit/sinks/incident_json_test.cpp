#include "sinks/incident_json.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "incident_samples.h"
#include "sinks/event_text.h"

namespace cmgmon::sinks {
namespace {

using Poco::JSON::Object;
using testing::HasSubstr;
using testing::Not;

Object::Ptr parsed(const std::string& json) {
  Poco::JSON::Parser parser;
  return parser.parse(json).extract<Object::Ptr>();
}

// Characters that no viewer may meet, wherever JSON is written.
void expect_quiet(const std::string& json) {
  EXPECT_TRUE(base::is_valid_utf8(json));
  for (const char* bytes :
       {"\x1b", "\x7f", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x80\xa8", "\r", "\n"}) {
    EXPECT_THAT(json, Not(HasSubstr(bytes)));
  }
}

TEST(IncidentJson, HasTheKeysOfTheContractInOrder) {
  auto incident = connector_incident();
  incident.evidence.erase(incident.evidence.begin());
  EXPECT_EQ(
      json_text(*incident_object(incident)),
      R"({"signature":"CMG-CONN-403-CLIENTCERT",)"
      R"("title":"The management point demands a client certificate from the connection point",)"
      R"("level":"critical","event_id":1002,"state":"firing","cleared_by":null,)"
      R"("group":{"endpoint":"SMS_MP","host":"CMGCP01.contoso.com"},"count":3,)"
      R"("first_seen":"2026-11-22T10:41:58.123Z","last_seen":"2026-11-22T10:42:07.000Z","cleared_at":null,)"
      R"("fields":{"host":"CMGCP01.contoso.com","url_host":"mp1.contoso.com"},)"
      R"("cause":"mp1.contoso.com answered 403: it wants a client certificate\nand the connection point has none )"
      R"(that it accepts.","resolution":["Open certlm.msc on CMGCP01.contoso.com and look for a certificate with )"
      R"(the purpose Client Authentication (1.3.6.1.5.5.7.3.2).","Restart SMS_EXECUTIVE."],)"
      R"("references":["https://learn.microsoft.com/troubleshoot/mem/configmgr/cloud-services/)"
      R"(cmg-communication-error"],"explained_by":null,)"
      R"("evidence":[{"path":"C:\\SMS\\Logs\\SMS_Cloud_ProxyConnector.log","line":1234,"offset":98765,)"
      R"("time":"2026-11-22T10:42:07.000Z","time_confidence":"exact",)"
      R"("message":"Received response https://mp1.contoso.com/SMS_MP/.sms_aut?MPLIST2&CM1 for message 4f: )"
      R"(HTTP/1.1 403 CMGConnector_Clientcertificaterequired"}]})");
}

TEST(IncidentJson, UnknownTimesAreNullAndEndingsAreNamed) {
  auto incident =
      cleared(connector_incident(), "2026-11-22T10:58:13Z", incidents::ClearedBy::kQuiet).incident;
  incident.first_seen.reset();
  incident.evidence[0].time.reset();
  incident.evidence[0].time_confidence = records::TimeConfidence::kNone;
  incident.explained_by = "CMG-CONN-NO-CLIENTAUTH-CERT";
  const std::string json = json_text(*incident_object(incident));
  for (const char* part :
       {R"("state":"cleared","cleared_by":"quiet")", R"("first_seen":null)",
        R"("cleared_at":"2026-11-22T10:58:13.000Z")", R"("time":null,"time_confidence":"none")",
        R"("explained_by":"CMG-CONN-NO-CLIENTAUTH-CERT")"}) {
    EXPECT_THAT(json, HasSubstr(part));
  }
}

TEST(AlertJson, AddsWhatADeliveryNeeds) {
  auto transition = raised(connector_incident());
  transition.incident.late = true;
  EXPECT_THAT(
      alert_json(transition, "IGNORED"),
      testing::StartsWith(
          R"({"schema":"cmgmon/alert/1","delivery_id":"0123456789abcdef0123456789abcdef-1795341718000:1",)"
          R"("episode":"0123456789abcdef0123456789abcdef-1795341718000",)"
          R"("fingerprint":"0123456789abcdef0123456789abcdef","kind":"raised",)"
          R"("at":"2026-11-22T10:42:08.000Z","host":"CMGCP01.contoso.com","late":true,"signature":)"));
  transition.incident.group.clear();
  transition.incident.fields.clear();
  EXPECT_EQ(parsed(alert_json(transition, "MYSELF"))->getValue<std::string>("host"), "MYSELF");
}

TEST(AlertJson, HostileTextSurvivesAsText) {
  const auto transition = raised(incident_of(hostile_text()));
  const std::string json = alert_json(transition, "H");
  expect_quiet(json);
  const auto object = parsed(json);
  const std::string back = object->getValue<std::string>("cause");
  EXPECT_THAT(back, HasSubstr("%1 %%1843 %n %0 %!s! %{S-1-5-18} 100%\r\n\x1b[31m\x07"));
  EXPECT_THAT(back, HasSubstr("rtl:\xe2\x80\xae ls:\xe2\x80\xa8 <b>&\"']}\\ bad:\uFFFD\uFFFD"));
  EXPECT_THAT(back, HasSubstr("\U0001F600"));
}

TEST(EventJson, IsTheWholeIncidentWhenItFits) {
  const auto transition = raised(connector_incident());
  EXPECT_EQ(event_json(transition, "H", kMaxEventStringUnits), alert_json(transition, "H"));
}

TEST(EventJson, PercentSignsAreEscapedAndComeBack) {
  const std::string json =
      event_json(raised(incident_of("%1 %%1843 100%")), "H", kMaxEventStringUnits);
  EXPECT_THAT(json, Not(HasSubstr("%")));
  EXPECT_EQ(parsed(json)->getValue<std::string>("cause"), "%1 %%1843 100%");
}

TEST(EventJson, StaysValidAndSmallWhateverIsInIt) {
  const std::string astral = "\U0001F600";
  std::string many_astral = "x";
  for (int i = 0; i < 20000; ++i) {
    many_astral += astral;
  }
  struct Row {
    const char* name;
    std::string text;
  };
  const Row rows[] = {
      {"short hostile", hostile_text()},
      {"40,000 letters", std::string(40000, 'x')},
      {"40,000 NULs: six units each", std::string(40000, '\0')},
      {"40,000 quotes", std::string(40000, '"')},
      {"40,000 percent signs", std::string(40000, '%')},
      {"astral characters at the cut", many_astral},
      {"astral characters one unit later", "x" + many_astral},
      {"damaged bytes", std::string(40000, '\xff')},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    for (const std::size_t limit : {kMaxEventStringUnits, std::size_t{12000}}) {
      auto transition = raised(incident_of(row.text));
      const std::string json = event_json(transition, row.text, limit);
      expect_quiet(json);
      EXPECT_LE(base::to_utf16(json).size(), limit);
      const auto object = parsed(json);
      EXPECT_EQ(object->getValue<std::string>("delivery_id"), transition.delivery_id);
      EXPECT_EQ(object->getValue<int>("event_id"), 1002);
      if (row.text.size() > 10000) {
        EXPECT_TRUE(object->getValue<bool>("cut"));
      }
    }
  }
}

TEST(EventJson, ManySmallThingsAreCutToo) {
  auto transition = raised(connector_incident());
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    transition.incident.fields["field" + number] = number;
    transition.incident.group["group" + number] = number;
    transition.incident.resolution.push_back(number);
    transition.incident.evidence.push_back(transition.incident.evidence[0]);
  }
  const std::string json = event_json(transition, "H", kMaxEventStringUnits);
  EXPECT_LE(base::to_utf16(json).size(), kMaxEventStringUnits);
  EXPECT_TRUE(parsed(json)->getValue<bool>("cut"));
}

TEST(EventJson, LogTextGivesWayBeforeOurOwn) {
  auto transition = raised(connector_incident());
  for (auto& piece : transition.incident.evidence) {
    piece.message = std::string(4096, 'x');
  }
  const auto object = parsed(event_json(transition, "H", kMaxEventStringUnits));
  EXPECT_EQ(object->getValue<std::string>("cause"), transition.incident.cause);
  EXPECT_EQ(object->getArray("resolution")->size(), 2U);
  EXPECT_EQ(object->getArray("evidence")->size(), 2U);
  EXPECT_TRUE(object->getValue<bool>("cut"));
}

TEST(NoticeJson, StaysValidAndSmall) {
  Notice notice{Notice::Severity::kWarning, 102, hostile_text(), std::string(40000, '\0')};
  const std::string json =
      event_json(notice, at("2026-11-22T10:00:00Z"), "H", kMaxEventStringUnits);
  expect_quiet(json);
  EXPECT_LE(base::to_utf16(json).size(), kMaxEventStringUnits);
  const auto object = parsed(json);
  EXPECT_EQ(object->getValue<std::string>("schema"), "cmgmon/notice/1");
  EXPECT_EQ(object->getValue<std::string>("severity"), "warning");
  EXPECT_EQ(object->getValue<int>("event_id"), 102);
}

}  // namespace
}  // namespace cmgmon::sinks
