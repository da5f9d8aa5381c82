#include "sinks/mail_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "base/codec.h"
#include "base/text.h"
#include "incident_samples.h"
#include "support/hostile_texts.h"
#include "unit/incidents/book_fixture.h"

namespace cmgmon::sinks {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const MailFrame kFrame = {"cmg@contoso.com", {"a@contoso.com", "b@contoso.com"}, "CP1.contoso.com"};

// A reader of mails by the RFCs, sharing nothing with the writer.
struct Mail {
  std::map<std::string, std::string> header;  // unfolded, words decoded
  std::string body;                           // decoded, lines end with LF
  std::string trouble;
};

std::string decoded_words(std::string text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 10, "=?UTF-8?B?") == 0) {
      const std::size_t end = text.find("?=", at + 10);
      out += base::from_base64(text.substr(at + 10, end - at - 10)).value_or("(bad base64)");
      at = end + 2;
      if (text.compare(at, 11, " =?UTF-8?B?") == 0) {
        ++at;  // blanks between encoded words do not count
      }
    } else {
      out += text[at++];
    }
  }
  return out;
}

Mail read(const std::string& bytes) {
  Mail mail;
  std::size_t at = 0;
  std::string name;
  bool in_header = true;
  bool soft = false;
  while (at < bytes.size()) {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string::npos) {
      mail.trouble = "the last line has no CRLF";
      break;
    }
    const std::string line = bytes.substr(at, end - at);
    at = end + 2;
    const bool id = in_header && line.find(": <") != std::string::npos;  // cannot be folded
    if (line.size() > (id ? 998U : 78U)) {
      mail.trouble = "a line of " + std::to_string(line.size());
    }
    for (const char c : line) {
      if (c < ' ' || c > '~') {
        mail.trouble = "something that is not printable ASCII in: " + line;
      }
    }
    if (in_header) {
      if (line.empty()) {
        in_header = false;
      } else if (line[0] == ' ') {
        mail.header[name] += line;
      } else {
        name = line.substr(0, line.find(':'));
        if (!mail.header.emplace(name, line.substr(name.size() + 2)).second) {
          mail.trouble = "two of " + name;
        }
      }
      continue;
    }
    soft = line.ends_with("=");
    for (std::size_t i = 0; i < line.size() - (soft ? 1 : 0); ++i) {
      if (line[i] == '=') {
        mail.body += static_cast<char>(std::stoi(line.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        mail.body += line[i];
      }
    }
    mail.body += soft ? "" : "\n";
  }
  for (auto& [key, value] : mail.header) {
    value = decoded_words(value);
  }
  return mail;
}

TEST(MailText, ARaiseSaysEverything) {
  const Mail mail =
      read(mail_text(raised(connector_incident()), kFrame, at("2026-11-22T10:42:08Z")));
  EXPECT_EQ(mail.trouble, "");
  const std::map<std::string, std::string> want = {
      {"From", "CMG Health Monitor <cmg@contoso.com>"},
      {"To", "a@contoso.com, b@contoso.com"},
      {"Subject",
       "[CRITICAL] The management point demands a client certificate from the connection point "
       "(CMGCP01.contoso.com)"},
      {"Date", "Sun, 22 Nov 2026 10:42:08 +0000"},
      {"Message-ID", "<0123456789abcdef0123456789abcdef-1795341718000.1@CP1.contoso.com>"},
      {"Auto-Submitted", "auto-generated"},
      {"MIME-Version", "1.0"},
      {"Content-Type", "text/plain; charset=utf-8"},
      {"Content-Transfer-Encoding", "quoted-printable"}};
  EXPECT_EQ(mail.header, want);
  EXPECT_THAT(mail.body, StartsWith("RAISED  CMG-CONN-403-CLIENTCERT  critical"));
  EXPECT_THAT(mail.body, HasSubstr("mp1.contoso.com answered 403"));
  EXPECT_THAT(mail.body, HasSubstr("2. Restart SMS_EXECUTIVE."));
  EXPECT_THAT(mail.body, HasSubstr("SMS_Cloud_ProxyConnector.log, line 1234"));
  EXPECT_THAT(
      mail.body,
      HasSubstr("Event 1002, delivery id 0123456789abcdef0123456789abcdef-1795341718000:1"));
}

TEST(MailText, AClearAnswersItsRaise) {
  const Mail raise = read(mail_text(raised(connector_incident()), kFrame, {}));
  const Mail clear = read(mail_text(cleared(connector_incident()), kFrame, {}));
  EXPECT_EQ(clear.header.at("In-Reply-To"), raise.header.at("Message-ID"));
  EXPECT_EQ(clear.header.at("References"), raise.header.at("Message-ID"));
  EXPECT_NE(clear.header.at("Message-ID"), raise.header.at("Message-ID"));
  EXPECT_THAT(clear.header.at("Subject"), StartsWith("[CLEARED] The management point"));
  EXPECT_FALSE(raise.header.contains("In-Reply-To"));
}

// Who takes only what is critical hears of it when a diagnosis lifts it: that mail is the one its end answers.
TEST(MailText, AClearAnswersTheMailWithWhichTheLevelWasReached) {
  using std::chrono::seconds;
  auto a = incidents::signature("A", 1001, signatures::Level::kMedium);
  a.diagnoses = {
      incidents::diagnosis({incidents::condition(signatures::Condition::Kind::kIncidentOpen, "B")},
                           "Lifted", {}, signatures::Level::kCritical)};
  incidents::BookFixture f({a, incidents::signature("B", 1002)});
  f.fails("A", seconds(1));
  f.fails("A", seconds(2));
  f.said();
  const auto beginning = f.last().front();
  f.fails("B", seconds(3));
  f.said();
  auto lift = f.last().back();
  ASSERT_EQ(lift.incident.signature, "A");
  lift.kind = incidents::TransitionKind::kRaised;  // as the delivery tells it
  f.restart();
  f.recovers("A", seconds(4));
  f.said();
  f.book().advance(incidents::at(std::chrono::hours(1)));
  f.said();
  const auto end = f.last().front();
  ASSERT_EQ(end.kind, incidents::TransitionKind::kCleared);
  const struct {
    signatures::Level level;
    const incidents::Transition& raise;
  } rows[] = {{signatures::Level::kMedium, beginning}, {signatures::Level::kCritical, lift}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.raise.delivery_id);
    MailFrame frame = kFrame;
    frame.level = row.level;
    const Mail raise = read(mail_text(row.raise, frame, {}));
    const Mail clear = read(mail_text(end, frame, {}));
    EXPECT_EQ(clear.header.at("In-Reply-To"), raise.header.at("Message-ID"));
    EXPECT_EQ(clear.header.at("References"), raise.header.at("Message-ID"));
  }
}

