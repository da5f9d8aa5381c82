// One table of hostile texts, through what every sink writes: it arrives inert, whole as a document, and within limits.
// A new sink adds a row here.

#include "support/hostile_texts.h"

#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "incident_samples.h"
#include "sinks/alertmanager_labels.h"
#include "sinks/console_sink.h"
#include "sinks/event_log_sink.h"
#include "sinks/event_text.h"
#include "sinks/incident_json.h"
#include "sinks/jsonl_sink.h"
#include "sinks/mail_text.h"
#include "sinks/notices.h"
#include "sinks/syslog_format.h"
#include "sinks/webhook_payload.h"
#include "support/temp_folder.h"

namespace cmgmon::sinks {
namespace {

using incidents::Transition;

struct Form {
  const char* name;
  // What leaves the program, and the characters below blank that it may have.
  std::function<std::vector<std::string>(const Transition&, const std::string& host)> write;
  const char* controls;
  std::size_t max_bytes;
};

std::string shown(const Transition& transition, const std::string& host) {
  std::ostringstream out;
  ConsoleSink sink(out, TextStyle{false, 100}, ConsoleOptions{}, host);
  EXPECT_TRUE(sink.deliver(transition));
  EXPECT_TRUE(sink.notify(
      delivery_failing(transition.incident.title, {base::ErrorKind::kIo, 0, host, host}),
      transition.at));
  return out.str();
}

std::vector<std::string> event_strings(const Transition& transition, const std::string& host) {
  auto strings = event_of(transition, host).strings;
  const auto notice =
      event_of(delivery_refused(host, transition, {base::ErrorKind::kIo, 0, host, host}),
               transition.at, host);
  strings.insert(strings.end(), notice.strings.begin(), notice.strings.end());
  return strings;
}

std::string journal_of(const Transition& transition, const std::string& host) {
  support::TempFolder folder;
  JsonlOptions options;
  options.path = folder.path() + "/alerts.jsonl";
  JsonlSink sink(options, host);
  EXPECT_TRUE(sink.deliver(transition));
  auto file = platform::LogFile::open(options.path);
  std::string bytes(static_cast<std::size_t>(file->info()->size), '\0');
  EXPECT_EQ(file->read_at(0, bytes).value(), bytes.size());
  return bytes;
}

const std::vector<Form>& forms() {
  using Strings = std::vector<std::string>;
  static const std::vector<Form> all = {
      {"console", [](const auto& t, const auto& host) { return Strings{shown(t, host)}; }, "\n",
       200U << 20U},
      {"event log", event_strings, "\r\n", 24000},
      {"journal", [](const auto& t, const auto& host) { return Strings{journal_of(t, host)}; },
       "\n", 200U << 20U},
      {"syslog",
       [](const auto& t, const auto& host) {
         return Strings{syslog_message(t, SyslogFormat{16, "32473", host, 8192})};
       },
       "", 8192},
      {"mail",
       [](const auto& t, const auto& host) {
         return Strings{mail_text(t, MailFrame{"a@b", {"c@d"}, host}, t.at)};
       },
       "\r\n", 400000},
      {"alertmanager",
       [](const auto& t, const auto& host) {
         Strings values;
         const auto alert = labelled(t.incident, t.incident.level, host, {});
         for (const auto& part : {alert.labels, alert.annotations}) {
           for (const auto& [name, value] : part) {
             values.push_back(name);
             values.push_back(value);
           }
         }
         return values;
       },
       "\n", 200U << 20U},
      {"webhook",
       [](const auto& t, const auto& host) {
         Strings bodies;
         for (const auto preset :
              {WebhookPreset::kGeneric, WebhookPreset::kTeams, WebhookPreset::kSlack,
               WebhookPreset::kPagerDuty, WebhookPreset::kServiceNow}) {
           WebhookOptions options;
           options.preset = preset;
           bodies.push_back(webhook_payload(options, t, host, "key"));
         }
         return bodies;
       },
       "\n", 200U << 20U},
  };
  return all;
}

TEST(HostileTexts, AreInertInEverySink) {
  for (const auto& form : forms()) {
    for (const auto& hostile : support::hostile_texts()) {
      SCOPED_TRACE(std::string(form.name) + ": " + hostile.name);
      for (const auto& transition :
           {raised(hostile_incident(hostile.text)), cleared(hostile_incident(hostile.text))}) {
        for (const auto& text : form.write(transition, hostile.text)) {
          EXPECT_TRUE(support::is_inert(text, form.controls));
          EXPECT_TRUE(base::is_valid_utf8(text));
          EXPECT_LE(text.size(), form.max_bytes);
        }
      }
    }
  }
}

TEST(HostileTexts, NeverEndALineOfTheJournalOrADocument) {
  for (const auto& hostile : support::hostile_texts()) {
    SCOPED_TRACE(hostile.name);
    const auto transition = raised(hostile_incident(hostile.text));
    const std::string line = journal_of(transition, hostile.text);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    const std::string event = event_json(transition, hostile.text, kMaxEventStringUnits);
    EXPECT_LE(base::utf16_length(event), kMaxEventStringUnits);
    for (const std::string& document : {line, event}) {
      Poco::JSON::Parser parser;
      const auto object = parser.parse(document).extract<Poco::JSON::Object::Ptr>();
      EXPECT_EQ(object->getValue<std::string>("delivery_id"), transition.delivery_id);
    }
  }
}

// Nothing that a reader of the Event Log expands.
TEST(HostileTexts, HaveNoInsertionsInEvents) {
  for (const auto& hostile : support::hostile_texts()) {
    SCOPED_TRACE(hostile.name);
    const auto strings = event_of(raised(hostile_incident(hostile.text)), hostile.text).strings;
    for (const auto& text : strings) {
      for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at + 1)) {
        ASSERT_LT(at + 1, text.size());
        EXPECT_EQ(std::string("0123456789%!.{ nrtb").find(text[at + 1]), std::string::npos)
            << text.substr(at, 20);
      }
    }
  }
}

}  // namespace
}  // namespace cmgmon::sinks
