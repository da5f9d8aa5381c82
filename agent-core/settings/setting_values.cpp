#include "settings/setting_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "settings/settings.h"

namespace cmgmon::settings {

std::string trouble_with_glob(std::string_view glob) {
  std::set<std::string, std::less<>> names;
  for (std::size_t at = 0; at < glob.size(); ++at) {
    if (glob[at] == '}') {
      return "has a '}' without a '{' before it";
    }
    if (glob[at] == '*' && glob.substr(at, 2) == "**") {
      return "has '**', which is not a wildcard here; name each folder level with one '*'";
    }
    if (glob[at] != '{') {
      continue;
    }
    const std::size_t end = glob.find('}', at);
    if (end == std::string_view::npos) {
      return "has a '{' without a '}' after it";
    }
    const std::string_view name = glob.substr(at + 1, end - at - 1);
    const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!good) {
      return fmt::format("has the capture '{{{}}}'; a name is small letters, digits and '_'",
                         base::printable(name));
    }
    if (!names.emplace(name).second) {
      return fmt::format("has the capture '{{{}}}' twice", name);
    }
    at = end;
  }
  return {};
}

bool MetricsSetting::read_listen(std::string_view text) {
  std::string_view host = "127.0.0.1";
  std::string_view number = text;
  if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    number = text.substr(colon + 1);
  }
  const auto all_of = [](std::string_view piece, std::string_view allowed) {
    return !piece.empty() && piece.find_first_not_of(allowed) == std::string_view::npos;
  };
  if (host == "localhost") {
    host = "127.0.0.1";
  } else if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!all_of(host, "0123456789abcdefABCDEF:.") || host.find(':') == std::string_view::npos) {
      return false;
    }
  } else if (!all_of(host, "0123456789.") || std::count(host.begin(), host.end(), '.') != 3) {
    return false;
  }
  if (number.size() > 5 || !all_of(number, "0123456789")) {
    return false;
  }
  const int value = std::stoi(std::string(number));
  if (value < 1 || value > 65535) {
    return false;
  }
  address = host;
  port = static_cast<std::uint16_t>(value);
  return true;
}

std::string MetricsSetting::listen() const {
  if (address.empty()) {
    return {};
  }
  const bool v6 = address.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", address, v6 ? "]" : "", port);
}

}  // namespace cmgmon::settings
