#include "net/line_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>

#include "support/temp_folder.h"
#include "support/test_server.h"

namespace cmgmon::net {
namespace {

using support::Certificates;
using support::ServerEnd;
using support::ServerOptions;
using support::TestServer;
using ::testing::HasSubstr;

Deadline in(int milliseconds) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
}

// Says hello, then gives every line back.
void echo(ServerEnd& end) {
  end.write("hello\r\n");
  for (;;) {
    const std::string line = end.read_until("\n");
    if (line.empty() || line.back() != '\n') {
      return;
    }
    end.write(line);
  }
}

class LineConnectionTest : public ::testing::Test {
 protected:
  base::Result<LineConnection> open(
      const TestServer& server, const TlsOptions& tls, const std::string& host,
      std::unique_ptr<platform::CertificateVerifier> verifier = nullptr) {
    auto context = TlsContext::client(tls, std::move(verifier));
    if (!context) {
      return context.error();
    }
    auto connection = LineConnection::connect({"127.0.0.1", server.port()}, in(5000));
    if (!connection) {
      return connection;
    }
    if (auto secured = connection->start_tls(*context, host, in(5000)); !secured) {
      return secured.error();
    }
    return connection;
  }
  TlsOptions trusting() const { return {.ca_file = certificates_.authority_file()}; }

  support::TempFolder folder_;
  Certificates certificates_{folder_.path()};
};

TEST_F(LineConnectionTest, CarriesLinesInTheClear) {
  const TestServer server({}, echo);
  auto connection = LineConnection::connect({"127.0.0.1", server.port()}, in(5000));
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(connection->read_line(100, in(5000)).value(), "hello");
  ASSERT_TRUE(connection->write("one\ntwo\r\n", in(5000)));
  EXPECT_EQ(connection->read_line(100, in(5000)).value(), "one");
  EXPECT_EQ(connection->read_line(100, in(5000)).value(), "two");
  EXPECT_EQ(connection->tls_version(), "");
  EXPECT_FALSE(connection->closed_by_peer());
}

TEST_F(LineConnectionTest, CarriesLinesEncrypted) {
  const TestServer server({.certificate_file = certificates_.issue("good.pem")}, echo);
  for (const char* host : {"localhost", "127.0.0.1"}) {
    SCOPED_TRACE(host);
    auto connection = open(server, trusting(), host);
    ASSERT_TRUE(connection) << connection.error().message;
    EXPECT_EQ(connection->read_line(100, in(5000)).value(), "hello");
    const std::string large(200000, 'x');
    ASSERT_TRUE(connection->write(large + "\n", in(5000)));
    EXPECT_EQ(connection->read_line(large.size(), in(5000)).value(), large);
    EXPECT_EQ(connection->peer_name(), "localhost, 127.0.0.1");
    EXPECT_EQ(connection->tls_version(), "TLSv1.3");
  }
}

TEST_F(LineConnectionTest, RefusesBadCertificatesWithTheReason) {
  struct Row {
    const char* name;
    support::CertificateWish wish;
    const char* host;
    bool trust_authority;
    const char* reason;
  };
  using std::chrono::hours;
  const std::vector<Row> rows = {
      {"another name",
       {.names = {"other.example.org"}, .addresses = {}},
       "localhost",
       true,
       "issued for another name (other.example.org), not for localhost"},
      {"another address",
       {.addresses = {"10.0.0.1"}},
       "127.0.0.1",
       true,
       "issued for another name"},
      {"a name where an address is asked for",
       {.names = {"127.0.0.1"}, .addresses = {}},
       "127.0.0.1",
       true,
       "issued for another name"},
      {"part of a label",
       {.names = {"local*"}, .addresses = {}},
       "localhost",
       true,
       "issued for another name"},
      {"expired", {.starts = hours(-48), .ends = hours(-24)}, "localhost", true, "has expired"},
      {"not yet valid",
       {.starts = hours(24), .ends = hours(48)},
       "localhost",
       true,
       "is not valid yet"},
      {"self-signed", {.self_signed = true}, "localhost", true, "self-signed"},
  };
  int number = 0;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const TestServer server(
        {.certificate_file = certificates_.issue(std::to_string(++number) + ".pem", row.wish)},
        echo);
    const auto connection = open(server, trusting(), row.host);
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().kind, base::ErrorKind::kAccessDenied);
    EXPECT_THAT(connection.error().message, HasSubstr(row.reason));
    EXPECT_FALSE(connection.error().remedy.empty());
  }
}

