#include "net/datagram.h"

#include <Poco/Net/DatagramSocket.h>
#include <Poco/Net/Net.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "net/name_resolution.h"

namespace cmgmon::net {

struct Datagrams::Impl {
  Endpoint endpoint;
  Poco::Net::DatagramSocket socket;
};

Datagrams::Datagrams(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Datagrams::Datagrams(Datagrams&&) noexcept = default;
Datagrams& Datagrams::operator=(Datagrams&&) noexcept = default;
Datagrams::~Datagrams() = default;

base::Result<Datagrams> Datagrams::to(const Endpoint& endpoint, Deadline deadline) {
  try {
    static const bool kStarted = (Poco::Net::initializeNetwork(), true);
    static_cast<void>(kStarted);
    const auto addresses = NameResolution::of_system().addresses_of(endpoint.host, deadline);
    if (!addresses) {
      return addresses.error();
    }
    const auto old = std::find_if(addresses->begin(), addresses->end(), [](const auto& address) {
      return address.family() == Poco::Net::IPAddress::IPv4;
    });
    const Poco::Net::SocketAddress address(old != addresses->end() ? *old : addresses->front(),
                                           endpoint.port);
    auto impl = std::make_unique<Impl>(Impl{endpoint, Poco::Net::DatagramSocket(address.family())});
    impl->socket.connect(address);
    return Datagrams(std::move(impl));
  } catch (const Poco::Exception& exception) {
    return base::Error{base::ErrorKind::kIo, 0,
                       fmt::format("{} cannot be reached: {}", describe(endpoint),
                                   base::printable(exception.displayText())),
                       "Check name, port, routing and firewall"};
  }
}

base::Result<void> Datagrams::send(std::string_view bytes) {
  try {
    const int sent = impl_->socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
    if (sent == static_cast<int>(bytes.size())) {
      return {};
    }
    return base::Error{base::ErrorKind::kIo, 0,
                       fmt::format("a message to {} was cut off", describe(impl_->endpoint)),
                       "Send it over tcp or tls, which have no such limit"};
  } catch (const Poco::Exception& exception) {
    return base::Error{base::ErrorKind::kIo, 0,
                       fmt::format("{} does not take datagrams: {}", describe(impl_->endpoint),
                                   base::printable(exception.displayText())),
                       "Check that the server runs and listens on this port"};
  }
}

}  // namespace cmgmon::net
