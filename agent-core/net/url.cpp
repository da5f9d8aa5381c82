#include "net/url.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>

#include "base/text.h"

namespace cmgmon::net {

namespace {

base::Error wrong(std::string what, std::string remedy) {
  return {base::ErrorKind::kInvalid, 0, std::move(what), std::move(remedy)};
}

}  // namespace

std::string Url::authority() const {
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const std::uint16_t usual = tls ? 443 : 80;
  return port == usual ? shown : shown + ":" + std::to_string(port);
}

std::string Url::origin() const {
  return base::printable((tls ? "https://" : "http://") + authority());
}

base::Result<Url> parse_url(std::string_view text, UserInfo user_info) {
  // Anything else in a request line would begin another line, or is for the server to guess.
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; })) {
    return wrong("the address has characters that an address cannot have",
                 "Write them percent-encoded, without blanks or line ends");
  }
  Url url;
  try {
    const Poco::URI parsed{std::string(text)};
    if (parsed.getScheme() != "http" && parsed.getScheme() != "https") {
      return wrong("the address does not begin with http:// or https://", "Write it in full");
    }
    url.tls = parsed.getScheme() == "https";
    url.host = parsed.getHost();
    if (url.host.size() > 2 && url.host.front() == '[') {
      url.host = url.host.substr(1, url.host.size() - 2);
    }
    url.port = parsed.getPort();
    url.user_info = parsed.getUserInfo();
    // As it was written: encoding it again may change what it means.
    const std::size_t start = text.find_first_of("/?#", text.find("://") + 3);
    const std::string_view rest = start == std::string_view::npos ? "" : text.substr(start);
    url.target = std::string(rest.substr(0, rest.find('#')));
    if (url.target.empty() || url.target.front() != '/') {
      url.target.insert(0, "/");
    }
  } catch (const Poco::Exception&) {
    return wrong("the address cannot be read", "It must look like https://host:port/path");
  }
  if (url.host.empty() || url.port == 0) {
    return wrong("the address has no host or no port", "It must look like https://host:port/path");
  }
  if (user_info == UserInfo::kRefuse && !url.user_info.empty()) {
    return wrong("the address has a user name or password in it",
                 "Write them with the keys username and password");
  }
  return url;
}

}  // namespace cmgmon::net
