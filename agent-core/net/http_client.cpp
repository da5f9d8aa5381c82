#include "net/http_client.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeParser.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>

#include "base/codec.h"
#include "base/text.h"

namespace cmgmon::net {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMaxLine = 8192;
constexpr int kMaxHeaders = 100;
constexpr int kMaxInterim = 10;

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

base::Error bad_answer(const Url& url, const std::string& why) {
  return {base::ErrorKind::kIo, 0,
          fmt::format("{} gave an answer that is not HTTP: {}", url.origin(), why),
          "Check that the right server listens on this port"};
}

struct Head {
  int status = 0;
  std::string reason;
  std::string retry_after;
  std::optional<std::uint64_t> length;
  bool chunked = false;
};

// "HTTP/1.1 200 OK"
bool read_status(std::string_view line, Head& head) {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') {
    return false;
  }
  const char* digits = line.data() + 9;
  const auto [end, failed] = std::from_chars(digits, digits + 3, head.status);
  if (failed != std::errc() || end != digits + 3 || head.status < 100) {
    return false;
  }
  head.reason =
      line.size() > 13 ? base::printable(base::prefix_of_bytes(line.substr(13), 100)) : "";
  return true;
}

base::Result<Head> read_head(LineConnection& connection, const Url& url, Deadline deadline) {
  Head head;
  auto line = connection.read_line(kMaxLine, deadline);
  if (!line) {
    return line.error();
  }
  if (!read_status(*line, head)) {
    return bad_answer(url, "no status line");
  }
  for (int count = 0;; ++count) {
    line = connection.read_line(kMaxLine, deadline);
    if (!line) {
      return line.error();
    }
    if (line->empty()) {
      return head;
    }
    if (count == kMaxHeaders) {
      return bad_answer(url, "too many headers");
    }
    const std::size_t colon = line->find(':');
    if (colon == std::string::npos) {
      continue;
    }
    const std::string_view name = std::string_view(*line).substr(0, colon);
    const std::string_view value = base::trim(std::string_view(*line).substr(colon + 1));
    if (base::equals_ignore_case(name, "Content-Length")) {
      std::uint64_t length = 0;
      if (std::from_chars(value.data(), value.data() + value.size(), length).ec == std::errc()) {
        head.length = length;
      }
    } else if (base::equals_ignore_case(name, "Transfer-Encoding")) {
      head.chunked = base::to_lower(value).find("chunked") != std::string::npos;
    } else if (base::equals_ignore_case(name, "Retry-After")) {
      head.retry_after = value;
    }
  }
}

// Appends up to `wanted` bytes, never more than `most` in all. False: it broke off, or there was no more room.
bool read_bytes(LineConnection& connection, std::uint64_t wanted, std::size_t most,
                Deadline deadline, std::string& body) {
  while (wanted > 0) {
    std::array<char, 4096> buffer{};
    const std::size_t room = most - body.size();
    const auto size = static_cast<std::size_t>(
        std::min({wanted, std::uint64_t{room}, std::uint64_t{buffer.size()}}));
    if (size == 0) {
      return false;
    }
    const auto count = connection.read(std::span(buffer).first(size), deadline);
    if (!count || *count == 0) {
      return false;
    }
    body.append(buffer.data(), *count);
    wanted -= *count;
  }
  return true;
}

bool read_chunks(LineConnection& connection, std::size_t most, Deadline deadline,
                 std::string& body) {
  for (;;) {
    const auto line = connection.read_line(kMaxLine, deadline);
    std::uint64_t size = 0;
    if (!line ||
        std::from_chars(line->data(), line->data() + line->size(), size, 16).ec != std::errc()) {
      return false;
    }
    if (size == 0) {
      return true;
    }
    if (!read_bytes(connection, size, most, deadline, body) ||
        !connection.read_line(kMaxLine, deadline)) {
      return false;
    }
  }
}

bool read_body(LineConnection& connection, const Head& head, std::size_t most, Deadline deadline,
               std::string& body) {
  if (head.status == 204 || head.status == 304) {
    return true;
  }
  if (head.chunked) {
    return read_chunks(connection, most, deadline, body);
  }
  if (head.length) {
    return read_bytes(connection, *head.length, most, deadline, body);
  }
  std::array<char, 4096> buffer{};
  while (body.size() < most) {
    const auto count = connection.read(
        std::span(buffer).first(std::min(buffer.size(), most - body.size())), deadline);
    if (!count || *count == 0) {
      return count.has_value();
    }
    body.append(buffer.data(), *count);
  }
  return false;
}

