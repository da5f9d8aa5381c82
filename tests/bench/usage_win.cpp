#include <windows.h>

#include "usage.h"

namespace cmgmon::bench {

Usage usage_now() {
  FILETIME created{};
  FILETIME ended{};
  FILETIME kernel{};
  FILETIME user{};
  GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user);
  const auto span = [](const FILETIME& time) {  // in 100 ns
    const auto ticks = (std::uint64_t{time.dwHighDateTime} << 32U) | time.dwLowDateTime;
    return std::chrono::microseconds(ticks / 10);
  };
  return {span(kernel) + span(user), std::nullopt};
}

}  // namespace cmgmon::bench
