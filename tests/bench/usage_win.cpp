#include <windows.h>

#include "usage.h"

namespace cmgmon::bench {

namespace {

std::chrono::microseconds span_of(const FILETIME& time) {
  const std::uint64_t ticks = (std::uint64_t{time.dwHighDateTime} << 32U) | time.dwLowDateTime;
  return std::chrono::microseconds(ticks / 10);
}

}  // namespace

Usage usage_now() {
  FILETIME begin{};
  FILETIME end{};
  FILETIME kernel{};
  FILETIME user{};
  GetProcessTimes(GetCurrentProcess(), &begin, &end, &kernel, &user);
  return {span_of(kernel) + span_of(user), std::nullopt};
}

}  // namespace cmgmon::bench
