#include "support/record_oracle.h"

#include <chrono>
#include <cstdlib>
#include <ostream>
#include <regex>

namespace cmgmon::support {

namespace {

using records::Encoding;
using records::Format;
using records::TimeConfidence;
using std::chrono::minutes;
using std::chrono::seconds;

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

// The file as text, and for each byte of the text where it stands in the file; one entry more for the end.
struct Text {
  std::string bytes;
  std::vector<std::uint64_t> offset;
};

Text narrow_text(std::string_view bytes, std::size_t from) {
  Text text;
  for (std::size_t at = from; at < bytes.size(); ++at) {
    text.bytes += bytes[at];
    text.offset.push_back(at);
  }
  text.offset.push_back(bytes.size());
  return text;
}

Text wide_text(std::string_view bytes, std::size_t from, bool big) {
  Text text;
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

std::optional<base::Time> midnight(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) {
    return std::nullopt;
  }
  return base::Time(std::chrono::sys_days(date));
}

std::optional<base::Duration> clock_of(const std::smatch& m, std::size_t first) {
  const int h = std::stoi(m[first]);
  const int min = std::stoi(m[first + 1]);
  const int s = std::stoi(m[first + 2]);
  if (h > 23 || min > 59 || s > 59) {
    return std::nullopt;
  }
  const std::string fraction = (m[first + 3].str() + "000000").substr(0, 6);
  return base::Duration(std::stoll(fraction)) + seconds((h * 60 + min) * 60 + s);
}

class Reader {
 public:
  Reader(std::string_view bytes, base::Time now) : now_(now) {
    static const std::regex kAscii("[ -~\\t\\r\\n]");
    const auto ascii = [&](std::size_t at) {
      return std::regex_match(std::string(bytes.substr(at, 1)), kAscii);
    };
    const bool marked = bytes.substr(0, 2) == "\xFF\xFE" || bytes.substr(0, 2) == "\xFE\xFF";
    const bool long_enough = bytes.size() >= 4;
    const bool little = bytes.substr(0, 2) == "\xFF\xFE" ||
                        (long_enough && ascii(0) && bytes[1] == 0 && ascii(2) && bytes[3] == 0);
    const bool big = bytes.substr(0, 2) == "\xFE\xFF" ||
                     (long_enough && bytes[0] == 0 && ascii(1) && bytes[2] == 0 && ascii(3));
    if (little || big) {
      file_.encoding = little ? Encoding::kUtf16Le : Encoding::kUtf16Be;
      text_ = wide_text(bytes, marked ? 2 : 0, big);
    } else if (bytes.substr(0, 3) == "\xEF\xBB\xBF") {
      file_.encoding = Encoding::kUtf8Bom;
      text_ = narrow_text(bytes, 3);
    } else {
      text_ = narrow_text(bytes, 0);
    }
  }

  LogFile read() {
    std::size_t at = 0;
    while (at < text_.bytes.size()) {
      at = segment(at);
    }
    return file_;
  }

 private:
  const std::string& all() const { return text_.bytes; }
  bool ends_line(std::size_t at) const {
    return all()[at] == '\n' || all()[at] == '\r' || all()[at] == '\0';
  }

  // Reads what starts at `at` and returns where the next thing starts.
  std::size_t segment(std::size_t at) {
    if (all()[at] == '\0') {
      ++file_.malformed;
      while (at < all().size() && all()[at] == '\0') {
        ++at;
      }
      return at;
    }
    if (ends_line(at)) {
      return at + 1;
    }
    if (all().compare(at, 3, "\xEF\xBB\xBF") == 0) {
      return at + 3;
    }
    const bool plain_for_long = file_.format == Format::kPlain && text_.offset[at] >= 65536;
    const bool lines_only = file_.format == Format::kW3c || plain_for_long;
    if (file_.format != Format::kW3c) {
      static const std::regex kOpener("^\\[?<!\\[LOG\\[");
      std::smatch m;
      const std::string head = all().substr(at, 8);
      if (std::regex_search(head, m, kOpener) &&
          (!plain_for_long || closes_in_line(at + static_cast<std::size_t>(m.length())))) {
        return ccm(at, at + static_cast<std::size_t>(m.length()));
      }
    }
    return line(at, lines_only);
  }

  bool closes_in_line(std::size_t message) {
    static const std::regex kCloser("\\]LOG\\]!>< *[A-Za-z]+=\"[^]*?\">");
    std::size_t end = message;
    while (end < all().size() && !ends_line(end)) {
      ++end;
    }
    return end < all().size() && std::regex_search(all().substr(message, end - message), kCloser);
  }

