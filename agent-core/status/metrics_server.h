#pragma once
// A very small HTTP server for monitoring on this machine: GET or HEAD of /metrics (Prometheus) and /healthz.
//
// It is made for few readers and takes nothing from them: one request per connection, at most kMaxRequestBytes, at most
// kPatience for the whole exchange (less for who says nothing while others wait), kMaxThreads at a time. A request whose
// Host names another machine is refused: a page in somebody's browser that was made to resolve to this address must not
// read it.
//
// Errors:  start() fails when the address cannot be listened on. Afterwards a request that goes wrong is answered or
//          dropped, and nobody hears of it.
// Threads: its own; the destructor waits for them, shorter than kPatience.
// Life:    the board outlives it.
// Tests:   tests/unit/status/metrics_server_test.cpp

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "status/status_board.h"

namespace cmgmon::status {

inline constexpr std::size_t kMaxRequestBytes = 8U << 10U;
inline constexpr std::chrono::seconds kPatience{5};
inline constexpr int kMaxThreads = 3;  // that serve
// /healthz answers 503 when the agent has not taken stock of itself for so long.
inline constexpr std::chrono::seconds kHealthyFor{90};

struct ListenOptions {
  std::string address = "127.0.0.1";  // an IP address
  std::uint16_t port = 0;             // 0: the system picks one
  std::string host;                   // of this machine; requests may name it
  std::chrono::milliseconds patience = kPatience;
};

class MetricsServer {
 public:
  static base::Result<std::unique_ptr<MetricsServer>> start(ListenOptions options,
                                                            StatusBoard& board,
                                                            const base::Clock& clock);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  std::uint16_t port() const;

 private:
  class Impl;
  explicit MetricsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Only this machine can reach the address.
bool is_loopback(const std::string& address);

// Whether a request may come in under this Host header: an IP address, localhost, or the name of this machine, with or
// without its domain.
bool is_own_host(const std::string& host_header, const std::string& own_name);

}  // namespace cmgmon::status