TEST_F(LineConnectionTest, RefusesAnAuthorityThatNobodyTrusts) {
  const TestServer server({.certificate_file = certificates_.issue("good.pem")}, echo);
  support::TempFolder other_folder;
  const Certificates other(other_folder.path());
  for (const auto& options : {TlsOptions{}, TlsOptions{.ca_file = other.authority_file()}}) {
    const auto connection = open(server, options, "localhost");
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().kind, base::ErrorKind::kAccessDenied);
    EXPECT_THAT(connection.error().message, HasSubstr("trusted"));
  }
}

TEST_F(LineConnectionTest, TrustsExactlyTheCertificateThatIsNamed) {
  const std::string own = certificates_.issue("own.pem", {.self_signed = true});
  const TestServer server({.certificate_file = own}, echo);
  const auto connection = open(server, {.ca_file = own}, "localhost");
  EXPECT_TRUE(connection) << connection.error().message;
}

TEST_F(LineConnectionTest, SkipsVerificationOnlyWhenToldTo) {
  const TestServer server({.certificate_file = certificates_.issue(
                               "bad.pem", {.names = {"other"}, .self_signed = true})},
                          echo);
  EXPECT_TRUE(open(server, {.verify = false}, "localhost"));
}

TEST_F(LineConnectionTest, RefusesOldTls) {
  const TestServer server(
      {.certificate_file = certificates_.issue("good.pem"), .only_old_tls = true}, echo);
  const auto connection = open(server, trusting(), "localhost");
  ASSERT_FALSE(connection);
  EXPECT_THAT(connection.error().message, HasSubstr("no TLS 1.2 or newer"));
}

TEST_F(LineConnectionTest, SaysThatTheServerSpeaksNoTls) {
  const TestServer server({}, [](ServerEnd& end) { end.write("220 mail.example.org ready\r\n"); });
  const auto connection = open(server, trusting(), "localhost");
  ASSERT_FALSE(connection);
  EXPECT_THAT(connection.error().message, HasSubstr("does not speak TLS"));
}

TEST_F(LineConnectionTest, ShowsItsOwnCertificateWhenAsked) {
  const std::string own = certificates_.issue("agent.pem", {.names = {"agent-7"}});
  const TestServer server({.certificate_file = certificates_.issue("good.pem"),
                           .client_ca_file = certificates_.authority_file()},
                          [](ServerEnd& end) { end.write(end.client_name() + "\n"); });
  auto options = trusting();
  options.certificate_file = own;
  auto connection = open(server, options, "localhost");
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(connection->read_line(100, in(5000)).value(), "agent-7");

  // Without one TLS 1.3 lets the client finish first; the refusal comes with the first answer.
  auto refused = open(server, trusting(), "localhost");
  if (refused) {
    EXPECT_FALSE(refused->read_line(100, in(5000)));
  }
}

TEST_F(LineConnectionTest, UpgradesWithinAConversation) {
  const TestServer server(
      {.certificate_file = certificates_.issue("good.pem"), .start_clear = true},
      [](ServerEnd& end) {
        end.write("220 ready\r\n");
        if (end.read_until("\n") == "STARTTLS\r\n") {
          end.write("220 go ahead\r\n");
          if (end.secure()) {
            end.write("secret " + end.read_until("\n"));
          }
        }
      });
  auto connection = LineConnection::connect({"127.0.0.1", server.port()}, in(5000));
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->read_line(100, in(5000)));
  ASSERT_TRUE(connection->write("STARTTLS\r\n", in(5000)));
  ASSERT_TRUE(connection->read_line(100, in(5000)));
  ASSERT_TRUE(connection->start_tls(TlsContext::client(trusting()).value(), "localhost", in(5000)));
  ASSERT_TRUE(connection->write("hello\n", in(5000)));
  EXPECT_EQ(connection->read_line(100, in(5000)).value(), "secret hello");
}

TEST_F(LineConnectionTest, RefusesTextThatWasPutBeforeTheHandshake) {
  const TestServer server(
      {.certificate_file = certificates_.issue("good.pem"), .start_clear = true},
      [](ServerEnd& end) {
        end.write("220 go ahead\r\n250 injected\r\n");
        end.secure();
      });
  auto connection = LineConnection::connect({"127.0.0.1", server.port()}, in(5000));
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->read_line(100, in(5000)));
  const auto secured =
      connection->start_tls(TlsContext::client(trusting()).value(), "localhost", in(5000));
  ASSERT_FALSE(secured);
}

TEST_F(LineConnectionTest, EndsAtTheDeadlineHoweverTheServerTrickles) {
  std::atomic<bool> stop = false;
  {
    const TestServer server({}, [&stop](ServerEnd& end) {
      while (!stop && end.write("x")) {
        std::this_thread::yield();
      }
    });
    auto connection = LineConnection::connect({"127.0.0.1", server.port()}, in(5000));
    ASSERT_TRUE(connection);
    const auto line = connection->read_line(std::size_t{1} << 40U, in(100));
    EXPECT_FALSE(line);
    stop = true;
  }
  const TestServer silent({}, [](ServerEnd& end) { end.read_until("never"); });
  auto connection = LineConnection::connect({"127.0.0.1", silent.port()}, in(5000));
  ASSERT_TRUE(connection);
  const auto late =
      connection->start_tls(TlsContext::client(trusting()).value(), "localhost", in(50));
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("did not answer in time"));
}

