#include "records/timestamp.h"

#include <cstddef>

namespace cmgmon::records {

namespace {

using std::chrono::minutes;

constexpr minutes kLargestBias{16 * 60};  // no zone is further away, daylight saving included

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }

  bool take(char expected) {
    if (at_end() || text_[at_] != expected) {
      return false;
    }
    ++at_;
    return true;
  }

  // A number of `least` to `most` digits.
  std::optional<int> number(int least, int most) {
    int value = 0;
    int digits = 0;
    while (digits < most && !at_end() && is_digit(text_[at_])) {
      value = value * 10 + (text_[at_] - '0');
      ++at_;
      ++digits;
    }
    return digits >= least ? std::optional(value) : std::nullopt;
  }

  std::size_t digits_left() const {
    std::size_t end = at_;
    while (end < text_.size() && is_digit(text_[end])) {
      ++end;
    }
    return end - at_;
  }

  // All digits that follow as a decimal fraction in microseconds; what is finer is cut.
  base::Duration fraction() {
    base::Duration::rep value = 0;
    base::Duration::rep scale = 100000;
    while (!at_end() && is_digit(text_[at_])) {
      value += (text_[at_] - '0') * scale;
      scale /= 10;
      ++at_;
    }
    return base::Duration(value);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<std::chrono::sys_days> day_of(std::optional<int> year, std::optional<int> month,
                                            std::optional<int> day) {
  if (!year || !month || !day) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

std::optional<base::Duration> read_clock(Scanner& scanner) {
  const auto hour = scanner.number(1, 2);
  if (!hour || !scanner.take(':')) {
    return std::nullopt;
  }
  const auto minute = scanner.number(1, 2);
  if (!minute || !scanner.take(':')) {
    return std::nullopt;
  }
  const auto second = scanner.number(1, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  base::Duration clock =
      std::chrono::hours(*hour) + minutes(*minute) + std::chrono::seconds(*second);
  if (scanner.take('.')) {
    clock += scanner.fraction();
  }
  return clock;
}

// What follows the fraction. False when it is no bias at all.
bool read_bias(Scanner& scanner, LocalStamp& stamp) {
  if (scanner.at_end()) {
    return true;
  }
  bool negative = scanner.take('-');
  if (!negative && !scanner.take('+')) {
    return false;
  }
  // "+-480" comes from scripts that put a plus before Win32_TimeZone.Bias, whose sign is that of ISO 8601 and which
  // knows no daylight saving: minus means west.
  const bool scripted = !negative && scanner.take('-');
  const std::size_t digits = scanner.digits_left();
  const auto value = scanner.number(1, 4);
  if (!value || !scanner.at_end()) {
    return false;
  }
  if ((*value == 0 && digits > 2) || !is_bias(minutes(*value))) {
    return true;  // "+000" is a constant of scripts that write local time; a real zero is "+00"
  }
  stamp.bias = minutes(negative ? -*value : *value);
  stamp.bias_is_exact = !scripted;
  return true;
}

std::optional<std::chrono::sys_days> read_us_date(Scanner& scanner) {
  const auto month = scanner.number(1, 2);
  if (!month || !scanner.take('-')) {
    return std::nullopt;
  }
  const auto day = scanner.number(1, 2);
  if (!day || !scanner.take('-')) {
    return std::nullopt;
  }
  return day_of(scanner.number(4, 4), month, day);
}

std::optional<LocalStamp> read_clock_and_bias(Scanner& scanner, std::chrono::sys_days day) {
  const auto clock = read_clock(scanner);
  if (!clock) {
    return std::nullopt;
  }
  LocalStamp stamp;
  stamp.local = base::Time(day) + *clock;
  return read_bias(scanner, stamp) ? std::optional(stamp) : std::nullopt;
}

}  // namespace

bool is_bias(minutes bias) {
  return bias >= -kLargestBias && bias <= kLargestBias;
}

std::optional<LocalStamp> read_ccm_stamp(std::string_view date, std::string_view time) {
  Scanner date_scanner(date);
  const auto day = read_us_date(date_scanner);
  if (!day || !date_scanner.at_end()) {
    return std::nullopt;
  }
  Scanner time_scanner(time);
  return read_clock_and_bias(time_scanner, *day);
}

std::optional<LocalStamp> read_site_server_stamp(std::string_view text) {
  Scanner scanner(text);
  const auto day = read_us_date(scanner);
  return day && scanner.take(' ') ? read_clock_and_bias(scanner, *day) : std::nullopt;
}

std::optional<std::chrono::sys_days> read_w3c_date(std::string_view text) {
  Scanner scanner(text);
  const auto year = scanner.number(4, 4);
  if (!year || !scanner.take('-')) {
    return std::nullopt;
  }
  const auto month = scanner.number(1, 2);
  if (!month || !scanner.take('-')) {
    return std::nullopt;
  }
  const auto day = day_of(year, month, scanner.number(1, 2));
  return scanner.at_end() ? day : std::nullopt;
}

std::optional<base::Duration> read_w3c_time(std::string_view text) {
  Scanner scanner(text);
  const auto clock = read_clock(scanner);
  return scanner.at_end() ? clock : std::nullopt;
}

UtcStamp BiasMemory::to_utc(const std::optional<LocalStamp>& stamp) {
  if (!stamp) {
    return {};
  }
  if (stamp->bias && stamp->bias_is_exact) {
    last_ = stamp->bias;
    return {stamp->local + *stamp->bias, TimeConfidence::kExact};
  }
  const minutes bias = stamp->bias ? *stamp->bias : last_.value_or(minutes(0));
  return {stamp->local + bias, TimeConfidence::kAssumed};
}

UtcStamp clamp_to(const UtcStamp& stamp, base::Time now) {
  if (stamp.time && *stamp.time > now + kFutureTolerance) {
    return {now, TimeConfidence::kAssumed};
  }
  return stamp;
}

}  // namespace cmgmon::records
