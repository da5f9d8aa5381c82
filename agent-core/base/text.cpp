#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace cmgmon::base {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

unsigned char byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

struct Decoded {
  char32_t code = kReplacement;
  std::size_t length = 1;  // bytes taken; for damage the part that cannot begin another character
  bool valid = false;
};

// One character, by the table of well-formed sequences (Unicode 15, table 3-7).
Decoded decode_one(std::string_view bytes, std::size_t at) {
  const unsigned char first = byte_at(bytes, at);
  if (first < 0x80) {
    return {first, 1, true};
  }
  std::size_t length = 0;
  char32_t code = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
    code = first & 0x1FU;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    code = first & 0x0FU;
    low = first == 0xE0 ? 0xA0 : low;    // no overlong forms
    high = first == 0xED ? 0x9F : high;  // no surrogates
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    code = first & 0x07U;
    low = first == 0xF0 ? 0x90 : low;
    high = first == 0xF4 ? 0x8F : high;  // nothing above U+10FFFF
  } else {
    return {};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= bytes.size() || byte_at(bytes, at + i) < low || byte_at(bytes, at + i) > high) {
      return {kReplacement, i, false};
    }
    code = (code << 6U) | (byte_at(bytes, at + i) & 0x3FU);
    low = 0x80;
    high = 0xBF;
  }
  return {code, length, true};
}

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&out](char32_t bits) {
    out += static_cast<char>(static_cast<unsigned char>(bits));
  };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6U));
    put(0x80 | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12U));
    put(0x80 | ((code >> 6U) & 0x3FU));
    put(0x80 | (code & 0x3FU));
  } else {
    put(0xF0 | (code >> 18U));
    put(0x80 | ((code >> 12U) & 0x3FU));
    put(0x80 | ((code >> 6U) & 0x3FU));
    put(0x80 | (code & 0x3FU));
  }
}

// First byte at or after `at` that is not ASCII, or the size; eight bytes at a time because logs
// are nearly all ASCII.
std::size_t skip_ascii(std::string_view bytes, std::size_t at) {
  while (at + 8 <= bytes.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    if ((word & 0x8080808080808080U) != 0) {
      break;
    }
    at += 8;
  }
  while (at < bytes.size() && byte_at(bytes, at) < 0x80) {
    ++at;
  }
  return at;
}

// Windows-1252 0x80-0x9F; the rest of it is Latin-1.
constexpr std::array<char16_t, 32> k1252 = {
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

bool is_high_surrogate(char32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low_surrogate(char32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

// `unit_at(i)` gives UTF-16 unit i of `count`.
template <typename UnitAt>
void append_utf16(std::string& out, std::size_t count, UnitAt unit_at) {
  for (std::size_t i = 0; i < count; ++i) {
    const char32_t unit = unit_at(i);
    if (is_high_surrogate(unit) && i + 1 < count && is_low_surrogate(unit_at(i + 1))) {
      const char32_t low = unit_at(i + 1);
      append_utf8(out, 0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00));
      ++i;
    } else if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
      append_utf8(out, kReplacement);
    } else {
      append_utf8(out, unit);
    }
  }
}

// Characters that move the cursor, switch the writing direction or break the line.
bool is_active(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E ||
         code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

// Edit distance with swapped neighbours as one edit.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_previous(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    previous[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      current[j] = std::min({replaced, previous[j] + 1, current[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before_previous[j - 2] + 1);
      }
    }
    before_previous.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
  std::size_t at = 0;
  while ((at = skip_ascii(bytes, at)) < bytes.size()) {
    const Decoded decoded = decode_one(bytes, at);
    if (!decoded.valid) {
      return false;
    }
    at += decoded.length;
  }
  return true;
}

std::string decode_utf8_or_1252(std::string_view bytes) {
  if (is_valid_utf8(bytes)) {
    return std::string(bytes);
  }
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 4);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const unsigned char byte = byte_at(bytes, at);
    append_utf8(text, byte >= 0x80 && byte < 0xA0 ? k1252.at(byte - 0x80U) : char32_t{byte});
  }
  return text;
}

