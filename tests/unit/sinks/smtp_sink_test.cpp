#include "sinks/smtp_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "base/codec.h"
#include "incident_samples.h"
#include "support/temp_folder.h"
#include "support/test_server.h"

namespace cmgmon::sinks {
namespace {

using support::ServerEnd;
using support::TestServer;
using ::testing::HasSubstr;
using ::testing::Not;

// A mail server with replies of the test's choice.
class MailServer {
 public:
  struct Script {
    std::string greeting = "220 mail.test ESMTP";
    std::string ehlo = "250-mail.test\r\n250-STARTTLS\r\n250 AUTH LOGIN PLAIN";
    std::string sender = "250 ok";
    std::vector<std::string> recipients = {"250 ok"};  // the last one again and again
    std::string data = "354 go on";
    std::string end = "250 2.0.0 queued as 4711";
    std::string login = "235 welcome";
    bool encrypted_from_the_start = false;
    std::string never;  // 554 to a mail that has this in it
  };

  explicit MailServer(Script script, const std::string& certificate = "")
      : script_(std::move(script)),
        server_({.certificate_file = certificate,
                 .start_clear = !certificate.empty() && !script_.encrypted_from_the_start},
                [this](ServerEnd& end) { talk(end); }) {}

  std::uint16_t port() const { return server_.port(); }
  std::vector<std::string> said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }
  std::vector<std::string> mails() {
    const std::lock_guard lock(mutex_);
    return mails_;
  }
  std::atomic<bool> refuse{false};  // 451 at the end

 private:
  void note(const std::string& line) {
    const std::lock_guard lock(mutex_);
    said_.push_back(line.substr(0, line.find_last_not_of("\r\n") + 1));
  }
  void talk(ServerEnd& end) {
    std::size_t recipient = 0;
    bool secured = script_.encrypted_from_the_start;
    end.write(script_.greeting + "\r\n");
    for (std::string line = end.read_until("\n"); !line.empty(); line = end.read_until("\n")) {
      note((secured ? "" : "clear ") + line);
      const auto is = [&](const char* verb) { return line.rfind(verb, 0) == 0; };
      if (is("EHLO")) {
        end.write(script_.ehlo + "\r\n");
      } else if (is("STARTTLS")) {
        end.write("220 go ahead\r\n");
        if (!end.secure()) {
          return;
        }
        secured = true;
      } else if (is("AUTH LOGIN")) {
        end.write("334 VXNlcm5hbWU6\r\n");
        note(end.read_until("\n"));
        end.write("334 UGFzc3dvcmQ6\r\n");
        note(end.read_until("\n"));
        end.write(script_.login + "\r\n");
      } else if (is("AUTH")) {
        end.write(script_.login + "\r\n");
      } else if (is("MAIL")) {
        end.write(script_.sender + "\r\n");
      } else if (is("RCPT")) {
        end.write(script_.recipients[std::min(recipient++, script_.recipients.size() - 1)] +
                  "\r\n");
      } else if (is("DATA")) {
        end.write(script_.data + "\r\n");
        if (script_.data.rfind("354", 0) == 0) {
          const std::string mail = end.read_until("\r\n.\r\n");
          const bool refused = refuse;
          if (!script_.never.empty() && mail.find(script_.never) != std::string::npos) {
            end.write("554 not that\r\n");
            continue;
          }
          if (!refused) {
            const std::lock_guard lock(mutex_);
            mails_.push_back(mail);
          }
          end.write((refused ? "451 later" : script_.end) + "\r\n");
        }
      } else if (is("QUIT")) {
        end.write("221 bye\r\n");
        return;
      } else {
        end.write("500 what?\r\n");
      }
    }
  }

