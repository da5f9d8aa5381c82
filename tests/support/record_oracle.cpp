#include "support/record_oracle.h"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <regex>

#include "support/text_oracle.h"

namespace cmgmon::support {

namespace {

using records::Encoding;
using records::Format;
using records::TimeConfidence;
using std::chrono::minutes;
using std::chrono::seconds;

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
  Reader(std::string_view bytes, base::Time now) : now_(now), text_(text_slowly(bytes)) {
    file_.encoding = text_.encoding;
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

  std::size_t line_end(std::size_t at) const {
    while (at < all().size() && !ends_line(at)) {
      ++at;
    }
    return at;
  }

  static const std::regex& trailer_form() {
    static const std::regex kTrailer(
        "\\$\\$<([^<>]{0,256})><((\\d{1,2})-(\\d{1,2})-(\\d{4}) "
        "([^<>]{0,53}))><thread=([^<>]{0,64})>");
    return kTrailer;
  }

  bool ends_with_trailer(const std::string& text) {
    const minutes bias = last_bias_;
    bool ends = false;
    for (auto it = std::sregex_iterator(text.begin(), text.end(), trailer_form());
         it != std::sregex_iterator(); ++it) {
      const std::smatch& m = *it;
      LogEntry ignored;
      const std::string behind = m.suffix();
      ends = ends ||
             (set_local_time(ignored, midnight(std::stoi(m[5]), std::stoi(m[3]), std::stoi(m[4])),
                             m[6]) &&
              behind.find_first_not_of(" \t") == std::string::npos);
    }
    last_bias_ = bias;
    return ends;
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
    // The first line that ends with the trailer of a site-server record.
    std::size_t foreign = all().size();
    std::size_t foreign_end = all().size();
    for (std::size_t i = at; file_.format != Format::kCcm && i < other; i = line_end(i) + 1) {
      if (ends_with_trailer(all().substr(i, line_end(i) - i))) {
        foreign = i;
        foreign_end = line_end(i);
        break;
      }
    }
    for (std::size_t i = message; i + 8 <= foreign_end && i + 8 <= other; ++i) {
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
    if (foreign == at) {
      return line(at, false);
    }
    ++file_.malformed;
    return std::min(foreign, other);
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
      for (auto it = std::sregex_iterator(text.begin(), text.end(), trailer_form());
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
          names_.push_back(decode_slowly(it->str()));
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
    if (file_.encoding == Encoding::kUtf8 && is_windows_1252(bytes)) {
      file_.encoding = Encoding::kWindows1252;
    }
    return decode_slowly(bytes);
  }

  void finish(LogEntry& entry, std::size_t at, std::size_t end) {
    if (entry.time && *entry.time > now_ + minutes(5)) {
      entry.time = now_;
      entry.time_confidence = TimeConfidence::kAssumed;
    }
    if (entry.time) {
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
  SlowText text_;
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
