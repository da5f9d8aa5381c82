#include "sinks/webhook_sink.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "incident_samples.h"
#include "sinks/webhook_payload.h"
#include "support/test_server.h"

namespace cmgmon::sinks {
namespace {

using Poco::JSON::Object;
using support::ServerEnd;
using support::TestServer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr WebhookPreset kAll[] = {WebhookPreset::kGeneric, WebhookPreset::kTeams,
                                  WebhookPreset::kSlack, WebhookPreset::kPagerDuty,
                                  WebhookPreset::kServiceNow};

Object::Ptr payload(WebhookPreset preset, const incidents::Transition& transition,
                    const std::string& body_template = "") {
  WebhookOptions options;
  options.preset = preset;
  options.body_template = body_template;
  const std::string text = webhook_payload(options, transition, "CMGCP01", "key");
  return Poco::JSON::Parser().parse(text).extract<Object::Ptr>();
}

WebhookOptions read(const std::string& text, std::string& complaints_text) {
  base::Complaints complaints;
  const auto node = base::load_yaml(text, "f", complaints);
  base::Mapping mapping(node.front(), "f", complaints, "the sink 'hook'");
  auto options = read_webhook(mapping, "hook");
  mapping.finish();
  for (const auto& complaint : complaints) {
    complaints_text += complaint.message + "\n";
  }
  return options;
}

TEST(WebhookPayload, IsWhatPagerDutyWants) {
  const auto raise = payload(WebhookPreset::kPagerDuty, raised(connector_incident()));
  EXPECT_EQ(raise->getValue<std::string>("routing_key"), "key");
  EXPECT_EQ(raise->getValue<std::string>("event_action"), "trigger");
  EXPECT_EQ(raise->getValue<std::string>("dedup_key"), "0123456789abcdef0123456789abcdef");
  const auto inner = raise->getObject("payload");
  EXPECT_EQ(inner->getValue<std::string>("severity"), "critical");
  EXPECT_EQ(inner->getValue<std::string>("source"), "CMGCP01.contoso.com");
  EXPECT_THAT(inner->getValue<std::string>("summary"),
              HasSubstr("FIRING critical: The management"));
  const auto clear = payload(WebhookPreset::kPagerDuty, cleared(connector_incident()));
  EXPECT_EQ(clear->getValue<std::string>("event_action"), "resolve");
  EXPECT_EQ(clear->getValue<std::string>("dedup_key"), "0123456789abcdef0123456789abcdef");
}

TEST(WebhookPayload, IsWhatServiceNowWants) {
  const auto record = [](const incidents::Transition& transition) {
    return payload(WebhookPreset::kServiceNow, transition)->getArray("records")->getObject(0);
  };
  const auto raise = record(raised(connector_incident()));
  EXPECT_EQ(raise->getValue<std::string>("severity"), "1");
  EXPECT_EQ(raise->getValue<std::string>("message_key"), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(raise->getValue<std::string>("node"), "CMGCP01.contoso.com");
  Poco::JSON::Parser().parse(raise->getValue<std::string>("additional_info"));
  EXPECT_EQ(record(cleared(connector_incident()))->getValue<std::string>("severity"), "0");
}

TEST(WebhookPayload, IsACardForTeams) {
  const auto message = payload(WebhookPreset::kTeams, raised(connector_incident()));
  const auto attachment = message->getArray("attachments")->getObject(0);
  EXPECT_EQ(attachment->getValue<std::string>("contentType"),
            "application/vnd.microsoft.card.adaptive");
  const auto card = attachment->getObject("content");
  EXPECT_EQ(card->getValue<std::string>("type"), "AdaptiveCard");
  // Markdown is read in text blocks and facts, so there must be none.
  for (unsigned i = 0; i < card->getArray("body")->size(); ++i) {
    EXPECT_EQ(card->getArray("body")->getObject(i)->getValue<std::string>("type"), "RichTextBlock");
  }
  WebhookOptions bare;
  bare.preset = WebhookPreset::kTeams;
  bare.bare_card = true;
  EXPECT_THAT(webhook_payload(bare, raised(connector_incident()), "H", ""),
              testing::StartsWith("{\"$schema\""));
}

TEST(WebhookPayload, IsPlainTextForSlack) {
  auto incident = connector_incident();
  incident.title = "<!channel> & *all* <http://evil|x>";
  const auto message = payload(WebhookPreset::kSlack, raised(incident));
  EXPECT_THAT(message->getValue<std::string>("text"),
              HasSubstr("&lt;!channel&gt; &amp; *all* &lt;http://evil|x&gt;"));
  EXPECT_FALSE(message->getValue<bool>("mrkdwn"));
  const auto blocks = message->getArray("blocks");
  for (unsigned i = 0; i < blocks->size(); ++i) {
    EXPECT_EQ(blocks->getObject(i)->getObject("text")->getValue<std::string>("type"), "plain_text");
  }
}

TEST(WebhookPayload, KeepsEveryLimitWithAnything) {
  auto incident = connector_incident();
  std::string flood = hostile_text();
  while (flood.size() < 10000) {
    flood += flood;
  }
  incident.title = incident.cause = flood;
  incident.resolution.assign(50, flood);
  incident.evidence.front().message = incident.evidence.back().message = flood;
  for (int i = 0; i < 40; ++i) {
    incident.group["k" + std::to_string(i)] = flood;
  }
  for (const auto preset : kAll) {
    SCOPED_TRACE(static_cast<int>(preset));
    for (const auto& transition : {raised(incident), cleared(incident)}) {
      const auto json = payload(preset, transition);  // it is JSON
      if (preset == WebhookPreset::kTeams) {
        WebhookOptions options;
        options.preset = preset;
        EXPECT_LE(webhook_payload(options, transition, "H", "").size(), kMaxTeamsBytes);
      } else if (preset == WebhookPreset::kPagerDuty) {
        EXPECT_LE(json->getObject("payload")->getValue<std::string>("summary").size(), 1024U);
      } else if (preset == WebhookPreset::kSlack) {
        const auto blocks = json->getArray("blocks");
        EXPECT_LE(blocks->size(), 50U);
        EXPECT_LE(blocks->getObject(0)->getObject("text")->getValue<std::string>("text").size(),
                  150U);
        for (unsigned i = 0; i < blocks->size(); ++i) {
          EXPECT_LE(blocks->getObject(i)->getObject("text")->getValue<std::string>("text").size(),
                    3000U);
        }
      }
    }
  }
}

TEST(WebhookTemplate, PutsInEscapedValues) {
  auto incident = connector_incident();
  incident.title = "a \"quoted\" {host} \\ line\nend";
  const auto json = payload(
      WebhookPreset::kGeneric, raised(incident),
      R"({"text": "{title} on {host}", "n": {count}, "nested": {"x": {}}, "all": {alert}})");
  EXPECT_EQ(json->getValue<std::string>("text"),
            "a \"quoted\" {host} \\ line\nend on CMGCP01.contoso.com");
  EXPECT_EQ(json->getValue<int>("n"), 3);
  EXPECT_EQ(json->getObject("all")->getValue<std::string>("schema"), "cmgmon/alert/1");
  EXPECT_EQ(payload(WebhookPreset::kGeneric, raised(incident))->getValue<std::string>("kind"),
            "raised");
}

TEST(WebhookOptions, NamesMistakes) {
  struct Row {
    const char* text;
    const char* complaint;
  };
  for (const auto& row :
       {Row{"{type: webhook}", "'url' is missing"},
        Row{"{url: 'https://x', preset: team}",
            "must be generic, teams, slack, pagerduty or servicenow; did you mean 'teams'?"},
        Row{"{preset: pagerduty}", "'routing_key' is missing"},
        Row{"{url: 'https://x', routing_key: a}", "only for the preset pagerduty"},
        Row{"{url: 'https://x', preset: slack, template: a}", "only for the preset generic"},
        Row{"{url: 'https://x', template: '{\"t\": \"{titel}\"}'}", "did you mean {title}?"},
        Row{"{url: 'https://x', template: '{\"t\": {title}}'}", "does not become JSON"},
        Row{"{url: 'https://x', template: '{\"l\": [{evidence}]}'}", "does not become JSON"},
        Row{"{url: 'https://x', template: '[{cause}]'}", "does not become JSON"},
        Row{"{url: 'https://x', template: '[{fingerprint}]'}", "does not become JSON"},
        Row{"{url: 'https://x', template: '<a>{title}</a>', content_type: application/xml}",
            "JSON or plain text"},
        Row{"{url: 'https://x', key_file: a.key}", "which is missing"},
        Row{"{url: 'https://x', method: GET}", "POST or PUT"}}) {
    SCOPED_TRACE(row.text);
    std::string complaints;
    read(row.text, complaints);
    EXPECT_THAT(complaints, HasSubstr(row.complaint));
    EXPECT_THAT(complaints, Not(HasSubstr("https://x")));
  }
  std::string complaints;
  read("{type: webhook, url: {secret: hook}, preset: teams, bare_card: true}", complaints);
  read("{type: webhook, url: 'https://x', template: 'alert {title}', content_type: text/plain}",
       complaints);
  EXPECT_THAT(complaints, IsEmpty());
}

TEST(WebhookSink, NeverTellsItsAddress) {
  std::string seen;
  const TestServer server({}, [&seen](ServerEnd& end) {
    seen = end.read_request();
    // A server that repeats everything, as debug pages do.
    const std::string echo = "bad request: " + seen;
    end.write("HTTP/1.1 500 tokenhunter2\r\nContent-Length: " + std::to_string(echo.size()) +
              "\r\n\r\n" + echo);
  });
  for (const auto port : {server.port(), support::closed_port()}) {
    std::string complaints;
    const auto options =
        read("{url: 'http://127.0.0.1:" + std::to_string(port) +
                 "/hook/tokenhunter2', headers: {X-Key: headerhunter3}, token: bearerhunter4}",
             complaints);
    WebhookSink sink(options, "HOST", "/nowhere");
    const auto delivered = sink.deliver(raised(connector_incident()));
    ASSERT_FALSE(delivered);
    EXPECT_FALSE(delivered.error().final);
    const std::string told = base::describe(delivered.error().error) + sink.last_answer();
    EXPECT_THAT(told, HasSubstr("127.0.0.1"));
    EXPECT_THAT(told, Not(HasSubstr("hunter")));
  }
  EXPECT_THAT(seen, HasSubstr("POST /hook/tokenhunter2 "));
  EXPECT_THAT(seen, HasSubstr("X-Key: headerhunter3\r\n"));
  EXPECT_THAT(seen, HasSubstr("Authorization: Bearer bearerhunter4\r\n"));
}

TEST(WebhookSink, WaitsAsLongAsItIsTold) {
  const TestServer server({}, [](ServerEnd& end) {
    end.read_request();
    end.write("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n");
  });
  std::string complaints;
  WebhookSink sink(read("url: http://127.0.0.1:" + std::to_string(server.port()), complaints),
                   "HOST", "/nowhere");
  const auto delivered = sink.deliver(raised(connector_incident()));
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().retry_after, std::chrono::seconds(30));
}

}  // namespace
}  // namespace cmgmon::sinks
