#pragma once
// An http or https address, taken apart. Its path may be a secret, so it is never shown: origin() is.
//
// Errors:  the text never holds what was parsed.   Tests: tests/unit/net/url_test.cpp

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cmgmon::net {

struct Url {
  bool tls = false;
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 0;
  std::string target;     // path and query, at least "/"
  std::string user_info;  // "name:password", only where parse_url() was told to take it

  // "https://host" or "http://host:8080": all of it that may be shown.
  std::string origin() const;
  // "host" or "host:8080", for the Host header.
  std::string authority() const;
};

enum class UserInfo { kRefuse, kTake };
base::Result<Url> parse_url(std::string_view text, UserInfo user_info = UserInfo::kRefuse);

}  // namespace cmgmon::net
