#include "usage.h"

#include <sys/resource.h>

namespace cmgmon::bench {

Usage usage_now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto span = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return {span(usage.ru_utime) + span(usage.ru_stime), static_cast<std::uint64_t>(usage.ru_nvcsw)};
}

}  // namespace cmgmon::bench
