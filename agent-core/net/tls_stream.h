#pragma once
// TLS over a TcpStream. OpenSSL works on memory only, so that each call keeps its deadline. Only for this room.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/tcp_stream.h"
#include "net/tls.h"

namespace cmgmon::net {

class TlsStream {
 public:
  static base::Result<TlsStream> handshake(TcpStream tcp, std::shared_ptr<const TlsContext> context,
                                           const std::string& host, Deadline deadline);
  TlsStream(TlsStream&&) noexcept;
  TlsStream& operator=(TlsStream&&) noexcept;
  ~TlsStream();

  const Endpoint& endpoint() const;
  base::Result<std::size_t> read(std::span<char> into, Deadline deadline);  // 0: close_notify
  base::Result<void> write(std::string_view bytes, Deadline deadline);
  bool readable_now();
  void shut_down(Deadline deadline);
  std::string peer_name() const;
  std::string version() const;

 private:
  struct Impl;
  explicit TlsStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::net
