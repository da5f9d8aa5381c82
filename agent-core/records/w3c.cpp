#include "records/w3c.h"

#include <array>

#include "base/text.h"
#include "records/encoding.h"

namespace cmgmon::records {

namespace {

constexpr auto npos = std::string_view::npos;

// Between the words of a directive; values in the lines are separated by one blank.
constexpr std::string_view kBlanks = " \t";

bool starts_with_ignore_case(std::string_view text, std::string_view start) {
  return base::equals_ignore_case(text.substr(0, start.size()), start);
}

}  // namespace

bool W3cReader::is_directive(std::string_view line) {
  static constexpr std::array<std::string_view, 4> kDirectives = {
      "#software:", "#version:", "#date:", "#fields:"};
  for (const std::string_view name : kDirectives) {
    if (starts_with_ignore_case(line, name)) {
      return true;
    }
  }
  return false;
}

void W3cReader::directive(std::string_view line) {
  constexpr std::string_view kFields = "#fields:";
  constexpr std::string_view kDate = "#date:";
  if (starts_with_ignore_case(line, kFields)) {
    set_fields(base::trim(line.substr(kFields.size())));
  } else if (starts_with_ignore_case(line, kDate)) {
    const std::string_view value = base::trim(line.substr(kDate.size()));
    const std::size_t blank = value.find_first_of(kBlanks);
    day_ = read_w3c_date(value.substr(0, blank));
    last_clock_ = blank == npos ? std::nullopt : read_w3c_time(base::trim(value.substr(blank)));
  }
}

void W3cReader::set_fields(std::string_view list) {
  names_.clear();
  date_column_ = kNone;
  time_column_ = kNone;
  while (!list.empty() && names_.size() < kMaxW3cColumns) {
    const std::size_t end = list.find_first_of(kBlanks);
    const std::string_view name = list.substr(0, end);
    if (date_column_ == kNone && base::equals_ignore_case(name, "date")) {
      date_column_ = names_.size();
    }
    if (time_column_ == kNone && base::equals_ignore_case(name, "time")) {
      time_column_ = names_.size();
    }
    names_.push_back(decode(name).text);
    list = end == npos ? std::string_view() : base::trim(list.substr(end));
  }
}

// Rows are seen, also in Microsoft's articles, with one number more behind time-taken than the header names. They are
// read when the columns are where they should be: a blank too many further left would have moved the Referer, or
// another text, to sc-status.
bool W3cReader::forgives(std::string_view surplus) const {
  const auto is_number = [](std::string_view text) {
    return !text.empty() && text.size() <= 20 && text.find_first_not_of("0123456789") == npos;
  };
  if (!base::equals_ignore_case(names_.back(), "time-taken") || !is_number(surplus) ||
      !is_number(columns_.back().second)) {
    return false;
  }
  for (const Column& column : columns_) {
    if (base::equals_ignore_case(column.first, "sc-status") &&
        (column.second.size() != 3 || !is_number(column.second))) {
      return false;
    }
  }
  return true;
}

bool W3cReader::read(std::string_view line) {
  columns_.clear();
  stamp_ = {};
  if (names_.empty()) {
    return false;
  }
  std::string_view rest = line;
  while (true) {
    // Two blanks in a row are an empty value between them: IIS writes so for some user names.
    const std::size_t end = rest.find(' ');
    if (columns_.size() == names_.size()) {
      if (!forgives(rest)) {
        return false;
      }
      break;
    }
    columns_.emplace_back(names_[columns_.size()], rest.substr(0, end));
    if (end == npos) {
      break;
    }
    rest.remove_prefix(end + 1);
    if (rest.empty() && columns_.size() == names_.size()) {
      break;  // a blank at the end of the line
    }
  }
  if (columns_.size() != names_.size()) {
    return false;
  }
  const auto clock =
      time_column_ == kNone ? std::nullopt : read_w3c_time(columns_[time_column_].second);
  if (!clock) {
    return true;
  }
  if (date_column_ != kNone) {
    if (const auto day = read_w3c_date(columns_[date_column_].second)) {
      stamp_ = {base::Time(*day) + *clock, TimeConfidence::kExact};
    }
    return true;
  }
  if (day_) {
    if (last_clock_ && *clock + std::chrono::hours(12) < *last_clock_) {
      *day_ += std::chrono::days(1);
    }
    last_clock_ = clock;
    stamp_ = {base::Time(*day_) + *clock, TimeConfidence::kExact};
  }
  return true;
}

void W3cReader::save(base::Writer& writer) const {
  std::string fields;
  for (const std::string& name : names_) {
    fields += (fields.empty() ? "" : " ") + name;
  }
  writer.text(fields);
  writer.time(day_ ? std::optional<base::Time>(*day_) : std::nullopt);
  writer.option(last_clock_, [&](base::Duration clock) { writer.integer(clock.count()); });
}

void W3cReader::load(base::Reader& reader) {
  set_fields(reader.view());
  const auto day = reader.optional_time();
  day_ = day ? std::optional(std::chrono::floor<std::chrono::days>(*day)) : std::nullopt;
  constexpr base::Duration kDay = std::chrono::days(1);
  last_clock_ =
      reader.option([&] { return base::Duration(reader.integer_within(0, kDay.count())); });
}

}  // namespace cmgmon::records
