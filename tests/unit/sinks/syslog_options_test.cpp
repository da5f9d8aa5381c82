#include "sinks/syslog_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/sink_options.h"

namespace cmgmon::sinks {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::optional<SyslogOptions> read(const std::string& text, base::Complaints& complaints) {
  const auto documents = base::load_yaml(text, "cmgmon.yaml", complaints);
  const auto options =
      read_sink_options("central", "syslog", documents.front(), "cmgmon.yaml", complaints);
  return options ? std::optional(std::get<SyslogOptions>(*options)) : std::nullopt;
}

TEST(SyslogOptions, AreSecureByDefault) {
  base::Complaints complaints;
  const auto options = read("{type: syslog, host: logs.contoso.com}", complaints);
  ASSERT_THAT(complaints, IsEmpty());
  EXPECT_EQ(options->transport, SyslogTransport::kTls);
  EXPECT_EQ(options->server.endpoint.host, "logs.contoso.com");
  EXPECT_EQ(options->server.endpoint.port, 6514);
  EXPECT_TRUE(options->server.tls.verify);
  EXPECT_EQ(options->facility, 16);
  EXPECT_EQ(options->enterprise_id, "32473");
  EXPECT_EQ(options->max_message_bytes, 8192U);
  EXPECT_EQ(options->confirm_after, std::chrono::seconds(10));
  EXPECT_TRUE(options->notices);
}

TEST(SyslogOptions, AreRead) {
  base::Complaints complaints;
  const auto options = read(
      "{type: syslog, host: '::1', port: 1514, transport: udp, facility: daemon, level: high, "
      "enterprise_id: 1.2.3, confirm_after: 3s, timeout: 2s, notices: false}",
      complaints);
  ASSERT_THAT(complaints, IsEmpty());
  EXPECT_EQ(options->transport, SyslogTransport::kUdp);
  EXPECT_EQ(options->server.endpoint.host, "::1");
  EXPECT_EQ(options->server.endpoint.port, 1514);
  EXPECT_EQ(options->server.timeout, std::chrono::seconds(2));
  EXPECT_EQ(options->facility, 3);
  EXPECT_EQ(options->enterprise_id, "1.2.3");
  EXPECT_EQ(options->max_message_bytes, 2048U);  // what a datagram may have
  EXPECT_EQ(options->level, signatures::Level::kHigh);
  EXPECT_FALSE(options->notices);
}

TEST(SyslogOptions, MistakesAreNamed) {
  const struct {
    const char* name;
    const char* text;
    const char* complaint;
  } rows[] = {
      {"no host", "{type: syslog}", "host"},
      {"host with a port", "{host: 'logs:514'}", "the port has its own key"},
      {"an address of the web", "{host: 'tls://logs'}", "'host' is a name or an address alone"},
      {"port", "{host: a, port: 70000}", "port"},
      {"transport", "{host: a, transport: tsl}", "did you mean 'tls'?"},
      {"facility", "{host: a, facility: local9}", "'facility' must be"},
      {"enterprise id", "{host: a, enterprise_id: 'x\"]'}", "'enterprise_id' must be"},
      {"certificates in the clear", "{host: a, transport: tcp, ca_file: b.pem}", "transport: tls"},
      {"a key in the clear", "{host: a, transport: udp, certificate_file: c.pem, key_file: b.key}",
       "transport: tls"},
      {"a key without its certificate", "{host: a, key_file: b.key}", "which is missing"},
      {"time-out", "{host: a, timeout: 1h}", "'timeout' must be between"},
      {"another key", "{host: a, sever: b}", "sever"},
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