  std::size_t ccm(std::size_t at, std::size_t message) {
    static const std::regex kAttributes("^ *[A-Za-z]+=\"[^]*?\">");
    // The first place at or behind the message where another record starts a line.
    std::size_t other = all().size();
    for (std::size_t i = message; i < all().size(); ++i) {
      const bool bracket = all().compare(i, 8, "[<![LOG[") == 0;
      const std::size_t opener = bracket ? i + 1 : i;
      if (all().compare(opener, 7, "<![LOG[") == 0 && opener >= message && ends_line(i - 1) &&
          i > at) {
        other = i;
        break;
      }
    }
    for (std::size_t i = message; i + 8 <= all().size() && i + 8 <= other; ++i) {
      if (all().compare(i, 8, "]LOG]!><") != 0) {
        continue;
      }
      std::size_t end = i + 8;
      while (end < all().size() && !ends_line(end)) {
        ++end;
      }
      const std::string rest = all().substr(i + 8, end - i - 8);
      std::smatch m;
      if (std::regex_search(rest, m, kAttributes)) {
        const std::size_t length = static_cast<std::size_t>(m.length());
        ccm_record(at, all().substr(message, i - message), rest.substr(0, length - 1),
                   i + 8 + length);
        return i + 8 + length;
      }
    }
    ++file_.malformed;
    return other;
  }

  void ccm_record(std::size_t at, const std::string& message, const std::string& raw_attributes,
                  std::size_t end) {
    LogEntry entry;
    entry.format = Format::kCcm;
    entry.message = decode(message);
    const std::string attributes = decode(raw_attributes);
    entry.component = attribute(attributes, "component");
    entry.thread = attribute(attributes, "thread");
    entry.type = attribute(attributes, "type");
    entry.source = attribute(attributes, "file");
    static const std::regex kDate("(\\d{1,2})-(\\d{1,2})-(\\d{4})");
    std::smatch date;
    const std::string date_text = attribute(attributes, "date");
    if (std::regex_match(date_text, date, kDate)) {
      set_local_time(entry, midnight(std::stoi(date[3]), std::stoi(date[1]), std::stoi(date[2])),
                     attribute(attributes, "time"));
    }
    finish(entry, at, end);
  }

  // Values are read from left to right, so what stands in one is not the name of another.
  static std::string attribute(const std::string& attributes, const std::string& name) {
    static const std::regex kAttribute("([^ \"]*)=\"([^\"]*)\"?");
    const auto lower = [](std::string text) {
      for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
      }
      return text;
    };
    for (auto it = std::sregex_iterator(attributes.begin(), attributes.end(), kAttribute);
         it != std::sregex_iterator(); ++it) {
      if (lower((*it)[1]) == name) {
        return (*it)[2];
      }
    }
    return "";
  }

  bool set_local_time(LogEntry& entry, std::optional<base::Time> day, const std::string& text) {
    static const std::regex kClock(
        "(\\d{1,2}):(\\d{1,2}):(\\d{1,2})(?:\\.(\\d*))?(?:(\\+-|[+-])(\\d{1,4}))?");
    std::smatch m;
    if (!day || !std::regex_match(text, m, kClock)) {
      return false;
    }
    const auto clock = clock_of(m, 1);
    if (!clock) {
      return false;
    }
    const std::string sign = m[5];
    const std::string digits = m[6];
    const int size = digits.empty() ? 0 : std::stoi(digits);
    const bool usable = !digits.empty() && size <= 16 * 60 && !(size == 0 && digits.size() > 2);
    minutes bias = last_bias_;
    entry.time_confidence = TimeConfidence::kAssumed;
    if (usable && sign == "+-") {
      bias = minutes(size);
    } else if (usable) {
      bias = minutes(sign == "-" ? -size : size);
      last_bias_ = bias;
      entry.time_confidence = TimeConfidence::kExact;
    }
    entry.time = *day + *clock + bias;
    return true;
  }

