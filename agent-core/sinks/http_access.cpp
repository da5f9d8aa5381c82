#include "sinks/http_access.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/time.h"

namespace cmgmon::sinks {

namespace {

constexpr std::chrono::milliseconds kConnectTimeout = std::chrono::seconds(10);
constexpr std::size_t kMaxSaid = 200;
constexpr std::size_t kTellingPiece = 6;

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether `text` has a piece of the secret that tells something. Pieces are words, so that no escaping hides them.
bool repeats(const std::string& text, const std::string& secret) {
  for (std::size_t at = 0; at < secret.size();) {
    std::size_t end = at;
    while (end < secret.size() && is_word(secret[end])) {
      ++end;
    }
    if (end - at >= std::min(kTellingPiece, secret.size()) &&
        text.find(secret.substr(at, end - at)) != std::string::npos) {
      return true;
    }
    at = end + 1;
  }
  return !secret.empty() && text.find(secret) != std::string::npos;
}

std::string said_in(const net::HttpResponse& response, const std::vector<std::string>& secrets) {
  const std::string text = response.reason + " " + response.body;
  for (const auto& secret : secrets) {
    if (repeats(text, secret)) {
      return "(not shown: it repeats a secret)";
    }
  }
  return base::printable(base::prefix_of_bytes(base::trim(response.body), kMaxSaid));
}

}  // namespace

HttpAccessOptions read_http_access(base::Mapping& mapping) {
  HttpAccessOptions options;
  options.tls = read_tls_files(mapping);
  options.tls.verify = !mapping.boolean("insecure_skip_verify").value_or(false);
  options.proxy = read_secret(mapping, "proxy");
  options.credentials = read_credentials(mapping);
  options.token = read_secret(mapping, "token");
  if (options.token && options.credentials.password) {
    mapping.complain("'token' and 'password' exclude each other");
  }
  if (const auto* node = mapping.child("headers"); node && !node->is_map()) {
    mapping.complain(*node, "'headers' must be a mapping: name of the header, then its value");
  } else if (node) {
    for (const auto entry : node->entries()) {
      const std::string name = entry.key.text;
      if (auto value = read_secret(mapping, entry.value, "the header's value")) {
        options.headers.emplace_back(name, std::move(*value));
      }
    }
  }
  if (const auto timeout = mapping.duration("timeout")) {
    if (*timeout < std::chrono::seconds(1) || *timeout > std::chrono::minutes(5)) {
      mapping.complain(*mapping.child("timeout"), "'timeout' must be from 1s to 5m");
    }
    options.timeout = *timeout;
  }
  return options;
}

HttpAccess::HttpAccess(HttpAccessOptions options, std::string secrets_folder)
    : options_(std::move(options)), secrets_folder_(std::move(secrets_folder)) {}

base::Result<net::Url> HttpAccess::address(const Secret& url) const {
  const auto written = url.value(secrets_folder_);
  if (!written) {
    return written.error();
  }
  auto address = net::parse_url(*written);
  if (!address) {
    base::Error error = address.error();
    error.message = "the sink's url: " + error.message;
    return error;
  }
  return address;
}

base::Result<HttpAnswer> HttpAccess::send(const Call& call) {
  return send(call, options_.timeout);
}

base::Result<HttpAnswer> HttpAccess::send(const Call& call, std::chrono::milliseconds at_most) {
  std::vector<std::string> secrets;
  net::HttpRequest request;
  request.method = call.method;
  request.url = call.url;
  request.content_type = call.content_type;
  request.body = call.body;
  if (call.url_is_secret) {
    secrets.push_back(call.url.target);
  }
  if (!call.also_secret.empty()) {
    secrets.push_back(call.also_secret);
  }
  // Secrets are asked for anew each time: a file may have been replaced.
  const auto value_of = [&](const Secret& secret) {
    auto value = secret.value(secrets_folder_);
    if (value) {
      secrets.push_back(*value);
    }
    return value;
  };
  if (options_.proxy) {
    const auto written = value_of(*options_.proxy);
    const auto proxy = written ? net::parse_url(*written, net::UserInfo::kTake) : written.error();
    if (!proxy || proxy->tls) {
      base::Error error =
          proxy ? base::Error{base::ErrorKind::kInvalid, 0, "it must begin with http://",
                              "The proxy is asked for a tunnel to https servers"}
                : proxy.error();
      error.message = "the sink's proxy: " + error.message;
      return error;
    }
    request.proxy = *proxy;
  }
  if (options_.credentials.password) {
    const auto password = value_of(*options_.credentials.password);
    if (!password) {
      return password.error();
    }
    request.headers.emplace_back(
        "Authorization", net::basic_authorization(options_.credentials.username, *password));
    secrets.push_back(request.headers.back().second);
  }
  if (options_.token) {
    const auto token = value_of(*options_.token);
    if (!token) {
      return token.error();
    }
    request.headers.emplace_back("Authorization", "Bearer " + *token);
  }
  for (const auto& [name, secret] : options_.headers) {
    const auto value = value_of(secret);
    if (!value) {
      return value.error();
    }
    request.headers.emplace_back(name, *value);
  }
  // Made anew as well: certificates are files that are renewed.
  const auto timeout = std::min(at_most, options_.timeout);
  net::HttpClient client({.tls = options_.tls,
                          .connect_timeout = std::min(kConnectTimeout, timeout),
                          .timeout = timeout});
  auto response = client.send(request, base::SystemClock().now());
  if (!response) {
    return response.error();
  }
  HttpAnswer answer{std::move(*response), {}};
  answer.said = said_in(answer.response, secrets);
  for (const auto& secret : secrets) {
    if (repeats(answer.response.reason, secret)) {
      answer.response.reason.clear();
    }
  }
  return answer;
}

std::string describe(const HttpAnswer& answer) {
  const auto& response = answer.response;
  return fmt::format("{}{}{} in {} ms{}{}{}{}", response.status, response.reason.empty() ? "" : " ",
                     response.reason, response.took.count(),
                     response.tls_peer.empty() ? "" : " from ", response.tls_peer,
                     answer.said.empty() ? "" : ": ", answer.said);
}

std::string describe(const net::Url& url, const base::Result<HttpAnswer>& answer) {
  return url.origin() + ": " + (answer ? describe(*answer) : answer.error().message);
}

Delivered judge(const base::Result<HttpAnswer>& answer, const net::Url& url) {
  if (!answer) {
    return Refusal(answer.error());
  }
  const int status = answer->response.status;
  if (status >= 200 && status < 300) {
    return {};
  }
  const auto because = [&](const std::string& what, const std::string& remedy) {
    return base::Error{base::ErrorKind::kIo, 0,
                       fmt::format("{} {}: {}", url.origin(), what, describe(*answer)), remedy};
  };
  if (status >= 300 && status < 400) {
    return Refusal(because("answers with a redirect, which is not followed",
                           "Write the address that it leads to into the settings"));
  }
  if (status == 401 || status == 403 || status == 407) {
    return Refusal(because("does not let us in", "Check the sink's credentials in cmgmon.yaml"));
  }
  if (status == 400 || status == 413 || status == 422) {
    return Refusal::never(
        because("refuses what was sent", "Check the sink's settings with 'cmgmon test-sink'"));
  }
  if (status == 404 || status == 405 || status == 410) {
    return Refusal(because("knows no such address", "Check the address in the sink's settings"));
  }
  base::Error busy = because("cannot take it now", "Check the server's log");
  return answer->response.retry_after
             ? Refusal::after(std::move(busy), *answer->response.retry_after)
             : Refusal(std::move(busy));
}

}  // namespace cmgmon::sinks
