#include "net/tcp_stream.h"

#include <Poco/Net/Net.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace cmgmon::net {

namespace {

using std::chrono::steady_clock;

// Windows has no such signal and no such flag.
#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

base::Error failed(const Endpoint& endpoint, const std::string& why, const std::string& remedy) {
  return {base::ErrorKind::kIo, 0, fmt::format("{} {}", describe(endpoint), why), remedy};
}

base::Error timed_out(const Endpoint& endpoint) {
  return {base::ErrorKind::kBusy, 0, describe(endpoint) + " did not answer in time",
          "Check that the server runs and that no firewall drops the connection"};
}

base::Error broken(const Endpoint& endpoint, const Poco::Exception& exception) {
  if (dynamic_cast<const Poco::Net::ConnectionRefusedException*>(&exception) != nullptr) {
    return failed(endpoint, "refused the connection",
                  "Check that the server runs and listens on this port");
  }
  if (dynamic_cast<const Poco::Net::ConnectionResetException*>(&exception) != nullptr ||
      dynamic_cast<const Poco::Net::ConnectionAbortedException*>(&exception) != nullptr) {
    return failed(endpoint, "cut the connection",
                  "Check the server's log; a proxy or firewall between may do that, too");
  }
  if (dynamic_cast<const Poco::TimeoutException*>(&exception) != nullptr) {
    return timed_out(endpoint);
  }
  return failed(endpoint, "cannot be reached: " + base::printable(exception.displayText()),
                "Check name, port, routing and firewall");
}

// Nothing when the deadline has passed.
Poco::Timespan left_until(Deadline deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::microseconds>(deadline - steady_clock::now());
  return Poco::Timespan(std::max<Poco::Timespan::TimeDiff>(left.count(), 0));
}

}  // namespace

std::string describe(const Endpoint& endpoint) {
  const std::string host = base::printable(endpoint.host);
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, endpoint.port)
                                             : fmt::format("[{}]:{}", host, endpoint.port);
}

struct TcpStream::Impl {
  Endpoint endpoint;
  Poco::Net::StreamSocket socket;
};

TcpStream::TcpStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TcpStream::TcpStream(TcpStream&&) noexcept = default;
TcpStream& TcpStream::operator=(TcpStream&&) noexcept = default;
TcpStream::~TcpStream() = default;

const Endpoint& TcpStream::endpoint() const {
  return impl_->endpoint;
}

base::Result<TcpStream> TcpStream::connect(const Endpoint& endpoint, Deadline deadline,
                                           NameResolution& names) {
  try {
    static const bool kStarted = (Poco::Net::initializeNetwork(), true);
    static_cast<void>(kStarted);
  } catch (const Poco::Exception& exception) {
    return broken(endpoint, exception);
  }
  const auto addresses = names.addresses_of(endpoint.host, deadline);
  if (!addresses) {
    return addresses.error();
  }
  base::Error error = timed_out(endpoint);
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    // An address that drops everything must leave time for the next one.
    const auto share = Poco::Timespan(left_until(deadline).totalMicroseconds() /
                                      static_cast<Poco::Timespan::TimeDiff>(addresses->size() - i));
    if (share.totalMicroseconds() == 0) {
      break;
    }
    try {
      auto impl = std::make_unique<Impl>();
      impl->endpoint = endpoint;
      impl->socket.connect(Poco::Net::SocketAddress((*addresses)[i], endpoint.port), share);
      impl->socket.setNoDelay(true);
      impl->socket.setBlocking(false);
      return TcpStream(std::move(impl));
    } catch (const Poco::Exception& exception) {
      error = broken(endpoint, exception);
    }
  }
  return error;
}

base::Result<std::size_t> TcpStream::read(std::span<char> into, Deadline deadline) {
  try {
    for (;;) {
      if (!impl_->socket.poll(left_until(deadline), Poco::Net::Socket::SELECT_READ)) {
        return timed_out(impl_->endpoint);
      }
      const int size = static_cast<int>(std::min<std::size_t>(into.size(), 1U << 20U));
      if (const int count = impl_->socket.receiveBytes(into.data(), size); count >= 0) {
        return static_cast<std::size_t>(count);
      }
    }
  } catch (const Poco::Exception& exception) {
    return broken(impl_->endpoint, exception);
  }
}

base::Result<void> TcpStream::write(std::string_view bytes, Deadline deadline) {
  try {
    while (!bytes.empty()) {
      if (!impl_->socket.poll(left_until(deadline), Poco::Net::Socket::SELECT_WRITE)) {
        return timed_out(impl_->endpoint);
      }
      int count = 0;
      try {
        const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 20U));
        count = impl_->socket.sendBytes(bytes.data(), size, kSendFlags);
      } catch (const Poco::TimeoutException&) {
        count = 0;  // no room after all
      }
      bytes.remove_prefix(static_cast<std::size_t>(std::max(count, 0)));
    }
    return {};
  } catch (const Poco::Exception& exception) {
    return broken(impl_->endpoint, exception);
  }
}

bool TcpStream::readable_now() {
  try {
    return impl_->socket.poll(Poco::Timespan(0),
                              Poco::Net::Socket::SELECT_READ | Poco::Net::Socket::SELECT_ERROR);
  } catch (const Poco::Exception&) {
    return true;
  }
}

void TcpStream::shut_down() {
  try {
    impl_->socket.shutdownSend();
  } catch (const Poco::Exception&) {
    // The other side was faster.
  }
}

}  // namespace cmgmon::net