  Script script_;
  std::mutex mutex_;
  std::vector<std::string> said_;
  std::vector<std::string> mails_;
  TestServer server_;  // last: its threads use the rest
};

class FixedClock final : public base::Clock {
 public:
  base::Time now() const override { return at("2026-11-22T10:42:08Z"); }
};

class SmtpSinkTest : public ::testing::Test {
 protected:
  SmtpOptions options(const MailServer& server, SmtpSecurity security) {
    SmtpOptions options;
    options.name = "mail";
    options.server.endpoint = {"127.0.0.1", server.port()};
    options.server.timeout = std::chrono::seconds(10);
    options.server.tls.ca_file = certificates_.authority_file();
    options.security = security;
    options.from = "cmg@contoso.com";
    options.to = {"a@contoso.com", "b@contoso.com"};
    return options;
  }
  SmtpSink sink(SmtpOptions options) { return SmtpSink(std::move(options), "CP1", "", clock_); }

  FixedClock clock_;
  support::TempFolder folder_;
  support::Certificates certificates_{folder_.path()};
  std::string certificate_ = certificates_.issue("mail.pem");
};

using Lines = std::vector<std::string>;

TEST_F(SmtpSinkTest, SaysNothingOfOursInTheClear) {
  MailServer server({}, certificate_);
  auto with_login = options(server, SmtpSecurity::kStartTls);
  with_login.credentials.username = "cmg";
  with_login.credentials.password = Secret(Secret::From::kText, "hunter2");
  SmtpSink mail = sink(with_login);
  const auto delivered = mail.deliver(raised(connector_incident()));
  ASSERT_TRUE(delivered) << delivered.error().error.message;
  const auto said = server.said();
  ASSERT_GE(said.size(), 8U);
  EXPECT_EQ(said[0], "clear EHLO CP1");
  EXPECT_EQ(said[1], "clear STARTTLS");
  EXPECT_EQ(said[2], "EHLO CP1");
  EXPECT_EQ(said[3], "AUTH PLAIN " + base::to_base64(std::string("\0cmg\0hunter2", 12)));
  EXPECT_EQ(said[4], "MAIL FROM:<cmg@contoso.com>");
  EXPECT_EQ(said[5], "RCPT TO:<a@contoso.com>");
  EXPECT_EQ(said[6], "RCPT TO:<b@contoso.com>");
  ASSERT_EQ(server.mails().size(), 1U);
  EXPECT_THAT(server.mails()[0], HasSubstr("Subject: "));
  EXPECT_THAT(mail.last_answer(),
              HasSubstr("250 2.0.0 queued as 4711 (TLSv1.3, certificate of localhost"));
  EXPECT_EQ(mail.unconfirmed(), 0U);
}

TEST_F(SmtpSinkTest, CertificateFilesAreReadForEachConnection) {
  const support::TempFolder other_folder;
  const support::Certificates stranger(other_folder.path());
  MailServer server({}, certificate_);
  auto secure = options(server, SmtpSecurity::kStartTls);
  secure.server.tls.ca_file = folder_.write("trusted.pem", folder_.read("authority.pem"));
  SmtpSink mail = sink(secure);
  const auto delivered = mail.deliver(raised(connector_incident()));
  ASSERT_TRUE(delivered) << delivered.error().error.message;
  folder_.write("trusted.pem", other_folder.read("authority.pem"));
  const auto refused = mail.deliver(raised(connector_incident()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.kind, base::ErrorKind::kAccessDenied);
  EXPECT_THAT(refused.error().error.message, HasSubstr("the certificate"));
  EXPECT_EQ(server.mails().size(), 1U);
}

TEST_F(SmtpSinkTest, OtherWaysToLogIn) {
  for (const bool from_the_start : {false, true}) {
    SCOPED_TRACE(from_the_start ? "tls" : "none");
    MailServer::Script script;
    script.ehlo = "250-mail.test\r\n250 AUTH LOGIN";
    script.encrypted_from_the_start = from_the_start;
    MailServer server(script, from_the_start ? certificate_ : "");
    auto with_login = options(server, from_the_start ? SmtpSecurity::kTls : SmtpSecurity::kNone);
    with_login.credentials.username = "cmg";
    with_login.credentials.password = Secret(Secret::From::kText, "hunter2");
    ASSERT_TRUE(sink(with_login).deliver(raised(connector_incident())));
    EXPECT_THAT(server.said(), ::testing::Contains(base::to_base64("hunter2")));
    EXPECT_EQ(server.mails().size(), 1U);
  }
}

TEST_F(SmtpSinkTest, AServerWithoutEncryptionGetsNothing) {
  MailServer::Script script;
  script.ehlo = "250 mail.test";
  MailServer server(script);
  const auto delivered =
      sink(options(server, SmtpSecurity::kStartTls)).deliver(raised(connector_incident()));
  ASSERT_FALSE(delivered);
  EXPECT_FALSE(delivered.error().final);
  EXPECT_THAT(delivered.error().error.message, HasSubstr("offers no encryption (STARTTLS)"));
  EXPECT_THAT(delivered.error().error.remedy, HasSubstr("security: none"));
  EXPECT_EQ(server.said(), Lines{"clear EHLO CP1"});
}

TEST_F(SmtpSinkTest, RefusalsOfTheServer) {
  struct Row {
    const char* name;
    MailServer::Script script;
    bool final;
    const char* reason;
  };
  const auto with = [](auto member, auto value) {
    MailServer::Script script;
    script.*member = value;
    return script;
  };
  using S = MailServer::Script;
  const Row rows[] = {
      {"busy", with(&S::greeting, "421 too many connections"), false, "421 too many connections"},
      {"sender later", with(&S::sender, "451 greylisted"), false, "451 greylisted"},
      {"sender never", with(&S::sender, "550 who are you"), false,
       "the sender cmg@contoso.com: 550"},
      {"login wanted", with(&S::sender, "530 authenticate first"), false, "530 authenticate"},
      {"all recipients never", with(&S::recipients, Lines{"550 unknown"}), false, "550 unknown"},
      {"one later, one never", with(&S::recipients, Lines{"550 unknown", "450 full"}), false,
       "450 full"},
      {"data never", with(&S::data, "554 no"), true, "554 no"},
      {"mail later", with(&S::end, "452 disk full"), false, "452 disk full"},
      {"mail never", with(&S::end, "552-too\r\n552 large\x1b[2J"), true, "552 large\\u001B[2J"},
      {"another language", with(&S::greeting, "HTTP/1.1 400 Bad Request"), false,
       "does not speak SMTP"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    MailServer server(row.script);
    const auto delivered =
        sink(options(server, SmtpSecurity::kNone)).deliver(raised(connector_incident()));
    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().final, row.final);
    EXPECT_THAT(delivered.error().error.message, HasSubstr(row.reason));
  }
}

TEST_F(SmtpSinkTest, AWrongPasswordIsToldWithoutIt) {
  MailServer::Script script;
  const std::string repeated = base::to_base64(std::string("\0cmg\0hunter2", 12));
  script.login = "535 5.7.8 what is AUTH PLAIN " + repeated;
  MailServer server(script, certificate_);
  auto with_login = options(server, SmtpSecurity::kStartTls);
  with_login.credentials.username = "cmg";
  with_login.credentials.password = Secret(Secret::From::kText, "hunter2");
  const auto delivered = sink(with_login).deliver(raised(connector_incident()));
  ASSERT_FALSE(delivered);
  EXPECT_FALSE(delivered.error().final);  // somebody will correct it
  EXPECT_THAT(delivered.error().error.message, HasSubstr("the login of cmg: 535 5.7.8"));
  EXPECT_THAT(base::describe(delivered.error().error), Not(HasSubstr(repeated)));
  EXPECT_THAT(base::describe(delivered.error().error), Not(HasSubstr("hunter2")));
}

TEST_F(SmtpSinkTest, WhoeverIsKnownGetsTheMail) {
  MailServer::Script script;
  script.recipients = {"550 unknown", "250 ok"};
  MailServer server(script);
  SmtpSink mail = sink(options(server, SmtpSecurity::kNone));
  ASSERT_TRUE(mail.deliver(raised(connector_incident())));
  EXPECT_EQ(server.mails().size(), 1U);
  EXPECT_THAT(mail.last_answer(), HasSubstr("not for a@contoso.com: 550 unknown"));
}

TEST_F(SmtpSinkTest, ADigestCollectsUntilItsTime) {
  MailServer server({});
  auto collecting = options(server, SmtpSecurity::kNone);
  collecting.digest = std::chrono::minutes(15);
  SmtpSink mail = sink(collecting);
  ASSERT_TRUE(mail.deliver(raised(connector_incident(), "2026-11-22T10:00:00Z")));
  ASSERT_TRUE(mail.deliver(cleared(connector_incident(), "2026-11-22T10:10:00Z")));
  ASSERT_TRUE(mail.advance(at("2026-11-22T10:14:59Z")));
  EXPECT_EQ(mail.unconfirmed(), 2U);  // they stay in the outbox
  EXPECT_TRUE(server.mails().empty());

  server.refuse = true;
  EXPECT_FALSE(mail.advance(at("2026-11-22T10:15:00Z")));
  EXPECT_EQ(mail.unconfirmed(), 2U);
  server.refuse = false;
  while (mail.unconfirmed() > 0) {
    ASSERT_TRUE(mail.advance(at("2026-11-22T10:15:00Z")));  // it waits a moment after the failure
  }
  ASSERT_EQ(server.mails().size(), 1U);
  EXPECT_THAT(server.mails()[0], HasSubstr("Subject: [DIGEST] 1 new, 1 over (CP1)"));
}

TEST_F(SmtpSinkTest, OneMailThatIsRefusedForGoodHoldsUpNoOther) {
  MailServer::Script script;
  script.never = "POISON";
  MailServer server(script);
  auto collecting = options(server, SmtpSecurity::kNone);
  collecting.digest = std::chrono::minutes(15);
  SmtpSink mail = sink(collecting);
  for (const char* title : {"one", "two", "POISON", "four", "five"}) {
    auto incident = connector_incident();
    incident.title = title;
    ASSERT_TRUE(mail.deliver(raised(incident, "2026-11-22T10:00:00Z")));
  }
  std::size_t refused = 0;
  for (std::size_t left = 5; left > 0; left = mail.unconfirmed()) {
    ASSERT_TRUE(mail.advance(at("2026-11-22T10:15:00Z")));
    if (const auto refusal = mail.take_refused()) {
      ++refused;
      EXPECT_THAT(refusal->error.message, HasSubstr("554 not that"));
      EXPECT_EQ(mail.unconfirmed(), 2U);  // it was the third of five
    }
  }
  EXPECT_EQ(refused, 1U);
  std::string all;
  for (const auto& text : server.mails()) {
    all += text;
  }
  for (const char* title : {"one (", "two (", "four (", "five ("}) {
    EXPECT_THAT(all, HasSubstr(title));
  }
}

TEST_F(SmtpSinkTest, BeyondTheCapEverythingWaitsForADigest) {
  MailServer server({});
  auto capped = options(server, SmtpSecurity::kNone);
  capped.max_per_hour = 2;
  SmtpSink mail = sink(capped);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(mail.deliver(raised(connector_incident())));
  }
  EXPECT_EQ(server.mails().size(), 2U);
  EXPECT_EQ(mail.unconfirmed(), 3U);
  ASSERT_TRUE(mail.advance(at("2026-11-22T10:43:00Z")));
  EXPECT_EQ(server.mails().size(), 2U);  // the hour is not over

  SmtpSink after_a_reload = sink(capped);
  after_a_reload.remember(mail.take_memory());
  ASSERT_TRUE(after_a_reload.deliver(raised(connector_incident())));
  EXPECT_EQ(server.mails().size(), 2U);  // for it, too
  SmtpSink of_another_type_before = sink(capped);
  of_another_type_before.remember(std::string("what a webhook would keep"));
  ASSERT_TRUE(of_another_type_before.deliver(raised(connector_incident())));
  EXPECT_EQ(server.mails().size(), 3U);
}

TEST_F(SmtpSinkTest, ATestGoesOutAtOnce) {
  MailServer server({});
  auto collecting = options(server, SmtpSecurity::kNone);
  collecting.digest = std::chrono::minutes(15);
  SmtpSink mail = sink(collecting);
  ASSERT_TRUE(mail.test(raised(connector_incident())));
  EXPECT_EQ(server.mails().size(), 1U);
}

}  // namespace
}  // namespace cmgmon::sinks
