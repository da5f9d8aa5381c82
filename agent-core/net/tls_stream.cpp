#include "net/tls_stream.h"

#include <Poco/Net/IPAddress.h>
#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/tls_impl.h"

namespace cmgmon::net {

namespace {

constexpr std::size_t kRecord = 16384;

std::string last_reason() {
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? "the connection broke" : text;
}

}  // namespace

struct TlsStream::Impl {
  TcpStream tcp;
  std::shared_ptr<const TlsContext> context;
  Handshake handshake;
  OpenSslPtr<SSL, SSL_free> ssl;
  BIO* incoming = nullptr;  // owned by ssl
  BIO* outgoing = nullptr;

  // What OpenSSL wants to send goes out.
  base::Result<void> flush(Deadline deadline) {
    std::array<char, kRecord> buffer{};
    while (BIO_ctrl_pending(outgoing) > 0) {
      const int count = BIO_read(outgoing, buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) {
        break;
      }
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
      if (auto sent = tcp.write(bytes, deadline); !sent) {
        return sent;
      }
    }
    return {};
  }

  // Something more from the other side; false at the end of the stream.
  base::Result<bool> feed(Deadline deadline) {
    std::array<char, kRecord> buffer{};
    const auto count = tcp.read(buffer, deadline);
    if (!count) {
      return count.error();
    }
    if (*count > 0) {
      BIO_write(incoming, buffer.data(), static_cast<int>(*count));
    }
    return *count > 0;
  }

  base::Error error(const std::string& why, std::string remedy) const {
    return {base::ErrorKind::kIo, 0, fmt::format("{}: {}", describe(tcp.endpoint()), why),
            std::move(remedy)};
  }

  base::Error cut() const {
    return error("the server cut the TLS connection",
                 "Check the server's log; a proxy or firewall between may do that, too");
  }

  base::Error handshake_error() const {
    if (handshake.refusal) {
      ERR_clear_error();
      base::Error told = *handshake.refusal;
      told.message = fmt::format("{}: {}", describe(tcp.endpoint()), told.message);
      return told;
    }
    const int why = ERR_GET_REASON(ERR_peek_error());
    if (why == SSL_R_UNSUPPORTED_PROTOCOL || why == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION ||
        why == SSL_R_WRONG_SSL_VERSION) {
      ERR_clear_error();
      return error("the server offers no TLS 1.2 or newer", "Switch TLS 1.2 or 1.3 on there");
    }
    if (why == SSL_R_WRONG_VERSION_NUMBER) {
      ERR_clear_error();
      return error("the server does not speak TLS on this port",
                   "Check the port, and http:// against https://");
    }
    return error("no TLS connection: " + last_reason(),
                 "Check the server's TLS settings; it may ask for a client certificate");
  }
};

TlsStream::TlsStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsStream::TlsStream(TlsStream&&) noexcept = default;
TlsStream& TlsStream::operator=(TlsStream&&) noexcept = default;
TlsStream::~TlsStream() = default;

const Endpoint& TlsStream::endpoint() const {
  return impl_->tcp.endpoint();
}

base::Result<TlsStream> TlsStream::handshake(TcpStream tcp,
                                             std::shared_ptr<const TlsContext> context,
                                             const std::string& host, Deadline deadline) {
  auto impl = std::unique_ptr<Impl>(new Impl{std::move(tcp), std::move(context), {}, nullptr});
  Poco::Net::IPAddress address;
  impl->handshake.host = host;
  impl->handshake.host_is_address = Poco::Net::IPAddress::tryParse(host, address);
  impl->ssl.reset(SSL_new(impl->context->impl().context.get()));
  SSL* ssl = impl->ssl.get();
  impl->incoming = BIO_new(BIO_s_mem());
  impl->outgoing = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl, impl->incoming, impl->outgoing);
  SSL_set_ex_data(ssl, kHandshakeSlot, &impl->handshake);
  SSL_set_connect_state(ssl);
  if (!impl->handshake.host_is_address) {
    SSL_set_tlsext_host_name(ssl, host.c_str());
  }
  for (;;) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl);
    const int why = SSL_get_error(ssl, done);
    if (done != 1 && why != SSL_ERROR_WANT_READ) {
      base::Error error = impl->handshake_error();
      base::ignore(impl->flush(deadline), "our alert is a courtesy");
      return error;
    }
    if (const auto sent = impl->flush(deadline); !sent) {
      return sent.error();
    }
    if (done == 1) {
      return TlsStream(std::move(impl));
    }
    const auto more = impl->feed(deadline);
    if (!more) {
      return more.error();
    }
    if (!*more) {
      return impl->error("the server ended the connection before TLS was set up",
                         "Check that it speaks TLS on this port, and which versions it allows");
    }
  }
}

base::Result<std::size_t> TlsStream::read(std::span<char> into, Deadline deadline) {
  SSL* ssl = impl_->ssl.get();
  for (;;) {
    ERR_clear_error();
    const int count = SSL_read(ssl, into.data(), static_cast<int>(std::min(into.size(), kRecord)));
    if (count > 0) {
      return static_cast<std::size_t>(count);
    }
    const int why = SSL_get_error(ssl, count);
    if (why == SSL_ERROR_ZERO_RETURN) {
      return std::size_t{0};
    }
    if (why != SSL_ERROR_WANT_READ) {
      return impl_->error(
          "TLS failed: " + last_reason(),
          "The server refused our certificate, or the connection was tampered with");
    }
    if (const auto sent = impl_->flush(deadline); !sent) {
      return sent.error();
    }
    const auto more = impl_->feed(deadline);
    if (!more) {
      return more.error();
    }
    if (!*more) {
      return impl_->cut();
    }
  }
}

base::Result<void> TlsStream::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    ERR_clear_error();
    const std::string_view piece = bytes.substr(0, kRecord);
    const int count = SSL_write(impl_->ssl.get(), piece.data(), static_cast<int>(piece.size()));
    if (count <= 0) {
      return impl_->error(
          "TLS failed: " + last_reason(),
          "The server ended the connection, or it was tampered with; check the server's log");
    }
    if (auto sent = impl_->flush(deadline); !sent) {
      return sent;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

bool TlsStream::readable_now() {
  return SSL_pending(impl_->ssl.get()) > 0 || BIO_ctrl_pending(impl_->incoming) > 0 ||
         impl_->tcp.readable_now();
}

void TlsStream::shut_down(Deadline deadline) {
  ERR_clear_error();
  SSL_shutdown(impl_->ssl.get());
  base::ignore(impl_->flush(deadline), "the other side may be gone");
  impl_->tcp.shut_down();
}

std::string TlsStream::peer_name() const {
  const OpenSslPtr<X509, X509_free> certificate(SSL_get1_peer_certificate(impl_->ssl.get()));
  return certificate ? names_of(certificate.get()) : std::string();
}

std::string TlsStream::version() const {
  return SSL_get_version(impl_->ssl.get());
}

}  // namespace cmgmon::net
