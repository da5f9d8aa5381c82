#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/temp_folder.h"
#include "support/test_server.h"

namespace cmgmon::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using support::ServerEnd;
using support::TestServer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const base::Time kNow = base::from_rfc3339("2026-11-22T12:00:00Z").value();

HttpRequest post(std::uint16_t port, const std::string& target = "/hook?token=hunter2",
                 const std::string& scheme = "http") {
  HttpRequest request;
  request.url = parse_url(scheme + "://127.0.0.1:" + std::to_string(port) + target).value();
  request.content_type = "application/json";
  request.body = "{}";
  return request;
}

// Answers each request with `answer`.
TestServer::Script answering(std::string answer) {
  return [answer = std::move(answer)](ServerEnd& end) {
    end.read_request();
    end.write(answer);
  };
}

TEST(HttpClient, PostsAndReadsTheAnswer) {
  std::string seen;
  const TestServer server({}, [&seen](ServerEnd& end) {
    seen = end.read_request();
    end.write("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nRetry-After: 7\r\n\r\nok");
  });
  HttpClient client({});
  auto request = post(server.port());
  request.headers = {{"Authorization", basic_authorization("Aladdin", "open sesame")}};
  const auto response = client.send(request, kNow);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 202);
  EXPECT_EQ(response->reason, "Accepted");
  EXPECT_EQ(response->body, "ok");
  EXPECT_TRUE(response->body_complete);
  EXPECT_EQ(response->retry_after, seconds(7));
  EXPECT_EQ(seen, "POST /hook?token=hunter2 HTTP/1.1\r\nHost: 127.0.0.1:" +
                      std::to_string(server.port()) +
                      "\r\nUser-Agent: cmgmon\r\nAccept: */*\r\nConnection: close\r\n"
                      "Content-Type: application/json\r\nContent-Length: 2\r\n"
                      "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n{}");
}

TEST(HttpClient, ReadsEveryKindOfBody) {
  struct Row {
    const char* name;
    const char* answer;
    const char* body;
    bool complete;
  };
  static constexpr Row kRows[] = {
      {"none", "HTTP/1.1 204 No Content\r\n\r\n", "", true},
      {"length", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdef", "abc", true},
      {"until the end", "HTTP/1.0 200 OK\r\n\r\nabc", "abc", true},
      {"chunks",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n",
       "abcde", true},
      {"broken off", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "abc", false},
      {"broken chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "", false},
      {"after an interim answer",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "a", true},
      {"bare line feeds, no reason", "HTTP/1.1 200\nContent-Length: 1\n\na", "a", true},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    const TestServer server({}, answering(row.answer));
    HttpClient client({});
    const auto response = client.send(post(server.port()), kNow);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, row.body);
    EXPECT_EQ(response->body_complete, row.complete);
  }
}

TEST(HttpClient, DoesNotFollowARedirect) {
  const TestServer other({}, answering("HTTP/1.1 200 OK\r\n\r\n"));
  const TestServer server(
      {}, answering("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:" +
                    std::to_string(other.port()) + "/\r\n\r\n"));
  HttpClient client({});
  const auto response = client.send(post(server.port()), kNow);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 307);
  EXPECT_EQ(other.connections(), 0);
}

TEST(HttpClient, BoundsWhatItTakes) {
  const TestServer server({}, [](ServerEnd& end) {
    end.read_request();
    end.write("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
    const std::string piece(65536, 'x');
    while (end.write(piece)) {
    }
  });
  HttpClient client({.max_response_bytes = 1000});
  const auto response = client.send(post(server.port()), kNow);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, std::string(1000, 'x'));
  EXPECT_FALSE(response->body_complete);

  const TestServer headers({}, [](ServerEnd& end) {
    end.read_request();
    end.write("HTTP/1.1 200 OK\r\n");
    while (end.write("X-Again: and again\r\n")) {
    }
  });
  const auto refused = client.send(post(headers.port()), kNow);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("too many headers"));
}

TEST(HttpClient, EndsAtTheDeadlineHoweverTheServerTrickles) {
  std::atomic<bool> stop = false;
  struct Stop {
    std::atomic<bool>& stop;
    ~Stop() { stop = true; }
  };
  const TestServer server({}, [&stop](ServerEnd& end) {
    end.read_request();
    end.write("HTTP/1.1 200 OK\r\nX-Slow: ");
    while (!stop && end.write("x")) {
      std::this_thread::sleep_for(milliseconds(20));
    }
  });
  const Stop at_end{stop};
  HttpClient client({.timeout = milliseconds(200)});
  const auto response = client.send(post(server.port()), kNow);
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("did not answer in time"));
}

