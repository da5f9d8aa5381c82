#pragma once
// How long to wait before a sink is tried again.
//
// Exponential with full jitter, because thousands of agents that lost the same receiver must not come back in step: any
// time up to 1 s, 2 s, 4 s, ... 5 min. A receiver that names a time gets at least that, and a little jitter.
//
// Source:  "Exponential Backoff And Jitter", AWS Architecture Blog.     Tests: tests/unit/engine/retry_test.cpp

#include <chrono>
#include <optional>
#include <random>

namespace cmgmon::engine {

struct RetryLimits {
  std::chrono::milliseconds floor{50};  // a receiver that fails at once must not be asked in a loop
  std::chrono::milliseconds first{1000};
  std::chrono::milliseconds longest{300000};
  std::chrono::milliseconds longest_named{3600000};  // a receiver may not send us away for good
};

// The longest wait after that many failures in a row (1 or more).
std::chrono::milliseconds back_off_ceiling(int failures, const RetryLimits& limits);

std::chrono::milliseconds next_pause(int failures, std::optional<std::chrono::milliseconds> named,
                                     const RetryLimits& limits, std::minstd_rand& random);

}  // namespace cmgmon::engine
