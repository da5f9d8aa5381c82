#include "net/line_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "net/tcp_stream.h"
#include "net/tls_stream.h"

namespace cmgmon::net {

struct LineConnection::Impl {
  // One of the two.
  std::optional<TcpStream> tcp;
  std::optional<TlsStream> tls;
  std::string kept;  // read, but not yet asked for
  bool ended = false;

  const Endpoint& endpoint() const { return tls ? tls->endpoint() : tcp->endpoint(); }

  base::Result<std::size_t> read_on(std::span<char> into, Deadline deadline) {
    return tls ? tls->read(into, deadline) : tcp->read(into, deadline);
  }
};

LineConnection::LineConnection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LineConnection::LineConnection(LineConnection&&) noexcept = default;
LineConnection& LineConnection::operator=(LineConnection&&) noexcept = default;
LineConnection::~LineConnection() = default;

base::Result<LineConnection> LineConnection::connect(const Endpoint& endpoint, Deadline deadline) {
  auto tcp = TcpStream::connect(endpoint, deadline);
  if (!tcp) {
    return tcp.error();
  }
  auto impl = std::make_unique<Impl>();
  impl->tcp = std::move(*tcp);
  return LineConnection(std::move(impl));
}

base::Result<void> LineConnection::start_tls(std::shared_ptr<const TlsContext> context,
                                             const std::string& host, Deadline deadline) {
  if (!impl_->kept.empty()) {
    // What came before the handshake was not protected: somebody may have put it there.
    return base::Error{
        base::ErrorKind::kAccessDenied, 0,
        describe(impl_->endpoint()) + " sent text ahead of the TLS handshake",
        "Somebody may tamper with the connection; check the server and the way to it"};
  }
  auto tls = TlsStream::handshake(std::move(*impl_->tcp), std::move(context), host, deadline);
  impl_->tcp.reset();
  if (!tls) {
    return tls.error();
  }
  impl_->tls = std::move(*tls);
  return {};
}

base::Result<void> LineConnection::write(std::string_view bytes, Deadline deadline) {
  return impl_->tls ? impl_->tls->write(bytes, deadline) : impl_->tcp->write(bytes, deadline);
}

base::Result<std::size_t> LineConnection::read(std::span<char> into, Deadline deadline) {
  if (!impl_->kept.empty()) {
    const std::size_t count = std::min(into.size(), impl_->kept.size());
    std::memcpy(into.data(), impl_->kept.data(), count);
    impl_->kept.erase(0, count);
    return count;
  }
  return impl_->ended ? std::size_t{0} : impl_->read_on(into, deadline);
}

base::Result<std::string> LineConnection::read_line(std::size_t max_bytes, Deadline deadline) {
  std::size_t looked = 0;
  for (;;) {
    const std::size_t end = impl_->kept.find('\n', looked);
    if (end != std::string::npos && end <= max_bytes + 1) {
      std::string line = impl_->kept.substr(0, end);
      impl_->kept.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') {
        line.pop_back();
      }
      if (line.size() <= max_bytes) {
        return line;
      }
    }
    if (end != std::string::npos || impl_->kept.size() > max_bytes + 1) {
      return base::Error{base::ErrorKind::kIo, 0,
                         fmt::format("{} sent a line of more than {} bytes",
                                     describe(impl_->endpoint()), max_bytes),
                         "Check that the right server listens on this port"};
    }
    looked = impl_->kept.size();
    std::array<char, 4096> buffer{};
    const auto count = impl_->ended ? std::size_t{0} : impl_->read_on(buffer, deadline);
    if (!count) {
      return count.error();
    }
    if (*count == 0) {
      return base::Error{base::ErrorKind::kIo, 0,
                         describe(impl_->endpoint()) + " ended the connection without an answer",
                         "Check the server's log"};
    }
    impl_->kept.append(buffer.data(), *count);
  }
}

bool LineConnection::closed_by_peer() {
  constexpr std::size_t kMostKept = 65536;
  while (!impl_->ended && impl_->kept.size() < kMostKept &&
         (impl_->tls ? impl_->tls->readable_now() : impl_->tcp->readable_now())) {
    std::array<char, 4096> buffer{};
    // Half a TLS record may be all that is there: a moment, not more.
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    const auto count = impl_->read_on(buffer, soon);
    if (!count && count.error().kind == base::ErrorKind::kBusy) {
      break;
    }
    if (!count || *count == 0) {
      impl_->ended = true;
    } else {
      impl_->kept.append(buffer.data(), *count);
    }
  }
  return impl_->ended;
}

void LineConnection::shut_down(Deadline deadline) {
  if (impl_->tls) {
    impl_->tls->shut_down(deadline);
  } else if (impl_->tcp) {
    impl_->tcp->shut_down();
  }
}

std::string LineConnection::peer_name() const {
  return impl_->tls ? impl_->tls->peer_name() : std::string();
}

std::string LineConnection::tls_version() const {
  return impl_->tls ? impl_->tls->version() : std::string();
}

}  // namespace cmgmon::net