TEST_F(LineConnectionTest, BoundsALine) {
  const TestServer server(
      {}, [](ServerEnd& end) { end.write(std::string(5000, 'x') + "\r\nnext\r\n"); });
  for (const std::size_t most : {std::size_t{5000}, std::size_t{4999}, std::size_t{10}}) {
    SCOPED_TRACE(most);
    auto connection = LineConnection::connect({"127.0.0.1", server.port()}, in(5000));
    ASSERT_TRUE(connection);
    EXPECT_EQ(connection->read_line(most, in(5000)).has_value(), most == 5000);
  }
}

TEST_F(LineConnectionTest, SaysWhyThereIsNoConnection) {
  const auto refused = LineConnection::connect({"127.0.0.1", support::closed_port()}, in(5000));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("refused the connection"));
  const auto unknown = LineConnection::connect({"no such host!", 80}, in(5000));
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("no such host!"));
  EXPECT_EQ(unknown.error().kind, base::ErrorKind::kNotFound);
}

TEST_F(LineConnectionTest, NoticesThatTheServerLeft) {
  for (const bool tls : {false, true}) {
    SCOPED_TRACE(tls);
    const TestServer server(
        tls ? ServerOptions{.certificate_file = certificates_.issue("good.pem")} : ServerOptions{},
        [](ServerEnd& end) { end.read_until("\n"); });
    auto connection = tls ? open(server, trusting(), "localhost")
                          : LineConnection::connect({"127.0.0.1", server.port()}, in(5000));
    ASSERT_TRUE(connection);
    EXPECT_FALSE(connection->closed_by_peer());
    ASSERT_TRUE(connection->write("go\n", in(5000)));
    const auto giving_up = in(5000);
    while (!connection->closed_by_peer() && std::chrono::steady_clock::now() < giving_up) {
      std::this_thread::yield();
    }
    EXPECT_TRUE(connection->closed_by_peer());
  }
}

// What Windows' own verification says decides; here a stand-in says it.
class Verdict final : public platform::CertificateVerifier {
 public:
  Verdict(base::Result<void> says, std::vector<std::string>& asked, std::size_t& certificates)
      : says_(std::move(says)), asked_(asked), certificates_(certificates) {}
  base::Result<void> verify(const std::vector<std::string>& chain,
                            const std::string& host) const override {
    asked_.push_back(host);
    certificates_ = chain.size();
    return says_;
  }

 private:
  base::Result<void> says_;
  std::vector<std::string>& asked_;
  std::size_t& certificates_;
};

TEST_F(LineConnectionTest, LeavesTheChainToTheSystemsVerifier) {
  const TestServer server({.certificate_file = certificates_.issue("good.pem")}, echo);
  std::vector<std::string> asked;
  std::size_t certificates = 0;
  const auto verdict = [&](base::Result<void> says) {
    return std::make_unique<Verdict>(std::move(says), asked, certificates);
  };
  EXPECT_TRUE(open(server, {}, "localhost", verdict({})));
  EXPECT_TRUE(open(server, {}, "127.0.0.1", verdict({})));
  EXPECT_EQ(asked, (std::vector<std::string>{"localhost", ""}));
  EXPECT_EQ(certificates, 1U);
  const auto refused = open(server, {}, "localhost",
                            verdict(base::Error{base::ErrorKind::kAccessDenied, 0,
                                                "the certificate was revoked", "Renew it"}));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("the certificate was revoked"));
  EXPECT_EQ(refused.error().remedy, "Renew it");
  // The name is checked whatever the verifier says.
  asked.clear();
  const auto other = open(server, {}, "other.example.org", verdict({}));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("issued for another name"));
  EXPECT_TRUE(asked.empty());
}

TEST_F(LineConnectionTest, NamesTheFileThatIsNoCertificate) {
  for (const auto& options : {TlsOptions{.ca_file = folder_.path() + "/missing.pem"},
                              TlsOptions{.certificate_file = folder_.path() + "/missing.pem"},
                              TlsOptions{.certificate_file = certificates_.authority_file()}}) {
    const auto context = TlsContext::client(options);
    ASSERT_FALSE(context);
    EXPECT_THAT(context.error().message, HasSubstr(".pem"));
  }
}

}  // namespace
}  // namespace cmgmon::net
