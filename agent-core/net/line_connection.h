#pragma once
// A stream of bytes to a server: TCP, and TLS on top when wanted, from the start or later (STARTTLS).
//
// Every call has a deadline that covers all of it, however slowly the other side trickles, or the system resolves the name.
//
// Errors:  each says the reason (refused, expired certificate) and a remedy; a passed deadline is kBusy. After an error,
//          and after read() said 0, the connection is of no use.
// Threads: one at a time.
// Tests:   tests/unit/net/line_connection_test.cpp

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/tls.h"

namespace cmgmon::net {

using Deadline = std::chrono::steady_clock::time_point;

struct Endpoint {
  std::string host;  // a name or an address, IPv6 without brackets
  std::uint16_t port = 0;
};
// "host:port", with brackets around an IPv6 address; printable.
std::string describe(const Endpoint& endpoint);

// How many threads of this process wait for the system to resolve a name. Nobody waits for them, so the end of the process
// must not run destructors of statics while there are any.
int names_being_resolved();

class LineConnection {
 public:
  // Tries the host's addresses one after the other.
  static base::Result<LineConnection> connect(const Endpoint& endpoint, Deadline deadline);
  LineConnection(LineConnection&&) noexcept;
  LineConnection& operator=(LineConnection&&) noexcept;
  ~LineConnection();

  // From here on everything is encrypted. `host` is the name that the certificate must have.
  base::Result<void> start_tls(std::shared_ptr<const TlsContext> context, const std::string& host,
                               Deadline deadline);

  base::Result<void> write(std::string_view bytes, Deadline deadline);  // all of them
  // What is there, at least one byte; 0: the other side has closed properly.
  base::Result<std::size_t> read(std::span<char> into, Deadline deadline);
  // Up to LF, without it and a CR before it. A longer line, or an end of the stream within it, is an error.
  base::Result<std::string> read_line(std::size_t max_bytes, Deadline deadline);

  // Whether the other side has closed or reset the connection, as far as is known now. Does not wait. Only for protocols
  // in which the server does not speak first: bytes that it sent are kept for read().
  bool closed_by_peer();
  // Tells the other side that nothing more comes (close_notify, then the end of the stream).
  void shut_down(Deadline deadline);

  std::string peer_name() const;    // of the server's certificate, printable; empty without TLS
  std::string tls_version() const;  // "TLSv1.3"; empty without TLS

 private:
  struct Impl;
  explicit LineConnection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::net
