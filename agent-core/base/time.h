#pragma once
// Points in time, always UTC, and the clock that the rooms are handed instead of asking the system.
//
// Units:   Time counts microseconds since 1970-01-01T00:00:00Z; CCM's 7-digit fractions are cut to
// six. Threads: Clock implementations may be called from any thread.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cmgmon::base {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<Duration>;

// "2026-11-22T12:34:56.789Z": RFC 3339, milliseconds; microseconds only when they are not zero.
std::string to_rfc3339(Time time);

// Reads what to_rfc3339 writes, and any RFC 3339 offset. nullopt for anything else.
std::optional<Time> from_rfc3339(std::string_view text);

// "26 days 15 h", "2 h 5 min", "12 s": the two largest units, for people.
std::string describe_duration(Duration duration);

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
};

}  // namespace cmgmon::base