  std::size_t line(std::size_t at, bool lines_only) {
    std::size_t end = at;
    while (end < all().size() && !ends_line(end)) {
      ++end;
    }
    const std::string text = all().substr(at, end - at);
    if (file_.format != Format::kW3c) {
      static const std::regex kTrailer(
          "\\$\\$<([^<>]{0,256})><((\\d{1,2})-(\\d{1,2})-(\\d{4}) "
          "([^<>]{0,53}))><thread=([^<>]{0,64})>");
      for (auto it = std::sregex_iterator(text.begin(), text.end(), kTrailer);
           it != std::sregex_iterator(); ++it) {
        const std::smatch& m = *it;
        LogEntry entry;
        const minutes bias = last_bias_;
        if (!set_local_time(entry, midnight(std::stoi(m[5]), std::stoi(m[3]), std::stoi(m[4])),
                            m[6])) {
          last_bias_ = bias;
          continue;
        }
        entry.format = Format::kSiteServer;
        std::string message = text.substr(0, static_cast<std::size_t>(m.position()));
        while (!message.empty() && std::string(" \t~").find(message.back()) != std::string::npos) {
          message.pop_back();
        }
        entry.message = decode(message);
        entry.component = decode(m[1]);
        const std::string thread = m[7];
        entry.thread = thread.substr(0, thread.find(' '));
        const std::size_t after = at + static_cast<std::size_t>(m.position() + m.length());
        finish(entry, at, after);
        return after;
      }
    }
    whole_line(at, end, text, lines_only);
    return end;
  }

  void whole_line(std::size_t at, std::size_t end, const std::string& text, bool lines_only) {
    const bool finished = end < all().size() && all()[end] != '\0';
    static const std::regex kNothing("[ \\t]*(<MAXIMUM LOG FILE SIZE REACHED[^]*)?");
    if (std::regex_match(text, kNothing)) {
      return;
    }
    if (end == all().size()) {
      ++file_.malformed;
      return;
    }
    const bool undecided =
        !lines_only && (file_.format == Format::kUnknown || file_.format == Format::kPlain);
    static const std::regex kDirective("#(software|version|date|fields):[^]*", std::regex::icase);
    static const std::regex kTail("[^]*\\]LOG\\]!>[^]*|[^]* component=\"[^]*\">[ \\t]*");
    if (undecided && std::regex_match(text, kDirective)) {
      file_.format = Format::kW3c;
    } else if (undecided && std::regex_match(text, kTail)) {
      file_.format = Format::kCcm;
    }
    if (!finished || file_.format == Format::kCcm || file_.format == Format::kSiteServer) {
      ++file_.malformed;
    } else if (file_.format == Format::kW3c) {
      w3c(at, end, text);
    } else {
      LogEntry entry;
      entry.format = Format::kPlain;
      entry.message = decode(text);
      finish(entry, at, end);
    }
  }

  bool status_is_plausible(const std::vector<std::string>& values) const {
    static const std::regex kName("sc-status", std::regex::icase);
    static const std::regex kStatus("[0-9]{3}");
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (std::regex_match(names_[i], kName) && !std::regex_match(values[i], kStatus)) {
        return false;
      }
    }
    return true;
  }

