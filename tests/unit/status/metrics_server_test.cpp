#include "status/metrics_server.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace cmgmon::status {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FixedClock final : public base::Clock {
 public:
  base::Time now() const override { return now_; }
  base::Time now_ = *base::from_rfc3339("2026-03-01T10:00:00Z");
};

class MetricsServerTest : public ::testing::Test {
 protected:
  void start(std::chrono::milliseconds patience = kPatience) {
    auto server = MetricsServer::start({"127.0.0.1", 0, "CMGCP01", patience}, board_, clock_);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
  }

  Poco::Net::StreamSocket connect() const {
    Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", server_->port()));
    socket.setReceiveTimeout(Poco::Timespan(30, 0));
    return socket;
  }

  static std::string read_all(Poco::Net::StreamSocket& socket) {
    std::string answer;
    char piece[4096];
    try {
      for (int got = 0; (got = socket.receiveBytes(piece, sizeof piece)) > 0;) {
        answer.append(piece, static_cast<std::size_t>(got));
      }
    } catch (const Poco::Exception&) {
      // reset: the server hung up on us
    }
    return answer;
  }

  std::string ask(const std::string& request) const {
    auto socket = connect();
    try {
      socket.sendBytes(request.data(), static_cast<int>(request.size()));
    } catch (const Poco::Exception&) {
      // hung up while we were still talking
    }
    return read_all(socket);
  }