std::string decode_utf16(std::string_view bytes, ByteOrder order) {
  std::string text;
  text.reserve(bytes.size() / 2 + 3);
  const std::size_t high = order == ByteOrder::kBig ? 0 : 1;
  append_utf16(text, bytes.size() / 2, [&](std::size_t i) {
    return (char32_t{byte_at(bytes, 2 * i + high)} << 8U) | byte_at(bytes, 2 * i + 1 - high);
  });
  if (bytes.size() % 2 != 0) {
    append_utf8(text, kReplacement);
  }
  return text;
}

std::u16string to_utf16(std::string_view utf8) {
  std::u16string text;
  text.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const Decoded decoded = decode_one(utf8, at);
    at += decoded.length;
    if (decoded.code < 0x10000) {
      text += static_cast<char16_t>(decoded.code);
    } else {
      text += static_cast<char16_t>(0xD800 + ((decoded.code - 0x10000) >> 10U));
      text += static_cast<char16_t>(0xDC00 + ((decoded.code - 0x10000) & 0x3FFU));
    }
  }
  return text;
}

std::string from_utf16(std::u16string_view text) {
  std::string utf8;
  utf8.reserve(text.size());
  append_utf16(utf8, text.size(), [&](std::size_t i) { return char32_t{text[i]}; });
  return utf8;
}

std::string_view prefix_of_utf16_units(std::string_view utf8, std::size_t max_units) {
  std::size_t units = 0;
  std::size_t at = 0;
  while (at < utf8.size()) {
    const Decoded decoded = decode_one(utf8, at);
    units += decoded.code < 0x10000 ? 1 : 2;
    if (units > max_units) {
      break;
    }
    at += decoded.length;
  }
  return utf8.substr(0, at);
}

std::string_view prefix_of_bytes(std::string_view utf8, std::size_t max_bytes) {
  if (utf8.size() <= max_bytes) {
    return utf8;
  }
  std::size_t end = max_bytes;
  for (std::size_t back = 0; back < 3 && end > 0 && (byte_at(utf8, end) & 0xC0U) == 0x80; ++back) {
    --end;
  }
  // Bytes that are no character at all may be cut anywhere.
  return utf8.substr(0, (byte_at(utf8, end) & 0xC0U) == 0x80 ? max_bytes : end);
}

std::size_t utf16_length(std::string_view utf8) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const Decoded decoded = decode_one(utf8, at);
    units += decoded.code < 0x10000 ? 1 : 2;
    at += decoded.length;
  }
  return units;
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = to_lower(c);
  }
  return lower;
}

bool equals_ignore_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return to_lower(x) == to_lower(y);
         });
}

std::size_t find_ignore_case(std::string_view haystack, std::string_view lower_case_needle,
                             std::size_t from) {
  if (from > haystack.size()) {
    return std::string_view::npos;
  }
  const auto found = std::search(haystack.begin() + static_cast<std::ptrdiff_t>(from),
                                 haystack.end(), lower_case_needle.begin(), lower_case_needle.end(),
                                 [](char x, char y) { return to_lower(x) == y; });
  return found == haystack.end() && !lower_case_needle.empty()
             ? std::string_view::npos
             : static_cast<std::size_t>(found - haystack.begin());
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string printable(std::string_view utf8) {
  std::string line;
  line.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const Decoded decoded = decode_one(utf8, at);
    at += decoded.length;
    if (decoded.code == '\r') {
      line += "\\r";
    } else if (decoded.code == '\n') {
      line += "\\n";
    } else if (decoded.code == '\t') {
      line += "\\t";
    } else if (is_active(decoded.code)) {
      line += fmt::format("\\u{:04X}", static_cast<std::uint32_t>(decoded.code));
    } else {
      append_utf8(line, decoded.code);
    }
  }
  return line;
}

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongest =
      100;  // a longer word is no slip of the pen, and the distance is quadratic
  const std::string lower = to_lower(word.substr(0, kLongest + 1));
  if (lower.empty() || lower.size() > kLongest) {
    return std::nullopt;
  }
  const std::size_t allowed = std::clamp<std::size_t>(lower.size() / 3, 1, 3);
  std::optional<std::string> best;
  std::size_t best_distance = allowed + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > lower.size() + allowed || candidate.size() + allowed < lower.size()) {
      continue;
    }
    const std::size_t distance = edit_distance(lower, to_lower(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace cmgmon::base
