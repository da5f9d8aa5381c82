#pragma once
// Lines of a W3C extended log (IIS), read by the header that stands before them.
//
// Life:    columns() are views of the line and of the header; they die at the next call.
// Source:  docs/formats.md, "W3C".     Tests: tests/unit/records/w3c_test.cpp

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec.h"
#include "base/time.h"
#include "records/record.h"
#include "records/timestamp.h"

namespace cmgmon::records {

inline constexpr std::size_t kMaxW3cColumns = 256;

class W3cReader {
 public:
  // "#Software:", "#Version:", "#Date:" or "#Fields:".
  static bool is_directive(std::string_view line);

  // A line that starts with '#'.
  void directive(std::string_view line);
  // False when the line has not the columns of the header. One number too many behind time-taken is overlooked.
  bool read(std::string_view line);

  std::span<const Column> columns() const { return columns_; }
  // Of the header; empty: there was none.
  const std::vector<std::string>& names() const { return names_; }
  // A row says all of its time itself.
  bool dates_every_row() const { return date_column_ != kNone; }
  UtcStamp stamp() const { return stamp_; }

  void save(base::Writer& writer) const;
  void load(base::Reader& reader);

 private:
  void set_fields(std::string_view list);
  bool forgives(std::string_view surplus) const;

  static constexpr std::size_t kNone = std::string_view::npos;
  std::vector<std::string> names_;
  std::size_t date_column_ = kNone;
  std::size_t time_column_ = kNone;
  std::optional<std::chrono::sys_days> day_;  // from #Date, for logs without a date column
  std::optional<base::Duration> last_clock_;  // of the line before, to notice midnight
  std::vector<Column> columns_;
  UtcStamp stamp_;
};

}  // namespace cmgmon::records
