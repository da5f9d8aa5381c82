#pragma once
// How a sink gets to an HTTP server: TLS, credentials, proxy, time limit; and what an answer means for a delivery.
//
// Keys: ca_file certificate_file key_file insecure_skip_verify proxy username password token headers timeout.
//
// Errors:  an address in a text is scheme, host and port; what a server said is shown only when it repeats no secret.
// Threads: one at a time.
// Tests:   tests/unit/sinks/alertmanager_sink_test.cpp, webhook_sink_test.cpp

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/yaml.h"
#include "net/http_client.h"
#include "sinks/common_options.h"
#include "sinks/secret.h"
#include "sinks/sink.h"

namespace cmgmon::sinks {

struct HttpAccessOptions {
  net::TlsOptions tls;
  std::optional<Secret> proxy;
  Credentials credentials;
  std::optional<Secret> token;  // "Authorization: Bearer"
  std::vector<std::pair<std::string, Secret>> headers;
  std::chrono::milliseconds timeout = std::chrono::seconds(15);
};

HttpAccessOptions read_http_access(base::Mapping& mapping);

// What came back, as far as it may be told.
struct HttpAnswer {
  net::HttpResponse response;
  std::string said;  // the answer's text in one line, short
};

class HttpAccess {
 public:
  HttpAccess(HttpAccessOptions options, std::string secrets_folder);

  struct Call {
    net::Url url;
    bool url_is_secret = false;
    std::string method = "POST";
    std::string content_type = "application/json";
    std::string body{};
    std::string also_secret{};  // part of the body
  };
  base::Result<HttpAnswer> send(const Call& call);
  // The same with at most so much time for everything, for a server that did not answer last time.
  base::Result<HttpAnswer> send(const Call& call, std::chrono::milliseconds at_most);

  // What the setting `url` says.
  base::Result<net::Url> address(const Secret& url) const;
  const std::string& secrets_folder() const { return secrets_folder_; }

 private:
  HttpAccessOptions options_;
  std::string secrets_folder_;
};

// 2xx is taken. 400, 413 and 422 are about what was sent: never. Everything else is about the server or the settings:
// later, when Retry-After says if it does.
Delivered judge(const base::Result<HttpAnswer>& answer, const net::Url& url);

// "202 Accepted in 120 ms from hooks.example.org: ok"
std::string describe(const HttpAnswer& answer);
// The same, or why there is none, behind the address it came from: Sink::last_answer().
std::string describe(const net::Url& url, const base::Result<HttpAnswer>& answer);

}  // namespace cmgmon::sinks
