#pragma once
// What this process has cost so far.

#include <chrono>
#include <cstdint>

namespace cmgmon::bench {

struct Usage {
  std::chrono::microseconds cpu{};
  std::uint64_t switches = 0;  // times a thread began to wait
};

Usage usage_now();

}  // namespace cmgmon::bench
