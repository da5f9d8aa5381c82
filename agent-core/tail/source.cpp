#include "tail/source.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"
#include "tail/glob.h"

namespace cmgmon::tail {

namespace {

// Orders sort as text: '!' before digits before '~'.
constexpr const char* kLiveOrder = "~";

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int two_digits(std::string_view text, std::size_t at) {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

bool ends_with_ignore_case(std::string_view text, std::string_view end) {
  return text.size() > end.size() &&
         base::equals_ignore_case(text.substr(text.size() - end.size()), end);
}

// "-YYYYMMDD-HHMMSS" at the end of a stem: the digits, else "".
std::string stamp_of(std::string_view stem) {
  constexpr std::size_t kLength = 16;
  if (stem.size() <= kLength) {
    return {};
  }
  const std::string_view stamp = stem.substr(stem.size() - kLength);
  const std::string_view day = stamp.substr(1, 8);
  const std::string_view time = stamp.substr(10);
  if (stamp[0] != '-' || stamp[9] != '-' || !all_digits(day) || !all_digits(time)) {
    return {};
  }
  const int month = two_digits(day, 4);
  const int day_of_month = two_digits(day, 6);
  if (month < 1 || month > 12 || day_of_month < 1 || day_of_month > 31 ||
      two_digits(time, 0) > 23 || two_digits(time, 2) > 59 || two_digits(time, 4) > 60) {
    return {};
  }
  return std::string(day) + std::string(time);
}

// A file that its log was renamed or copied to, without a date: the name of the log and the place among several.
bool undated_backup(std::string_view name, std::string& live_name, std::string& order) {
  order = "!99";
  // The G of the log's extension is written as the O of the backup's.
  const auto with_g = [](std::string_view lo) {
    return std::string(lo) + (lo.back() == 'O' ? 'G' : 'g');
  };
  if (ends_with_ignore_case(name, ".log.lo_")) {
    live_name = std::string(name.substr(0, name.size() - 4));
    return true;
  }
  if (ends_with_ignore_case(name, ".log.lo")) {
    live_name = std::string(name.substr(0, name.size() - 3));
    return true;
  }
  if (ends_with_ignore_case(name, ".lo_")) {
    live_name = with_g(name.substr(0, name.size() - 1));
    return true;
  }
  if (ends_with_ignore_case(name, ".lo")) {
    live_name = with_g(name);
    return true;
  }
  // x.log.1 is newer than x.log.2.
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || !ends_with_ignore_case(name.substr(0, dot), ".log")) {
    return false;
  }
  const std::string_view number = name.substr(dot + 1);
  if (!all_digits(number) || number.size() > 2 || number[0] == '0') {
    return false;
  }
  const int value = number.size() == 1 ? number[0] - '0' : two_digits(number, 0);
  live_name = std::string(name.substr(0, dot));
  order = "!" + std::string(99 - value < 10 ? "0" : "") + std::to_string(99 - value);
  return true;
}

// IIS: ex and u_ex with YYMM, YYMMDD or YYMMDDHH (months, days and weeks, hours), u_extend with a number.
bool iis_name(std::string_view name, SiblingName& sibling) {
  if (!ends_with_ignore_case(name, ".log")) {
    return false;
  }
  const std::size_t prefix = base::equals_ignore_case(name.substr(0, 2), "u_") ? 2 : 0;
  if (!base::equals_ignore_case(name.substr(prefix, 2), "ex")) {
    return false;
  }
  std::size_t start = prefix + 2;
  const bool by_size = base::equals_ignore_case(name.substr(start, 4), "tend");
  start += by_size ? 4 : 0;
  std::size_t end = start;
  while (end < name.size() && name[end] >= '0' && name[end] <= '9') {
    ++end;
  }
  const std::string_view digits = name.substr(start, end - start);
  const std::string_view rest = name.substr(end);
  if (!base::equals_ignore_case(rest, ".log") && !base::equals_ignore_case(rest, "_x.log")) {
    return false;
  }
  if (by_size) {
    if (digits.empty() || digits.size() > 10) {
      return false;
    }
    sibling.order = std::string(10 - digits.size(), '0') + std::string(digits);
  } else {
    if ((digits.size() != 4 && digits.size() != 6 && digits.size() != 8) ||
        two_digits(digits, 2) < 1 || two_digits(digits, 2) > 12) {
      return false;
    }
    sibling.order = std::string(digits);
  }
  sibling.live_name = std::string(name.substr(0, start)) + "*" + std::string(rest);
  sibling.live = true;
  sibling.dated = true;
  return true;
}

}  // namespace

std::optional<std::map<std::string, std::string>> match_glob(std::string_view glob,
                                                             std::string_view path) {
  Glob::Captures captures;
  if (!Glob(glob).matches(path, &captures)) {
    return std::nullopt;
  }
  return captures;
}

SiblingName sibling_name(std::string_view file_name) {
  SiblingName sibling;
  if (iis_name(file_name, sibling)) {
    return sibling;
  }
  std::string live_name(file_name);
  std::string backup_order;
  const bool backup = undated_backup(file_name, live_name, backup_order);
  if (ends_with_ignore_case(live_name, ".log")) {
    const std::string_view stem = std::string_view(live_name).substr(0, live_name.size() - 4);
    if (const std::string stamp = stamp_of(stem); !stamp.empty()) {
      // The backup of a dated log (ccmsetup has them) is just older than that log.
      sibling.order = stamp + (backup ? backup_order : kLiveOrder);
      sibling.live_name =
          std::string(stem.substr(0, stem.size() - 16)) + live_name.substr(stem.size());
      sibling.live = false;
      sibling.dated = true;
      return sibling;
    }
  }
  sibling.live_name = live_name;
  sibling.live = !backup;
  sibling.order = backup ? backup_order : kLiveOrder;
  return sibling;
}

}  // namespace cmgmon::tail
