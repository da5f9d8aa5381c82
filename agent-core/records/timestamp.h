#pragma once
// The times that records carry, and how local ones become UTC.
//
// Units:   UTC = local time + bias; the bias is in minutes with the sign of Windows (New York in summer is +240), the
//          opposite of ISO 8601.
// Errors:  text that is no time is nullopt.
// Source:  docs/formats.md, "Time".     Tests: tests/unit/records/timestamp_test.cpp

#include <chrono>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "records/record.h"

namespace cmgmon::records {

// False for a number of minutes that no time zone is away from Greenwich.
bool is_bias(std::chrono::minutes bias);

struct LocalStamp {
  base::Time local;                          // the clock on the wall, as if it were UTC
  std::optional<std::chrono::minutes> bias;  // absent: none written, or one that claims nothing
  bool bias_is_exact = false;
};

// CCM: date "M-D-YYYY", time "H:MM:SS[.fraction][bias]".
std::optional<LocalStamp> read_ccm_stamp(std::string_view date, std::string_view time);
// Site server: "MM-DD-YYYY HH:MM:SS.mmm+bias".
std::optional<LocalStamp> read_site_server_stamp(std::string_view text);

// W3C: "YYYY-MM-DD" and "HH:MM:SS[.fraction]".
std::optional<std::chrono::sys_days> read_w3c_date(std::string_view text);
std::optional<base::Duration> read_w3c_time(std::string_view text);

struct UtcStamp {
  std::optional<base::Time> time;
  TimeConfidence confidence = TimeConfidence::kNone;
};

// Remembers the newest exact bias of a stream, for its records that carry none.
class BiasMemory {
 public:
  UtcStamp to_utc(const std::optional<LocalStamp>& stamp);

  const std::optional<std::chrono::minutes>& last() const { return last_; }
  void set_last(std::optional<std::chrono::minutes> last) { last_ = last; }

 private:
  std::optional<std::chrono::minutes> last_;
};

// Clocks of other machines may be ahead of ours by this much before a time is not believed.
inline constexpr std::chrono::minutes kFutureTolerance{5};
UtcStamp clamp_to(const UtcStamp& stamp, base::Time now);

}  // namespace cmgmon::records
