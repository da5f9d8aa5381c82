#pragma once
// How we are a TLS client: TLS 1.2 or newer, the server's chain and name always verified.
//
// Trusted are the certificates in ca_file, and only those, or else what the system trusts: on Windows its certificate
// stores decide (platform/certificate_chain.h), on Linux the system's folder of authorities. OpenSSL's configuration file
// is never opened, wherever it is planted.
//
// Errors:  client() fails when a file cannot be read or is no certificate or key; the text never holds what is in it.
// Threads: a context may be shared.
// Source:  docs/adr/0018.   Tests: tests/unit/net/line_connection_test.cpp

#include <memory>
#include <string>

#include "base/result.h"
#include "platform/certificate_chain.h"

namespace cmgmon::net {

struct TlsOptions {
  std::string ca_file{};           // PEM; empty: what the system trusts
  std::string certificate_file{};  // PEM: our own certificate and its chain, for servers that ask
  std::string key_file{};          // PEM; empty: it is in certificate_file
  bool verify = true;
};

class TlsContext {
 public:
  // `verifier`: nullptr is the system's own.
  static base::Result<std::shared_ptr<const TlsContext>> client(
      const TlsOptions& options, std::unique_ptr<platform::CertificateVerifier> verifier = nullptr);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  struct Impl;
  const Impl& impl() const { return *impl_; }  // for tls_stream.cpp

 private:
  explicit TlsContext(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::net
