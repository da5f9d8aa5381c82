#include "support/text_oracle.h"

#include <regex>

namespace cmgmon::support {

namespace {

using records::Encoding;

std::string encode(char32_t code) {
  std::string out;
  if (code < 0x80) {
    out = {static_cast<char>(code)};
  } else if (code < 0x800) {
    out = {static_cast<char>(0xC0 + code / 64), static_cast<char>(0x80 + code % 64)};
  } else if (code < 0x10000) {
    out = {static_cast<char>(0xE0 + code / 4096), static_cast<char>(0x80 + code / 64 % 64),
           static_cast<char>(0x80 + code % 64)};
  } else {
    out = {static_cast<char>(0xF0 + code / 262144), static_cast<char>(0x80 + code / 4096 % 64),
           static_cast<char>(0x80 + code / 64 % 64), static_cast<char>(0x80 + code % 64)};
  }
  return out;
}

// Decodes by the lead byte alone, and believes it when encoding again gives the same bytes.
bool is_utf8(const std::string& text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (at + length > text.size() || (lead >= 0x80 && lead < 0xC0)) {
      return false;
    }
    char32_t code = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      code = code * 64 + (static_cast<unsigned char>(text[at + i]) & 0x3FU);
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ||
        encode(code) != text.substr(at, length)) {
      return false;
    }
    at += length;
  }
  return true;
}

std::string from_1252(const std::string& text) {
  static const char32_t kUpper[] = {0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                    0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += encode(byte >= 0x80 && byte < 0xA0 ? kUpper[byte - 0x80] : byte);
  }
  return out;
}

// Text that is no UTF-8, by Unicode's rule for damage: the longest part that could begin a character becomes one U+FFFD.
std::string with_replacements(const std::string& text) {
  const auto begins_character = [](const std::string& part) {
    for (const char* rest : {"\x80", "\x90", "\xA0", "\x80\x80", "\x90\x80", "\xA0\x80",
                             "\x80\x80\x80", "\x90\x80\x80"}) {
      if (is_utf8(part + rest)) {
        return true;
      }
    }
    return false;
  };
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t whole = 0;
    for (std::size_t length = 1; length <= 4 && whole == 0; ++length) {
      whole = is_utf8(text.substr(at, length)) ? length : 0;
    }
    std::size_t begun = 1;
    for (std::size_t length = 2; length <= 3 && at + length <= text.size(); ++length) {
      begun = begins_character(text.substr(at, length)) ? length : begun;
    }
    out += whole != 0 ? text.substr(at, whole) : encode(0xFFFD);
    at += whole != 0 ? whole : begun;
  }
  return out;
}

// Every lead byte that has its following bytes speaks for UTF-8, every other byte beyond ASCII against it.
bool speaks_utf8(const std::string& text) {
  int balance = 0;
  int expected = 0;
  int pending =
      0;  // following bytes seen for the last lead byte, which speak against it unless it gets all
  const auto give_up = [&] {
    balance -= expected > 0 ? 1 + pending : 0;
    expected = 0;
    pending = 0;
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 && byte < 0xC0 && expected > 0) {
      ++pending;
      if (pending == expected) {
        ++balance;
        expected = 0;
        pending = 0;
      }
      continue;
    }
    give_up();
    if (byte >= 0xC0 && byte < 0xF8) {
      expected = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    } else if (byte >= 0x80) {
      --balance;
    }
  }
  give_up();
  return balance > 0;
}

SlowText narrow_text(std::string_view bytes, std::size_t from) {
  SlowText text;
  for (std::size_t at = from; at < bytes.size(); ++at) {
    text.bytes += bytes[at];
    text.offset.push_back(at);
  }
  text.offset.push_back(bytes.size());
  return text;
}

SlowText wide_text(std::string_view bytes, std::size_t from, bool big) {
  SlowText text;
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<char32_t>(big ? first * 256 + second : second * 256 + first);
  };
  std::size_t at = from;
  while (at + 2 <= bytes.size()) {
    char32_t code = unit(at);
    std::size_t size = 2;
    if (code >= 0xD800 && code < 0xDC00) {
      if (at + 4 > bytes.size()) {
        break;  // the second half may still come
      }
      const char32_t low = unit(at + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + (code - 0xD800) * 1024 + (low - 0xDC00);
        size = 4;
      } else {
        code = 0xFFFD;
      }
    } else if (code >= 0xDC00 && code < 0xE000) {
      code = 0xFFFD;
    }
    for (const char c : encode(code)) {
      text.bytes += c;
      text.offset.push_back(at);
    }
    at += size;
  }
  text.offset.push_back(at);
  return text;
}

}  // namespace

SlowText text_slowly(std::string_view file) {
  static const std::regex kAscii("[ -~\\t\\r\\n]");
  const auto ascii = [&](std::size_t at) {
    return std::regex_match(std::string(file.substr(at, 1)), kAscii);
  };
  const bool marked = file.substr(0, 2) == "\xFF\xFE" || file.substr(0, 2) == "\xFE\xFF";
  const bool long_enough = file.size() >= 4;
  const bool little = file.substr(0, 2) == "\xFF\xFE" ||
                      (long_enough && ascii(0) && file[1] == 0 && ascii(2) && file[3] == 0);
  const bool big = file.substr(0, 2) == "\xFE\xFF" ||
                   (long_enough && file[0] == 0 && ascii(1) && file[2] == 0 && ascii(3));
  SlowText text;
  if (little || big) {
    text = wide_text(file, marked ? 2 : 0, big);
    text.encoding = little ? Encoding::kUtf16Le : Encoding::kUtf16Be;
  } else if (file.substr(0, 3) == "\xEF\xBB\xBF") {
    text = narrow_text(file, 3);
    text.encoding = Encoding::kUtf8Bom;
  } else {
    text = narrow_text(file, 0);
  }
  return text;
}

bool is_windows_1252(const std::string& bytes) {
  return !is_utf8(bytes) && !speaks_utf8(bytes);
}

std::string decode_slowly(const std::string& bytes) {
  return is_utf8(bytes)           ? bytes
         : is_windows_1252(bytes) ? from_1252(bytes)
                                  : with_replacements(bytes);
}

}  // namespace cmgmon::support
