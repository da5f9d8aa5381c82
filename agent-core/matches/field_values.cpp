#include "matches/field_values.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/text.h"

namespace cmgmon::matches {

namespace {

using signatures::ValueType;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex_digit(char c) {
  const char lower = base::to_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'f');
}

template <typename Number>
std::optional<Number> parse(std::string_view text, int radix) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, radix);
  return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

bool drop_prefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size() ||
      !base::equals_ignore_case(text.substr(0, prefix.size()), prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

std::string hex(std::uint64_t number) {
  char digits[16];
  const auto written = std::to_chars(std::begin(digits), std::end(digits), number, 16);
  return "0x" + std::string(std::begin(digits), written.ptr);
}

std::optional<std::string> integer(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const auto number = parse<std::int64_t>(text, 10);
  return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

std::optional<std::string> guid(std::string_view text) {
  if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.size() != 36) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex_digit(text[i])) {
      return std::nullopt;
    }
  }
  return base::to_lower(text);
}

std::optional<std::string> thumbprint(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (is_hex_digit(c)) {
      digits += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    } else if (c != ' ') {
      return std::nullopt;
    }
  }
  return digits.size() == 40 ? std::optional(digits) : std::nullopt;
}

// Reads numbers and the characters between them.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::optional<int> number(std::size_t min_digits, std::size_t max_digits) {
    std::size_t size = 0;
    while (size < rest_.size() && size < max_digits && is_digit(rest_[size])) {
      ++size;
    }
    if (size < min_digits) {
      return std::nullopt;
    }
    const auto value = parse<int>(rest_.substr(0, size), 10);
    rest_.remove_prefix(size);
    return value;
  }
  char one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// "h:m:s", a fraction, and AM or PM; nothing may follow.
std::optional<base::Duration> time_of_day(Scanner& scanner) {
  const auto hour = scanner.number(1, 2);
  const bool first = scanner.one_of(":") != '\0';
  const auto minute = scanner.number(2, 2);
  const bool second_colon = scanner.one_of(":") != '\0';
  const auto second = scanner.number(2, 2);
  if (!hour || !minute || !second || !first || !second_colon || *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  int hours = *hour;
  std::string_view rest = scanner.rest();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    while (!rest.empty() && is_digit(rest.front())) {
      rest.remove_prefix(1);
    }
  }
  const std::string half = base::to_lower(base::trim(rest));
  if (half == "am" || half == "pm") {
    if (hours < 1 || hours > 12) {
      return std::nullopt;
    }
    hours = hours % 12 + (half == "pm" ? 12 : 0);
  } else if (!half.empty() || hours > 23) {
    return std::nullopt;
  }
  return std::chrono::hours(hours) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

}  // namespace

std::optional<base::Time> parse_timestamp(std::string_view text) {
  text = base::trim(text);
  Scanner scanner(text);
  const auto first = scanner.number(1, 4);
  const char separator = scanner.one_of("/-");
  const auto second = scanner.number(1, 2);
  const char again = scanner.one_of("/-");
  const auto third = scanner.number(1, 4);
  if (!first || !second || !third || separator == '\0' || again != separator) {
    return std::nullopt;
  }
  const bool year_first = *first > 999;
  if (year_first && separator == '-') {
    std::string iso(text);
    if (iso.size() > 10 && iso[10] == ' ') {
      iso[10] = 'T';
    }
    for (const auto* suffix : {"", "Z"}) {
      if (const auto time = base::from_rfc3339(iso + suffix)) {
        return time;
      }
    }
    return std::nullopt;
  }
  if (year_first || *third < 1000 || scanner.one_of(" T") == '\0') {
    return std::nullopt;
  }
  const std::chrono::year_month_day day(std::chrono::year(*third),
                                        std::chrono::month(static_cast<unsigned>(*first)),
                                        std::chrono::day(static_cast<unsigned>(*second)));
  while (scanner.one_of(" ") != '\0') {
  }
  const auto time = time_of_day(scanner);
  if (!day.ok() || !time) {
    return std::nullopt;
  }
  return base::Time(std::chrono::sys_days(day)) + *time;
}

std::optional<std::string> typed_value(ValueType type, std::string_view text) {
  switch (type) {
    case ValueType::kText:
    case ValueType::kUrl:
    case ValueType::kFlags:
      return text.empty() ? std::nullopt : std::optional(std::string(text));
    case ValueType::kInteger:
      return integer(text);
    case ValueType::kHex: {
      drop_prefix(text, "0x");
      const auto number = parse<std::uint64_t>(text, 16);
      return number ? std::optional(hex(*number)) : std::nullopt;
    }
    case ValueType::kTimestamp: {
      const auto time = parse_timestamp(text);
      return time ? std::optional(base::to_rfc3339(*time)) : std::nullopt;
    }
    case ValueType::kGuid:
      return guid(text);
    case ValueType::kThumbprint:
      return thumbprint(text);
  }
  return std::nullopt;
}

std::map<std::uint64_t, std::string> flags_in(std::string_view text,
                                              const std::map<std::uint64_t, std::string>& bits) {
  std::map<std::uint64_t, std::string> flags;
  std::string_view digits = text;
  const int radix = drop_prefix(digits, "0x") ? 16 : 10;
  if (const auto number = parse<std::uint64_t>(digits, radix)) {
    for (std::uint64_t bit = 1; bit != 0; bit <<= 1U) {
      if ((*number & bit) != 0) {
        const auto known = bits.find(bit);
        flags[bit] = known != bits.end() ? known->second : hex(bit);
      }
    }
    return flags;
  }
  for (const auto& [bit, name] : bits) {
    if (base::equals_ignore_case(name, text)) {
      flags[bit] = name;
    }
  }
  return flags;
}

std::string join_flags(const std::map<std::uint64_t, std::string>& flags) {
  std::string joined;
  for (const auto& [bit, name] : flags) {
    joined += (joined.empty() ? "" : "|") + name;
  }
  return joined;
}

std::map<std::string, std::string> url_parts(std::string_view url) {
  std::map<std::string, std::string> parts;
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) {
      parts[name] = std::move(value);
    }
  };
  const std::size_t fragment = url.find('#');
  std::string_view rest = url.substr(0, fragment);
  const std::size_t query = rest.find('?');
  if (query != std::string_view::npos) {
    add("query", std::string(rest.substr(query + 1)));
    rest = rest.substr(0, query);
  }
  std::string scheme;
  const std::size_t scheme_end = rest.find("://");
  if (scheme_end != std::string_view::npos) {
    scheme = base::to_lower(rest.substr(0, scheme_end));
    rest.remove_prefix(scheme_end + 3);
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  const std::string_view path = rest.substr(slash);
  const std::size_t user = authority.rfind('@');
  if (user != std::string_view::npos) {
    authority.remove_prefix(user + 1);
  }
  const std::size_t colon = authority.rfind(':');
  std::string port;
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    port = std::string(authority.substr(colon + 1));
    authority = authority.substr(0, colon);
  }
  if (port.empty() && !authority.empty()) {
    port = scheme == "https" ? "443" : scheme == "http" ? "80" : "";
  }
  add("scheme", scheme);
  add("host", base::to_lower(authority));
  add("port", port);
  add("path", std::string(path));
  if (!path.empty()) {
    const std::string_view inner = path.substr(1);
    add("segment", std::string(inner.substr(0, inner.find('/'))));
  }
  return parts;
}

}  // namespace cmgmon::matches
