#pragma once
// OpenSSL's types behind net/tls.h; only for the .cpp files of this room.

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

#include "net/tls.h"

namespace cmgmon::net {

template <auto Free>
struct OpenSslDeleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using OpenSslPtr = std::unique_ptr<T, OpenSslDeleter<Free>>;

struct TlsContext::Impl {
  OpenSslPtr<SSL_CTX, SSL_CTX_free> context;
  std::unique_ptr<platform::CertificateVerifier> verifier;  // nullptr: OpenSSL verifies
  bool verify = true;
};

// What one handshake is about; SSL objects carry a pointer to it (kHandshakeSlot).
struct Handshake {
  std::string host;
  bool host_is_address = false;
  std::optional<base::Error> refusal{};  // of the server's certificate
};
inline constexpr int kHandshakeSlot = 0;  // SSL_set_app_data

// "api.example.org, *.example.org", printable and short.
std::string names_of(X509* certificate);

}  // namespace cmgmon::net
