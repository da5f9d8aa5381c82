#pragma once
// Whether the system trusts a TLS server's certificate chain.
//
// On Windows the certificate stores decide, as for every other program there (group policy, disabled roots and all).
// Elsewhere the system leaves that to the TLS library, and there is no verifier.
//
// Threads: any.
// Source:  learn.microsoft.com, CertGetCertificateChain, CertVerifyCertificateChainPolicy.
// Tests:   tests/unit/net/tls_win_test.cpp, line_connection_test.cpp (with a stand-in)

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace cmgmon::platform {

class CertificateVerifier {
 public:
  CertificateVerifier() = default;
  CertificateVerifier(const CertificateVerifier&) = delete;
  CertificateVerifier& operator=(const CertificateVerifier&) = delete;
  virtual ~CertificateVerifier() = default;
  // `chain`: DER, the server's own certificate first. `host`: the name the server was asked for by; empty when the caller
  // checks the name (addresses).
  virtual base::Result<void> verify(const std::vector<std::string>& chain,
                                    const std::string& host) const = 0;
};

// nullptr: the TLS library verifies against the system's trusted certificates itself.
std::unique_ptr<CertificateVerifier> system_certificate_verifier();

}  // namespace cmgmon::platform
