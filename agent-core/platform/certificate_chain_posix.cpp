#include "platform/certificate_chain.h"

namespace cmgmon::platform {

std::unique_ptr<CertificateVerifier> system_certificate_verifier() {
  return nullptr;
}

}  // namespace cmgmon::platform
