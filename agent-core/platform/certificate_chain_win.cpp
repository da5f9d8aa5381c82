#define CERT_CHAIN_PARA_HAS_EXTRA_FIELDS  // dwUrlRetrievalTimeout
#include <windows.h>

#include <wincrypt.h>

#include <array>
#include <type_traits>

#include "base/text.h"
#include "platform/certificate_chain.h"
#include "platform/os_error.h"

namespace cmgmon::platform {

namespace {

struct CloseStore {
  void operator()(void* store) const { ::CertCloseStore(store, 0); }
};
struct FreeCertificate {
  void operator()(const CERT_CONTEXT* certificate) const {
    ::CertFreeCertificateContext(certificate);
  }
};
struct FreeChain {
  void operator()(const CERT_CHAIN_CONTEXT* chain) const { ::CertFreeCertificateChain(chain); }
};
using Store = std::unique_ptr<void, CloseStore>;
using Certificate = std::unique_ptr<const CERT_CONTEXT, FreeCertificate>;
using Chain = std::unique_ptr<const CERT_CHAIN_CONTEXT, FreeChain>;

constexpr DWORD kNoIssuersFromTheNetwork = 0x00002000;  // CERT_CHAIN_DISABLE_AIA
// For the list of roots, which Windows looks after itself.
constexpr DWORD kRetrievalMilliseconds = 5000;
constexpr DWORD kEncoding = X509_ASN_ENCODING | PKCS_7_ASN_ENCODING;

Certificate add_to(const Store& store, const std::string& der) {
  const CERT_CONTEXT* added = nullptr;
  ::CertAddEncodedCertificateToStore(store.get(), kEncoding,
                                     reinterpret_cast<const BYTE*>(der.data()),
                                     static_cast<DWORD>(der.size()), CERT_STORE_ADD_ALWAYS, &added);
  return Certificate(added);
}

struct Verdict {
  DWORD code;
  const char* what;
  const char* remedy;
};

// The codes of the SSL policy that an administrator can do something about.
constexpr std::array<Verdict, 8> kVerdicts = {{
    {static_cast<DWORD>(CERT_E_EXPIRED), "has expired or is not valid yet",
     "Renew it, and see that the clocks of both machines are right"},
    {static_cast<DWORD>(CERT_E_CN_NO_MATCH), "was issued for another name",
     "Use the name that is in the certificate, or have one issued for the name in use"},
    {static_cast<DWORD>(CERT_E_UNTRUSTEDROOT),
     "is not trusted: it is self-signed, or its issuer is not among the trusted root authorities",
     "Import the issuer's certificate into the machine's Trusted Root Certification Authorities, "
     "or "
     "name it with ca_file"},
    {static_cast<DWORD>(CERT_E_CHAINING),
     "is not trusted: its chain to a root authority is not complete",
     "Have the server send its intermediate certificates"},
    {static_cast<DWORD>(CERT_E_WRONG_USAGE), "is not meant for server authentication",
     "Have one issued with the usage Server Authentication"},
    {static_cast<DWORD>(CERT_E_REVOKED), "was revoked by its issuer", "Renew it"},
    {static_cast<DWORD>(CRYPT_E_REVOKED), "was revoked by its issuer", "Renew it"},
    {static_cast<DWORD>(TRUST_E_CERT_SIGNATURE),
     "is not trusted: it was not signed by the issuer that it names", "Renew it"},
}};

base::Error refused(DWORD code) {
  for (const auto& verdict : kVerdicts) {
    if (verdict.code == code) {
      return {base::ErrorKind::kAccessDenied, static_cast<int>(code),
              std::string("the certificate ") + verdict.what, verdict.remedy};
    }
  }
  return os_error(static_cast<int>(code), "trust", "the certificate");
}

// What the chain itself says. The policy says the same with better names, but not everywhere: Wine's lets a chain pass
// that ends nowhere.
DWORD code_of(const CERT_TRUST_STATUS& status) {
  struct Meaning {
    DWORD bit;
    LONG code;
  };
  static constexpr std::array<Meaning, 6> kMeanings = {{
      {CERT_TRUST_IS_NOT_SIGNATURE_VALID, TRUST_E_CERT_SIGNATURE},
      {CERT_TRUST_IS_UNTRUSTED_ROOT, CERT_E_UNTRUSTEDROOT},
      {CERT_TRUST_IS_PARTIAL_CHAIN, CERT_E_CHAINING},
      {CERT_TRUST_IS_REVOKED, CERT_E_REVOKED},
      {CERT_TRUST_IS_NOT_TIME_VALID, CERT_E_EXPIRED},
      {CERT_TRUST_IS_NOT_VALID_FOR_USAGE, CERT_E_WRONG_USAGE},
  }};
  for (const auto& meaning : kMeanings) {
    if ((status.dwErrorStatus & meaning.bit) != 0) {
      return static_cast<DWORD>(meaning.code);
    }
  }
  return 0;
}

class WindowsVerifier final : public CertificateVerifier {
 public:
  base::Result<void> verify(const std::vector<std::string>& chain,
                            const std::string& host) const override {
    const Store store(::CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, nullptr));
    if (!store) {
      return last_os_error("open", "a certificate store in memory");
    }
    Certificate leaf;
    for (const auto& der : chain) {
      Certificate added = add_to(store, der);
      if (!leaf) {
        leaf = std::move(added);
        if (!leaf) {
          return last_os_error("read", "the certificate");
        }
      }
    }
    if (!leaf) {
      return refusal(base::ErrorKind::kAccessDenied, "the server showed no certificate");
    }
    std::string usage(szOID_PKIX_KP_SERVER_AUTH);
    LPSTR usages[] = {usage.data()};
    CERT_CHAIN_PARA wanted{};
    wanted.cbSize = sizeof wanted;
    wanted.RequestedUsage.dwType = USAGE_MATCH_TYPE_OR;
    wanted.RequestedUsage.Usage.cUsageIdentifier = 1;
    wanted.RequestedUsage.Usage.rgpszUsageIdentifier = usages;
    const CERT_CHAIN_CONTEXT* built = nullptr;
    wanted.dwUrlRetrievalTimeout = kRetrievalMilliseconds;
    // The machine's engine: the service's own account has no certificates of its own. Revocation lists are not fetched:
    // a server of the inner network often cannot reach them, and an alert must not wait for that. Nor are issuers from
    // addresses that an unverified certificate names; the server has to send them.
    if (::CertGetCertificateChain(HCCE_LOCAL_MACHINE, leaf.get(), nullptr, store.get(), &wanted,
                                  kNoIssuersFromTheNetwork, nullptr, &built) == 0) {
      return last_os_error("build", "the chain of the certificate");
    }
    const Chain chain_built(built);
    std::u16string name = base::to_utf16(host);
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA server{};
    server.cbSize = sizeof server;
    server.dwAuthType = AUTHTYPE_SERVER;
    if (host.empty()) {
      server.fdwChecks = 0x00001000;  // SECURITY_FLAG_IGNORE_CERT_CN_INVALID of wininet.h
    } else {
      server.pwszServerName = reinterpret_cast<wchar_t*>(name.data());
    }
    CERT_CHAIN_POLICY_PARA policy{};
    policy.cbSize = sizeof policy;
    policy.pvExtraPolicyPara = &server;
    CERT_CHAIN_POLICY_STATUS status{};
    status.cbSize = sizeof status;
    if (::CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, built, &policy, &status) == 0) {
      return last_os_error("check", "the chain of the certificate");
    }
    const DWORD code = status.dwError != 0 ? status.dwError : code_of(built->TrustStatus);
    return code == 0 ? base::Result<void>() : refused(code);
  }
};

}  // namespace

std::unique_ptr<CertificateVerifier> system_certificate_verifier() {
  return std::make_unique<WindowsVerifier>();
}

}  // namespace cmgmon::platform