  void w3c(std::size_t at, std::size_t end, const std::string& raw) {
    static const std::regex kFields("#fields:[ \\t]*([^]*?)[ \\t]*", std::regex::icase);
    static const std::regex kDate("#date:[ \\t]*([^ \\t]*)[ \\t]*([^]*?)[ \\t]*",
                                  std::regex::icase);
    static const std::regex kDay("(\\d{4})-(\\d{1,2})-(\\d{1,2})");
    static const std::regex kClock("(\\d{1,2}):(\\d{1,2}):(\\d{1,2})(?:\\.(\\d*))?");
    std::smatch m;
    if (raw[0] == '#') {
      if (std::regex_match(raw, m, kFields)) {
        names_.clear();
        const std::string list = m[1];
        static const std::regex kName("[^ \\t]+");
        for (auto it = std::sregex_iterator(list.begin(), list.end(), kName);
             it != std::sregex_iterator(); ++it) {
          names_.push_back(decode_text(it->str()));
        }
      } else if (std::regex_match(raw, m, kDate)) {
        const std::string day = m[1];
        const std::string clock = m[2];
        day_ = std::regex_match(day, m, kDay)
                   ? midnight(std::stoi(m[1]), std::stoi(m[2]), std::stoi(m[3]))
                   : std::nullopt;
        clock_ = std::regex_match(clock, m, kClock) ? clock_of(m, 1) : std::nullopt;
      }
      return;
    }
    const std::string text = decode(raw);
    std::vector<std::string> values(1);
    for (const char c : text) {
      if (c == ' ') {
        values.emplace_back();
      } else {
        values.back() += c;
      }
    }
    if (values.size() == names_.size() + 1 && values.back().empty()) {
      values.pop_back();
    }
    static const std::regex kTimeTaken("time-taken", std::regex::icase);
    static const std::regex kNumber("[0-9]{1,20}");
    if (!names_.empty() && values.size() == names_.size() + 1 &&
        std::regex_match(names_.back(), kTimeTaken) && std::regex_match(values.back(), kNumber) &&
        std::regex_match(values[values.size() - 2], kNumber) && status_is_plausible(values)) {
      values.pop_back();
    }
    if (names_.empty() || values.size() != names_.size()) {
      ++file_.malformed;
      return;
    }
    LogEntry entry;
    entry.format = Format::kW3c;
    entry.message = text;
    std::optional<std::string> date;
    std::optional<std::string> time;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      entry.columns.emplace_back(names_[i], values[i]);
      static const std::regex kDateName("date", std::regex::icase);
      static const std::regex kTimeName("time", std::regex::icase);
      if (!date && std::regex_match(names_[i], kDateName)) {
        date = values[i];
      }
      if (!time && std::regex_match(names_[i], kTimeName)) {
        time = values[i];
      }
    }
    std::optional<base::Duration> clock;
    if (time && std::regex_match(*time, m, kClock)) {
      clock = clock_of(m, 1);
    }
    std::optional<base::Time> day;
    if (date) {
      if (std::regex_match(*date, m, kDay)) {
        day = midnight(std::stoi(m[1]), std::stoi(m[2]), std::stoi(m[3]));
      }
    } else if (clock && day_) {
      if (clock_ && *clock_ - *clock > std::chrono::hours(12)) {
        *day_ += std::chrono::hours(24);
      }
      clock_ = clock;
      day = day_;
    }
    if (clock && day) {
      entry.time = *day + *clock;
      entry.time_confidence = TimeConfidence::kExact;
    }
    finish(entry, at, end);
  }

  std::string decode(const std::string& bytes) {
    if (!is_utf8(bytes) && !speaks_utf8(bytes) && file_.encoding == Encoding::kUtf8) {
      file_.encoding = Encoding::kWindows1252;
    }
    return decode_text(bytes);
  }

  static std::string decode_text(const std::string& bytes) {
    return is_utf8(bytes)       ? bytes
           : speaks_utf8(bytes) ? with_replacements(bytes)
                                : from_1252(bytes);
  }

  void finish(LogEntry& entry, std::size_t at, std::size_t end) {
    if (entry.time && *entry.time > now_ + minutes(5)) {
      entry.time = now_;
      entry.time_confidence = TimeConfidence::kAssumed;
    }
    if (entry.time && (!file_.newest || *file_.newest < *entry.time)) {
      file_.newest = entry.time;
    }
    entry.offset = text_.offset[at];
    entry.length = text_.offset[end] - text_.offset[at];
    entry.line = 1;
    for (std::size_t i = 0; i < at; ++i) {
      const bool pair =
          all()[i] == '\r' && i + 1 < all().size() && all()[i + 1] == '\n' && i + 1 < at;
      entry.line += !pair && (all()[i] == '\r' || all()[i] == '\n') ? 1 : 0;
    }
    if (file_.format == Format::kUnknown ||
        (file_.format == Format::kPlain && entry.offset < 65536)) {
      file_.format = entry.format;
    }
    file_.entries.push_back(entry);
  }

  base::Time now_;
  Text text_;
  LogFile file_;
  minutes last_bias_{0};
  std::vector<std::string> names_;
  std::optional<base::Time> day_;
  std::optional<base::Duration> clock_;
};

}  // namespace

LogEntry own(const records::Record& record) {
  LogEntry entry;
  entry.format = record.format;
  entry.message = record.message;
  entry.component = record.component;
  entry.thread = record.thread;
  entry.type = record.type;
  entry.source = record.source;
  for (const records::Column& column : record.columns) {
    entry.columns.emplace_back(column.first, column.second);
  }
  entry.time = record.time;
  entry.time_confidence = record.time_confidence;
  entry.offset = record.offset;
  entry.length = record.length;
  entry.line = record.line;
  return entry;
}

std::ostream& operator<<(std::ostream& out, const LogEntry& entry) {
  out << name_of(entry.format) << "|" << entry.line << "|"
      << (entry.time ? base::to_rfc3339(*entry.time) : std::string("-")) << " "
      << name_of(entry.time_confidence) << "|" << entry.component << "|" << entry.thread << "|"
      << entry.type << "|" << entry.source << "|" << entry.message;
  for (const auto& [name, value] : entry.columns) {
    out << "|" << name << "=" << value;
  }
  return out << " @" << entry.offset << "+" << entry.length;
}

LogFile read_slowly(std::string_view bytes, base::Time now) {
  return Reader(bytes, now).read();
}

}  // namespace cmgmon::support
