#pragma once
// What this process has cost so far.

#include <chrono>
#include <cstdint>
#include <optional>

namespace cmgmon::bench {

struct Usage {
  std::chrono::microseconds cpu{};
  std::optional<std::uint64_t> switches;  // times a thread began to wait; Windows does not say
};

Usage usage_now();

}  // namespace cmgmon::bench