TEST(MailText, ADigestListsAllAndShowsThem) {
  std::vector<incidents::Transition> all = {raised(connector_incident()),
                                            cleared(connector_incident())};
  const Mail mail = read(digest_text(all, kFrame, at("2026-11-22T10:42:08Z")));
  EXPECT_EQ(mail.trouble, "");
  EXPECT_EQ(mail.header.at("Subject"), "[DIGEST] 1 new, 1 over (CP1.contoso.com)");
  EXPECT_THAT(mail.body, StartsWith("2026-11-22T10:42:08  [CRITICAL] The management point"));
  EXPECT_THAT(mail.body, HasSubstr("2026-11-22T10:58:13  [CLEARED] The management point"));
  EXPECT_THAT(mail.body, HasSubstr("\nRAISED  CMG-CONN-403-CLIENTCERT"));
  EXPECT_THAT(mail.body, HasSubstr("\nCLEARED CMG-CONN-403-CLIENTCERT"));
}

TEST(MailText, ALargeDigestSaysWhatItLeavesOut) {
  const std::vector<incidents::Transition> all(500, raised(connector_incident()));
  const std::string bytes = digest_text(all, kFrame, {});
  EXPECT_LT(bytes.size(), 400000U);
  EXPECT_THAT(read(bytes).body,
              HasSubstr(" more: the list above and the alert journal have them."));
}