TEST(HttpClient, NeverShowsMoreThanTheServer) {
  const TestServer garbage({}, answering("SSH-2.0-OpenSSH_9.2\r\n"));
  const TestServer nothing({}, [](ServerEnd& end) { end.read_request(); });
  for (const auto port : {garbage.port(), nothing.port(), support::closed_port()}) {
    for (const char* scheme : {"http", "https"}) {
      HttpClient client({.timeout = milliseconds(300)});
      auto request = post(port, "/hunter2?t=hunter2", scheme);
      request.headers = {{"X-Token", "hunter2"}};
      request.body = "hunter2";
      const auto response = client.send(request, kNow);
      ASSERT_FALSE(response);
      const std::string text = base::describe(response.error());
      EXPECT_THAT(text, HasSubstr("127.0.0.1"));
      EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    }
  }
}

TEST(HttpClient, RefusesHeadersThatWouldBecomeTwo) {
  HttpClient client({});
  auto request = post(1);
  request.headers = {{"X-Token", "hunter2\r\nX-Evil: 1"}};
  const auto response = client.send(request, kNow);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, base::ErrorKind::kInvalid);
  EXPECT_THAT(base::describe(response.error()), Not(HasSubstr("hunter2")));
}

TEST(HttpClient, RefusesAContentTypeThatWouldBecomeAHeader) {
  HttpClient client({});
  auto request = post(1);
  request.content_type = "text/plain\r\nX-Evil: 1";
  const auto response = client.send(request, kNow);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, base::ErrorKind::kInvalid);
}

TEST(HttpClient, VerifiesTheServer) {
  const support::TempFolder folder;
  support::Certificates certificates(folder.path());
  const TestServer server({.certificate_file = certificates.issue("good.pem")},
                          answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  HttpClient trusting({.tls = {.ca_file = certificates.authority_file()}});
  const auto response = trusting.send(post(server.port(), "/", "https"), kNow);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "ok");
  EXPECT_EQ(response->tls_peer, "localhost, 127.0.0.1");
  HttpClient plain({});
  EXPECT_FALSE(plain.send(post(server.port(), "/", "https"), kNow));
}

TEST(HttpClient, GoesThroughAProxyWhenThereIsOne) {
  std::string seen;
  const TestServer proxy({}, [&seen](ServerEnd& end) {
    seen = end.read_request();
    end.write("HTTP/1.1 200 OK\r\n\r\n");
  });
  HttpClient client({});
  auto request = post(80, "/x");
  request.url = parse_url("http://alerts.invalid/x").value();
  request.proxy =
      parse_url("http://us%40er:p%2Fa@127.0.0.1:" + std::to_string(proxy.port()), UserInfo::kTake)
          .value();
  ASSERT_TRUE(client.send(request, kNow));
  EXPECT_THAT(seen,
              StartsWith("POST http://alerts.invalid/x HTTP/1.1\r\nHost: alerts.invalid\r\n"));
  EXPECT_THAT(seen, HasSubstr("Proxy-Authorization: Basic dXNAZXI6cC9h\r\n"));
}

TEST(HttpClient, AsksTheProxyForATunnelToATlsServer) {
  const support::TempFolder folder;
  support::Certificates certificates(folder.path());
  std::string asked;
  const TestServer proxy(
      {.certificate_file = certificates.issue("s.pem", {.names = {"alerts.invalid"}}),
       .start_clear = true},
      [&asked](ServerEnd& end) {
        asked = end.read_until("\r\n\r\n");
        end.write("HTTP/1.1 200 Connection established\r\n\r\n");
        // From here on it is the server.
        if (end.secure()) {
          end.read_request();
          end.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
      });
  HttpClient client({.tls = {.ca_file = certificates.authority_file()}});
  auto request = post(1);
  request.url = parse_url("https://alerts.invalid/x").value();
  request.proxy = parse_url("http://127.0.0.1:" + std::to_string(proxy.port())).value();
  const auto response = client.send(request, kNow);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "ok");
  EXPECT_EQ(asked, "CONNECT alerts.invalid:443 HTTP/1.1\r\nHost: alerts.invalid:443\r\n\r\n");
}

TEST(HttpClient, SaysThatItIsTheProxyThatRefuses) {
  const TestServer refusing({}, answering("HTTP/1.1 403 Forbidden\r\n\r\n"));
  HttpClient client({});
  auto request = post(1);
  request.url = parse_url("https://alerts.invalid/hunter2").value();
  request.proxy = parse_url("http://127.0.0.1:" + std::to_string(refusing.port())).value();
  auto response = client.send(request, kNow);
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("the proxy http://127.0.0.1"));
  EXPECT_THAT(response.error().message, HasSubstr("403 Forbidden"));
  request.proxy = parse_url("http://127.0.0.1:" + std::to_string(support::closed_port())).value();
  response = client.send(request, kNow);
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("the proxy 127.0.0.1"));
}

TEST(RetryAfter, IsSecondsOrADate) {
  EXPECT_EQ(parse_retry_after("120", kNow), seconds(120));
  EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 12:02:00 GMT", kNow), seconds(120));
  EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 11:00:00 GMT", kNow), seconds(0));
  EXPECT_EQ(parse_retry_after("4000000000", kNow), std::chrono::hours(24));
  for (const char* text : {"", "-1", "soon", "12.5", "99999999999999999999"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_retry_after(text, kNow));
  }
}

}  // namespace
}  // namespace cmgmon::net
