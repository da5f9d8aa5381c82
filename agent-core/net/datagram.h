#pragma once
// Datagrams (UDP) to one receiver. Nobody says whether they arrive.
//
// Errors:  the name is not known, or the system refuses; a receiver that is not there may show at a later datagram.
// Threads: one at a time.   Tests: tests/unit/net/datagram_test.cpp, tests/unit/sinks/syslog_sink_test.cpp

#include <memory>
#include <string_view>

#include "base/result.h"
#include "net/line_connection.h"

namespace cmgmon::net {

class Datagrams {
 public:
  // The first of the host's addresses, of IPv4 if there is one: nothing would say that the other is not listened on.
  static base::Result<Datagrams> to(const Endpoint& endpoint, Deadline deadline);
  Datagrams(Datagrams&&) noexcept;
  Datagrams& operator=(Datagrams&&) noexcept;
  ~Datagrams();

  base::Result<void> send(std::string_view bytes);  // as one

 private:
  struct Impl;
  explicit Datagrams(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::net