  std::string get(const std::string& path, const std::string& host = "localhost") const {
    return ask("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }

  void publish() {
    AgentStatus status;
    status.version = "1.2.3";
    status.taken = clock_.now_;
    board_.publish(std::move(status));
  }

  StatusBoard board_;
  FixedClock clock_;
  std::unique_ptr<MetricsServer> server_;
};

TEST_F(MetricsServerTest, ServesMetricsAndHealth) {
  publish();
  start();
  const std::string answer = get("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(answer, HasSubstr("\ncmgmon_build_info{version=\"1.2.3\""));
  EXPECT_THAT(get("/metrics?x=1"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(get("/healthz"), HasSubstr("\r\n\r\nok\n"));
}

TEST_F(MetricsServerTest, HealthFollowsTheAgent) {
  start();
  EXPECT_THAT(get("/healthz"), HasSubstr("503"));
  EXPECT_THAT(get("/metrics"), HasSubstr("503"));
  publish();
  EXPECT_THAT(get("/healthz"), HasSubstr("200"));
  clock_.now_ += kHealthyFor + std::chrono::seconds(1);
  EXPECT_THAT(get("/healthz"), HasSubstr("stands still"));
  EXPECT_THAT(get("/metrics"), HasSubstr("200"));  // the figures tell how old they are
}

TEST_F(MetricsServerTest, AHeadHasNoBody) {
  publish();
  start();
  const std::string answer = ask("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\n"));
}

TEST_F(MetricsServerTest, RefusesWhatItIsNotFor) {
  publish();
  start();
  struct {
    const char* name;
    std::string request;
    const char* code;
  } const rows[] = {
      {"other path", "GET /etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", " 404 "},
      {"post", "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", " 405 "},
      {"no host", "GET /metrics HTTP/1.1\r\n\r\n", " 400 "},
      {"foreign host", "GET /metrics HTTP/1.1\r\nHost: evil.example:9478\r\n\r\n", " 421 "},
      {"no HTTP", "hello\r\n\r\n", " 400 "},
      {"nothing but line ends", "\r\n\r\n", " 400 "},
      {"too long", "GET /" + std::string(2 * kMaxRequestBytes, 'a'), " 431 "},
      {"too many headers",
       [] {
         std::string text = "GET / HTTP/1.1\r\nHost: localhost\r\n";
         for (int i = 0; i < 500; ++i) {
           text += "a: b\r\n";
         }
         return text + "\r\n";
       }(),
       " 400 "},
      {"binary", std::string("\0\xff\x16\x03\x01\r\n\r\n", 9), " 400 "},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_THAT(ask(row.request).substr(0, 20), HasSubstr(row.code));
  }
  EXPECT_THAT(get("/metrics"), HasSubstr(" 200 "));
}

TEST_F(MetricsServerTest, AnswersARequestThatComesByteForByte) {
  publish();
  start();
  auto socket = connect();
  for (const char byte : std::string("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
    socket.sendBytes(&byte, 1);
  }
  EXPECT_THAT(read_all(socket), HasSubstr(" 200 "));
}

TEST_F(MetricsServerTest, WhoNeverFinishesKeepsNobodyOut) {
  publish();
  start(std::chrono::milliseconds(500));
  std::vector<Poco::Net::StreamSocket> idle;
  for (int i = 0; i < 2 * kMaxThreads; ++i) {
    idle.push_back(connect());
    idle.back().sendBytes("GET /", 5);
  }
  // They are sent away after their time; who waits in the queue meanwhile is served then.
  EXPECT_THAT(get("/metrics"), HasSubstr(" 200 "));
}

TEST_F(MetricsServerTest, WhoSaysNothingIsSentAwayAsSoonAsOthersWait) {
  publish();
  start(std::chrono::hours(1));
  std::vector<Poco::Net::StreamSocket> silent;
  for (int i = 0; i < kMaxThreads; ++i) {
    silent.push_back(connect());
  }
  EXPECT_THAT(get("/metrics"), HasSubstr(" 200 "));
}

TEST_F(MetricsServerTest, StopsWhileSomebodyIsConnected) {
  publish();
  start(std::chrono::hours(1));
  auto socket = connect();
  socket.sendBytes("GET /", 5);
  server_.reset();
  EXPECT_EQ(read_all(socket), "");
}

TEST_F(MetricsServerTest, SaysWhyItCannotListen) {
  start();
  const auto taken = server_->port();
  const auto server = MetricsServer::start({"127.0.0.1", taken, "", kPatience}, board_, clock_);
  ASSERT_FALSE(server.has_value());
  EXPECT_THAT(server.error().message,
              HasSubstr("cannot listen on 127.0.0.1:" + std::to_string(taken)));
  EXPECT_THAT(server.error().remedy, HasSubstr("metrics.listen"));
  const auto elsewhere = MetricsServer::start({"2001:db8::1", 9478, "", kPatience}, board_, clock_);
  ASSERT_FALSE(elsewhere.has_value());  // an address of the documentation's
  EXPECT_THAT(elsewhere.error().message, HasSubstr("cannot listen on [2001:db8::1]:9478"));
  EXPECT_THAT(elsewhere.error().remedy, HasSubstr("one of this machine's"));
}

TEST(IsOwnHost, IsThisMachineByAddressOrName) {
  struct {
    const char* host;
    bool own;
  } const rows[] = {
      {"localhost", true},
      {"LOCALHOST:9478", true},
      {"127.0.0.1:9478", true},
      {"[::1]:9478", true},
      {"[::1]", true},
      {"10.1.2.3:9478", true},
      {"cmgcp01", true},
      {"CMGCP01.contoso.com:9478", true},
      {"localhost.evil.example", false},
      {"evil.example", false},
      {"cmgcp012", false},
      {"cmgcp01.evil.example", false},
      {"cmgcp01.contoso.com.evil.example", false},
      {"contoso.com", false},
      {"", false},
      {"[", false},
      {"[evil]:1", false},
      {"127.0.0.1.evil.example", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.host);
    EXPECT_EQ(is_own_host(row.host, "CMGCP01.contoso.com"), row.own);
  }
  EXPECT_TRUE(is_own_host("cp1:9478", "CP1"));
  EXPECT_FALSE(is_own_host("cp1.evil.example", "CP1"));
  EXPECT_FALSE(is_own_host(".evil", ""));
}

TEST(IsLoopback, KnowsBothFamilies) {
  EXPECT_TRUE(is_loopback("127.0.0.1"));
  EXPECT_TRUE(is_loopback("127.8.0.1"));
  EXPECT_TRUE(is_loopback("::1"));
  EXPECT_FALSE(is_loopback("0.0.0.0"));
  EXPECT_FALSE(is_loopback("::"));
  EXPECT_FALSE(is_loopback("10.0.0.1"));
}

}  // namespace
}  // namespace cmgmon::status
