#pragma once
// One HTTP request and its answer: short, bounded, and only to the server that was named.
//
// A deadline covers the whole exchange, a size the answer. Redirects are not followed: an answer of 3xx is handed out as
// it is. No cookies, no compression, one connection per request. A proxy is used only when it is named.
//
// Errors:  no answer came: the reason and a remedy. Addresses in them are scheme, host and port, never path or query.
//          An answer whose body breaks off or takes too long is an answer; body_complete says so.
// Threads: one at a time.
// Tests:   tests/unit/net/http_client_test.cpp, tests/system/delivery/webhook_test.py

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/line_connection.h"
#include "net/tls.h"
#include "net/url.h"

namespace cmgmon::net {

struct HttpOptions {
  TlsOptions tls{};
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);  // TLS included
  std::chrono::milliseconds timeout = std::chrono::seconds(30);          // everything
  std::size_t max_response_bytes = 65536;                                // of the body
};

struct HttpRequest {
  std::string method = "POST";
  Url url;
  std::optional<Url> proxy{};  // http:// only; its user_info is sent to it
  std::string content_type{};
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};  // may be secrets
};

struct HttpResponse {
  int status = 0;
  std::string reason;  // printable
  std::string body;    // cut at max_response_bytes
  bool body_complete = false;
  std::optional<std::chrono::milliseconds> retry_after;
  std::string tls_peer;  // names in the server's certificate
  std::chrono::milliseconds took{};
};

// "Basic bmFtZTpwYXNz"
std::string basic_authorization(std::string_view user, std::string_view password);

// What Retry-After says: seconds or a date; a day at most.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, base::Time now);

class HttpClient {
 public:
  explicit HttpClient(HttpOptions options) : options_(std::move(options)) {}

  base::Result<HttpResponse> send(const HttpRequest& request, base::Time now);

 private:
  base::Result<LineConnection> open(const HttpRequest& request, Deadline deadline);

  HttpOptions options_;
  std::shared_ptr<const TlsContext> tls_;  // made when it is first needed
};

}  // namespace cmgmon::net
