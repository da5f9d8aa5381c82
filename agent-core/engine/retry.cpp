#include "engine/retry.h"

#include <algorithm>

namespace cmgmon::engine {

using std::chrono::milliseconds;

milliseconds back_off_ceiling(int failures, const RetryLimits& limits) {
  milliseconds ceiling = limits.first;
  for (int failure = 1; failure < failures && ceiling < limits.longest; ++failure) {
    ceiling *= 2;
  }
  return std::min(ceiling, limits.longest);
}

milliseconds next_pause(int failures, std::optional<milliseconds> named, const RetryLimits& limits,
                        std::minstd_rand& random) {
  const auto pick = [&](milliseconds least, milliseconds most) {
    std::uniform_int_distribution<milliseconds::rep> any(least.count(),
                                                         std::max(least, most).count());
    return milliseconds(any(random));
  };
  if (named) {
    const milliseconds least = std::clamp(*named, limits.floor, limits.longest_named);
    return pick(least, least + least / 10);
  }
  return pick(limits.floor, back_off_ceiling(failures, limits));
}

}  // namespace cmgmon::engine
