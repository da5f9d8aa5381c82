#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace cmgmon::base {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Exactly `count` digits at `at`, which moves past them.
std::optional<int> take_digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (text.size() < at + count) {
    return std::nullopt;
  }
  int value = 0;
  for (std::size_t i = 0; i < count; ++i, ++at) {
    if (text[at] < '0' || text[at] > '9') {
      return std::nullopt;
    }
    value = value * 10 + (text[at] - '0');
  }
  return value;
}

bool take(std::string_view text, std::size_t& at, char expected) {
  if (at >= text.size() || text[at] != expected) {
    return false;
  }
  ++at;
  return true;
}

// A fraction of any length; digits past the sixth are cut.
std::optional<int> take_microseconds(std::string_view text, std::size_t& at) {
  int value = 0;
  int scale = 100000;
  const std::size_t first = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    value += (text[at] - '0') * scale;
    scale /= 10;
    ++at;
  }
  return at == first ? std::nullopt : std::optional(value);
}

// "Z" or "+hh:mm" up to the end of the text.
std::optional<minutes> take_offset(std::string_view text, std::size_t& at) {
  if (take(text, at, 'Z') || take(text, at, 'z')) {
    return minutes(0);
  }
  const bool east = take(text, at, '+');
  if (!east && !take(text, at, '-')) {
    return std::nullopt;
  }
  const auto hour = take_digits(text, at, 2);
  if (!hour || !take(text, at, ':')) {
    return std::nullopt;
  }
  const auto minute = take_digits(text, at, 2);
  if (!minute || *hour > 23 || *minute > 59) {
    return std::nullopt;
  }
  const minutes offset(*hour * 60 + *minute);
  return east ? offset : -offset;
}

}  // namespace

std::string to_rfc3339(Time time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto micros = clock.subseconds().count();
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  return text + (micros % 1000 == 0 ? fmt::format("{:03}Z", micros / 1000)
                                    : fmt::format("{:06}Z", micros));
}

std::optional<Time> from_rfc3339(std::string_view text) {
  std::size_t at = 0;
  const auto year = take_digits(text, at, 4);
  if (!year || !take(text, at, '-')) {
    return std::nullopt;
  }
  const auto month = take_digits(text, at, 2);
  if (!month || !take(text, at, '-')) {
    return std::nullopt;
  }
  const auto day = take_digits(text, at, 2);
  if (!day || !(take(text, at, 'T') || take(text, at, 't') || take(text, at, ' '))) {
    return std::nullopt;
  }
  const auto hour = take_digits(text, at, 2);
  if (!hour || !take(text, at, ':')) {
    return std::nullopt;
  }
  const auto minute = take_digits(text, at, 2);
  if (!minute || !take(text, at, ':')) {
    return std::nullopt;
  }
  const auto second = take_digits(text, at, 2);
  if (!second) {
    return std::nullopt;
  }
  std::optional<int> micros = 0;
  if (take(text, at, '.')) {
    micros = take_microseconds(text, at);
  }
  const auto offset = micros ? take_offset(text, at) : std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!offset || at != text.size() || !date.ok() || *hour > 23 || *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  return Time(std::chrono::sys_days(date)) + hours(*hour) + minutes(*minute) + seconds(*second) +
         std::chrono::microseconds(*micros) - *offset;
}

std::string describe_duration(Duration duration) {
  if (duration < Duration::zero()) {
    // The smallest value has no positive twin.
    const auto positive = duration == Duration::min() ? Duration::max() : -duration;
    return "-" + describe_duration(positive);
  }
  struct Unit {
    Duration length;
    const char* name;
  };
  static const std::array<Unit, 5> kUnits = {Unit{days(1), "days"}, Unit{hours(1), "h"},
                                             Unit{minutes(1), "min"}, Unit{seconds(1), "s"},
                                             Unit{std::chrono::milliseconds(1), "ms"}};
  const auto print = [](Duration::rep count, const char* name) {
    const bool one_day = count == 1 && std::string_view(name) == "days";
    return fmt::format("{} {}", count, one_day ? "day" : name);
  };
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    const auto count = duration / kUnits[i].length;
    if (count == 0) {
      continue;
    }
    std::string text = print(count, kUnits[i].name);
    // Milliseconds matter only alone.
    if (i + 1 < kUnits.size() - 1) {
      const auto rest = (duration % kUnits[i].length) / kUnits[i + 1].length;
      if (rest != 0) {
        text += " " + print(rest, kUnits[i + 1].name);
      }
    }
    return text;
  }
  return "0 s";
}

Time SystemClock::now() const {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

}  // namespace cmgmon::base
