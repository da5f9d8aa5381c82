#include "sinks/smtp_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/sink_options.h"

namespace cmgmon::sinks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::optional<SmtpOptions> read(const std::string& text, base::Complaints& complaints) {
  const auto documents = base::load_yaml(text, "cmgmon.yaml", complaints);
  const auto options =
      read_sink_options("mail", "smtp", documents.front(), "cmgmon.yaml", complaints);
  return options ? std::optional(std::get<SmtpOptions>(*options)) : std::nullopt;
}

TEST(SmtpOptions, AreSecureByDefault) {
  base::Complaints complaints;
  const auto options =
      read("{type: smtp, host: mail.contoso.com, from: cmg@contoso.com, to: it@contoso.com}",
           complaints);
  ASSERT_THAT(complaints, IsEmpty());
  EXPECT_EQ(options->security, SmtpSecurity::kStartTls);
  EXPECT_EQ(options->server.endpoint.port, 587);
  EXPECT_EQ(options->digest.count(), 0);
  EXPECT_EQ(options->max_per_hour, 60);
  EXPECT_THAT(options->to, ElementsAre("it@contoso.com"));
}

TEST(SmtpOptions, AreRead) {
  base::Complaints complaints;
  const auto options = read(
      "{host: mail, security: none, from: a@b, to: [c@d, e@f], username: u, password: p, digest: "
      "15m, "
      "max_per_hour: 5, level: high, timeout: 5s}",
      complaints);
  ASSERT_THAT(complaints, IsEmpty());
  EXPECT_EQ(options->security, SmtpSecurity::kNone);
  EXPECT_EQ(options->server.endpoint.port, 25);
  EXPECT_EQ(options->server.timeout, std::chrono::seconds(5));
  EXPECT_EQ(options->credentials.username, "u");
  EXPECT_EQ(options->credentials.password->value("").value(), "p");
  EXPECT_EQ(options->digest, std::chrono::minutes(15));
  EXPECT_EQ(options->max_per_hour, 5);
}

TEST(SmtpOptions, MistakesAreNamed) {
  const struct {
    const char* name;
    const char* text;
    const char* complaint;
  } rows[] = {
      {"no host", "{from: a@b, to: c@d}", "host"},
      {"no from", "{host: h, to: c@d}", "from"},
      {"no to", "{host: h, from: a@b}", "'to' is missing"},
      {"a name beside the address", "{host: h, from: 'Me <a@b>', to: c@d}", "is no mail address"},
      {"a header in an address", "{host: h, from: a@b, to: \"c@d\\r\\nBcc: x@y\"}",
       "is no mail address"},
      {"no domain", "{host: h, from: a@b, to: [c@d, e]}", "'e' is no mail address"},
      {"security", "{host: h, from: a@b, to: c@d, security: startls}", "did you mean 'starttls'?"},
      {"a name without a password", "{host: h, from: a@b, to: c@d, username: u}",
       "belong together"},
      {"certificates in the clear", "{host: h, from: a@b, to: c@d, security: none, ca_file: b.pem}",
       "security: starttls"},
      {"a key without its certificate", "{host: h, from: a@b, to: c@d, key_file: b.key}",
       "which is missing"},
      {"digest", "{host: h, from: a@b, to: c@d, digest: 30d}", "'digest' must be 7d or less"},
      {"cap", "{host: h, from: a@b, to: c@d, max_per_hour: 0}", "max_per_hour"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    base::Complaints complaints;
    EXPECT_FALSE(read(row.text, complaints));
    ASSERT_FALSE(complaints.empty());
    EXPECT_THAT(complaints[0].message, HasSubstr(row.complaint));
  }
}

}  // namespace
}  // namespace cmgmon::sinks