TEST(MailText, HostilesAreInertAndInjectNothing) {
  for (const auto& hostile : support::hostile_texts()) {
    SCOPED_TRACE(hostile.name);
    MailFrame frame = kFrame;
    frame.host = hostile.text;
    const auto raise = raised(hostile_incident(hostile.text));
    const auto clear = cleared(hostile_incident(hostile.text));
    for (const std::string& bytes : {mail_text(raise, frame, {}), mail_text(clear, frame, {}),
                                     digest_text({raise, clear}, frame, {})}) {
      const Mail mail = read(bytes);
      EXPECT_EQ(mail.trouble, "");
      EXPECT_LE(mail.header.size(), 11U);
      EXPECT_FALSE(mail.header.contains("Bcc"));
      EXPECT_TRUE(support::is_inert(mail.header.at("Subject")));
      EXPECT_TRUE(base::is_valid_utf8(mail.header.at("Subject")));
      EXPECT_TRUE(support::is_inert(mail.body, "\n"));
      EXPECT_TRUE(base::is_valid_utf8(mail.body));
      EXPECT_LT(bytes.size(), 700000U);
      EXPECT_EQ(mail.header.at("Message-ID").find_first_of(" \r\n()\"[]\\,;:"), std::string::npos);
    }
  }
}

TEST(MailText, WordsOfTheHeaderAreEncodedWhereTheyMustBe) {
  const struct {
    const char* name;
    std::string text;
    std::string want;  // empty: only that it comes back
  } rows[] = {
      {"plain", "one two", "Subject: one two\r\n"},
      {"not ASCII", "\xC3\xA9", "Subject: =?UTF-8?B?w6k=?=\r\n"},
      {"what looks encoded", "=?UTF-8?B?w6k=?=", ""},
      {"long", std::string(200, 'x'), ""},
      {"long and wide",
       [] {
         std::string text;
         for (int i = 0; i < 60; ++i) {
           text += "\xF0\x9F\x98\x80";
         }
         return text;
       }(),
       ""},
      {"empty", "", "Subject: \r\n"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string field = mail_header("Subject", row.text);
    if (!row.want.empty()) {
      EXPECT_EQ(field, row.want);
    }
    const Mail mail = read(field + "\r\n");
    EXPECT_EQ(mail.trouble, "");
    EXPECT_EQ(mail.header.at("Subject"), row.text);
  }
}

TEST(MailText, QuotedPrintable) {
  const struct {
    const char* name;
    const char* text;
    const char* want;
  } rows[] = {
      {"plain", "a b\n", "a b\r\n"},        {"no end of line", "a", "a\r\n"},
      {"equals", "a=b\n", "a=3Db\r\n"},     {"a blank at the end", "a \nb\n", "a=20\r\nb\r\n"},
      {"wide", "\xC3\xA9\n", "=C3=A9\r\n"}, {"a dot alone", ".\n", ".\r\n"},
      {"empty lines", "\n\n", "\r\n\r\n"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(quoted_printable(row.text), row.want);
  }
  const std::string long_line(500, 'x');
  EXPECT_EQ(read("\r\n" + quoted_printable(long_line)).body, long_line + "\n");
}

TEST(MailText, Dates) {
  EXPECT_EQ(mail_date(at("2024-02-29T00:00:00Z")), "Thu, 29 Feb 2024 00:00:00 +0000");
  EXPECT_EQ(mail_date(at("2026-01-04T23:59:59.999Z")), "Sun, 04 Jan 2026 23:59:59 +0000");
}

}  // namespace
}  // namespace cmgmon::sinks