// "p%40ss" -> "p@ss"; what is no such escape stays.
std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned char byte = 0;
    const char* digits = text.data() + at + 1;
    if (text[at] == '%' && text.size() - at > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      plain += static_cast<char>(byte);
      at += 2;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

std::string proxy_authorization(const Url& proxy) {
  if (proxy.user_info.empty()) {
    return {};
  }
  const std::string_view info = proxy.user_info;
  const std::size_t colon = std::min(info.find(':'), info.size());
  const std::string_view password = info.substr(std::min(colon + 1, info.size()));
  return "Proxy-Authorization: " +
         basic_authorization(decoded(info.substr(0, colon)), decoded(password)) + "\r\n";
}

base::Result<std::string> request_text(const HttpRequest& request) {
  const Url& url = request.url;
  // A plain request through a proxy names the server in its first line.
  const bool to_proxy = request.proxy && !url.tls;
  std::string text = fmt::format("{} {}{} HTTP/1.1\r\n", request.method,
                                 to_proxy ? "http://" + url.authority() : "", url.target);
  const auto add = [&text](std::string_view name, std::string_view value) {
    text += fmt::format("{}: {}\r\n", name, value);
  };
  add("Host", url.authority());
  add("User-Agent", "cmgmon");
  add("Accept", "*/*");
  add("Connection", "close");
  if (to_proxy) {
    text += proxy_authorization(*request.proxy);
  }
  if (!request.content_type.empty()) {
    add("Content-Type", request.content_type);
  }
  if (!request.body.empty() || request.method != "GET") {
    add("Content-Length", std::to_string(request.body.size()));
  }
  if (has_controls(request.content_type) || has_controls(request.method)) {
    return base::Error{base::ErrorKind::kInvalid, 0,
                       "the content type for " + url.origin() + " has characters it cannot have",
                       "Remove line ends and control characters from it"};
  }
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || has_controls(name) || has_controls(value) ||
        name.find_first_of(": ") != std::string::npos) {
      return base::Error{base::ErrorKind::kInvalid, 0,
                         "a header for " + url.origin() + " has characters it cannot have",
                         "Remove line ends and control characters from headers and secrets"};
    }
    add(name, value);
  }
  return text + "\r\n" + request.body;
}

// Through a proxy that is asked for a tunnel.
base::Result<void> open_tunnel(LineConnection& connection, const HttpRequest& request,
                               Deadline deadline) {
  const Endpoint server{request.url.host, request.url.port};
  std::string ask = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", describe(server));
  ask += proxy_authorization(*request.proxy);
  if (auto sent = connection.write(ask + "\r\n", deadline); !sent) {
    return sent;
  }
  const auto head = read_head(connection, *request.proxy, deadline);
  if (!head) {
    return head.error();
  }
  if (head->status < 200 || head->status > 299) {
    return base::Error{
        base::ErrorKind::kAccessDenied, 0,
        fmt::format("the proxy {} opens no way to {}: {} {}", request.proxy->origin(),
                    request.url.origin(), head->status, head->reason),
        head->status == 407 ? "Write name and password into the proxy's address"
                            : "Ask who runs the proxy to allow this server"};
  }
  return {};
}

}  // namespace

std::string basic_authorization(std::string_view user, std::string_view password) {
  return "Basic " + base::to_base64(fmt::format("{}:{}", user, password));
}

std::optional<milliseconds> parse_retry_after(std::string_view text, base::Time now) {
  constexpr milliseconds kLongest = std::chrono::hours(24);
  std::uint32_t seconds = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failed == std::errc() && end == text.data() + text.size()) {
    return std::min<milliseconds>(std::chrono::seconds(seconds), kLongest);
  }
  // "Sun, 22 Nov 2026 12:02:00 GMT", the only form in use; Poco's parser reads dates into anything.
  if (text.size() != 29 || text[3] != ',' || !text.ends_with(" GMT")) {
    return std::nullopt;
  }
  Poco::DateTime date;
  int zone = 0;
  if (!Poco::DateTimeParser::tryParse(Poco::DateTimeFormat::HTTP_FORMAT, std::string(text), date,
                                      zone)) {
    return std::nullopt;
  }
  const base::Time at{std::chrono::microseconds(date.timestamp().epochMicroseconds())};
  return std::clamp(std::chrono::duration_cast<milliseconds>(at - now), milliseconds(0), kLongest);
}

base::Result<LineConnection> HttpClient::open(const HttpRequest& request, Deadline deadline) {
  if (request.url.tls && !tls_) {
    auto context = TlsContext::client(options_.tls);
    if (!context) {
      return context.error();
    }
    tls_ = std::move(*context);
  }
  const Url& first = request.proxy ? *request.proxy : request.url;
  auto connection = LineConnection::connect({first.host, first.port}, deadline);
  if (!connection) {
    base::Error error = connection.error();
    if (request.proxy) {
      error.message = "the proxy " + error.message;
    }
    return error;
  }
  if (request.url.tls) {
    if (request.proxy) {
      if (const auto opened = open_tunnel(*connection, request, deadline); !opened) {
        return opened.error();
      }
    }
    if (const auto secured = connection->start_tls(tls_, request.url.host, deadline); !secured) {
      return secured.error();
    }
  }
  return connection;
}

base::Result<HttpResponse> HttpClient::send(const HttpRequest& request, base::Time now) {
  const auto start = steady_clock::now();
  const auto deadline = start + options_.timeout;
  const auto text = request_text(request);
  if (!text) {
    return text.error();
  }
  auto connection = open(request, std::min(deadline, start + options_.connect_timeout));
  if (!connection) {
    return connection.error();
  }
  // A server that refuses early answers before it has read everything: what it says matters more than the failed write.
  const auto sent = connection->write(*text, deadline);
  auto head = read_head(*connection, request.url, deadline);
  for (int interim = 0; head && head->status < 200; ++interim) {
    if (interim == kMaxInterim) {
      return bad_answer(request.url, "no final answer");
    }
    head = read_head(*connection, request.url, deadline);
  }
  if (!head) {
    return sent ? head.error() : sent.error();
  }
  HttpResponse response;
  response.status = head->status;
  response.reason = head->reason;
  response.body_complete =
      read_body(*connection, *head, options_.max_response_bytes, deadline, response.body);
  if (!head->retry_after.empty()) {
    response.retry_after = parse_retry_after(head->retry_after, now);
  }
  response.tls_peer = connection->peer_name();
  connection->shut_down(std::min(deadline, steady_clock::now() + milliseconds(100)));
  response.took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
  return response;
}

}  // namespace cmgmon::net
