#pragma once
// A TCP connection whose every call has a deadline; only for this room (line_connection.h is for others).
//
// Errors:  each names the endpoint and the reason.   Threads: one at a time.

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "net/line_connection.h"
#include "net/name_resolution.h"

namespace cmgmon::net {

class TcpStream {
 public:
  static base::Result<TcpStream> connect(const Endpoint& endpoint, Deadline deadline,
                                         NameResolution& names = NameResolution::of_system());
  TcpStream(TcpStream&&) noexcept;
  TcpStream& operator=(TcpStream&&) noexcept;
  ~TcpStream();

  const Endpoint& endpoint() const;
  base::Result<std::size_t> read(std::span<char> into, Deadline deadline);  // 0: end of the stream
  base::Result<void> write(std::string_view bytes, Deadline deadline);      // all of them
  bool readable_now();  // bytes, an end or an error wait
  void shut_down();     // our end of the stream

 private:
  struct Impl;
  explicit TcpStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::net
