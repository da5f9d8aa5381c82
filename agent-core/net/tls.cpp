#include "net/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>
#include <vector>

#include "base/text.h"
#include "net/tls_impl.h"
#include "platform/files.h"

namespace cmgmon::net {

namespace {

constexpr std::size_t kMaxPemBytes = 4U << 20U;
constexpr std::size_t kMaxNames = 4;

using Bio = OpenSslPtr<BIO, BIO_free_all>;
using Certificate = OpenSslPtr<X509, X509_free>;
using Key = OpenSslPtr<EVP_PKEY, EVP_PKEY_free>;

// Must come before any other call: the first one decides whether a configuration file is looked for.
void start_openssl() {
  static const int kStarted = OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  static_cast<void>(kStarted);
}

// Never asks anybody on a terminal.
int no_password(char* buffer, int size, int writing, void* user) {
  static_cast<void>(buffer);
  static_cast<void>(size);
  static_cast<void>(writing);
  static_cast<void>(user);
  return -1;
}

std::string reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? "no reason given" : text;
}

base::Error unusable(const std::string& path, const std::string& why, const std::string& remedy) {
  return {base::ErrorKind::kInvalid, 0, fmt::format("{} {}", base::printable(path), why), remedy};
}

base::Result<Bio> open_pem(const std::string& path) {
  auto text = platform::read_small_file(path, kMaxPemBytes);
  if (!text) {
    return text.error();
  }
  Bio bio(BIO_new(BIO_s_mem()));
  BIO_write(bio.get(), text->data(), static_cast<int>(text->size()));
  return bio;
}

base::Result<std::vector<Certificate>> read_certificates(const std::string& path) {
  auto bio = open_pem(path);
  if (!bio) {
    return bio.error();
  }
  std::vector<Certificate> certificates;
  while (X509* next = PEM_read_bio_X509(bio->get(), nullptr, no_password, nullptr)) {
    certificates.emplace_back(next);
  }
  ERR_clear_error();
  if (certificates.empty()) {
    return unusable(path, "has no certificate in it",
                    "It must be PEM: -----BEGIN CERTIFICATE-----");
  }
  return certificates;
}

base::Result<void> trust_file(SSL_CTX* context, const std::string& path) {
  const auto certificates = read_certificates(path);
  if (!certificates) {
    return certificates.error();
  }
  for (const auto& certificate : *certificates) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
  }
  // A server's own certificate may stand there, too: then exactly that one is trusted.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

base::Result<void> show_certificate(SSL_CTX* context, const TlsOptions& options) {
  auto certificates = read_certificates(options.certificate_file);
  if (!certificates) {
    return certificates.error();
  }
  const std::string& key_path =
      options.key_file.empty() ? options.certificate_file : options.key_file;
  const auto bio = open_pem(key_path);
  if (!bio) {
    return bio.error();
  }
  const Key key(PEM_read_bio_PrivateKey(bio->get(), nullptr, no_password, nullptr));
  if (!key) {
    return unusable(key_path, "has no key that can be used: " + reason(),
                    "It must be PEM without a passphrase: -----BEGIN PRIVATE KEY-----");
  }
  bool taken = SSL_CTX_use_certificate(context, certificates->front().get()) == 1 &&
               SSL_CTX_use_PrivateKey(context, key.get()) == 1 &&
               SSL_CTX_check_private_key(context) == 1;
  for (std::size_t i = 1; taken && i < certificates->size(); ++i) {
    taken = SSL_CTX_add1_chain_cert(context, (*certificates)[i].get()) == 1;
  }
  return taken ? base::Result<void>()
               : unusable(options.certificate_file, "cannot be shown to a server: " + reason(),
                          "See that the key belongs to the first certificate of the file");
}

std::string der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  std::string der;
  if (size > 0) {
    der.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
  }
  return der;
}

std::string text_of(const ASN1_STRING* string) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, string);
  if (size < 0) {
    return {};
  }
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return base::printable(base::prefix_of_bytes(text, 100));
}

bool certificate_is_for(X509* certificate, const Handshake& handshake) {
  return handshake.host_is_address
             ? X509_check_ip_asc(certificate, handshake.host.c_str(), 0) == 1
             : X509_check_host(certificate, handshake.host.data(), handshake.host.size(),
                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

base::Error wrong_name(X509* certificate, const std::string& host) {
  const std::string names = names_of(certificate);
  return {base::ErrorKind::kAccessDenied, 0,
          fmt::format("the certificate was issued for another name ({}), not for {}",
                      names.empty() ? "it has none" : names, base::printable(host)),
          "Use the name that is in the certificate, or have one issued for the name in use"};
}

std::vector<std::string> chain_of(X509_STORE_CTX* store, X509* leaf) {
  std::vector<std::string> chain = {der_of(leaf)};
  const auto* sent = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    if (X509* other = sk_X509_value(sent, i); X509_cmp(other, leaf) != 0) {
      chain.push_back(der_of(other));
    }
  }
  return chain;
}

struct Trouble {
  int code;
  const char* what;
  const char* remedy;
};

constexpr const char* kTrustRemedy =
    "Name the issuer's certificate with ca_file, or add it to the authorities that the system "
    "trusts";

constexpr std::array<Trouble, 10> kTroubles = {{
    {X509_V_ERR_CERT_HAS_EXPIRED, "has expired",
     "Renew it, and see that this computer's clock is right"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "is not valid yet", "See that this computer's clock is right"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "is self-signed and not trusted", kTrustRemedy},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "comes from an authority that is not trusted",
     kTrustRemedy},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "comes from an authority that is not trusted",
     kTrustRemedy},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "comes from an authority that is not trusted",
     kTrustRemedy},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "comes from an authority that is not trusted",
     kTrustRemedy},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE,
     "names a trusted authority as its issuer but was not signed by it", kTrustRemedy},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "has a key that is too short", "Renew it with 2048 bits or more"},
    {X509_V_ERR_INVALID_PURPOSE, "is not meant for server authentication",
     "Have one issued with the usage Server Authentication"},
}};

base::Error refused_chain(int code) {
  for (const auto& trouble : kTroubles) {
    if (trouble.code == code) {
      return {base::ErrorKind::kAccessDenied, 0, std::string("the certificate ") + trouble.what,
              trouble.remedy};
    }
  }
  return {base::ErrorKind::kAccessDenied, 0,
          fmt::format("the certificate is refused: {}", X509_verify_cert_error_string(code)),
          "Have one issued that is valid for this server, or name the authority with ca_file"};
}

// Name and chain of the server's certificate, in the middle of the handshake: nothing of ours has been said by then.
base::Result<void> check(X509_STORE_CTX* store, const TlsContext::Impl& impl,
                         const Handshake& handshake) {
  X509* leaf = X509_STORE_CTX_get0_cert(store);
  if (!certificate_is_for(leaf, handshake)) {
    return wrong_name(leaf, handshake.host);
  }
  if (impl.verifier) {
    // Addresses are no names to it; they were checked above.
    return impl.verifier->verify(chain_of(store, leaf),
                                 handshake.host_is_address ? std::string() : handshake.host);
  }
  return X509_verify_cert(store) == 1 ? base::Result<void>()
                                      : refused_chain(X509_STORE_CTX_get_error(store));
}

int on_certificate(X509_STORE_CTX* store, void* argument) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& handshake = *static_cast<Handshake*>(SSL_get_ex_data(ssl, kHandshakeSlot));
  const auto good = check(store, *static_cast<const TlsContext::Impl*>(argument), handshake);
  if (good) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  handshake.refusal = good.error();
  if (X509_STORE_CTX_get_error(store) == X509_V_OK) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  }
  return 0;
}

}  // namespace

std::string names_of(X509* certificate) {
  std::string names;
  std::size_t count = 0;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && ++count <= kMaxNames) {
      names += (names.empty() ? "" : ", ") + name;
    }
  };
  using Names = OpenSslPtr<GENERAL_NAMES, GENERAL_NAMES_free>;
  const Names alternatives(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) {
      add(text_of(name->d.dNSName));
    } else if (name->type == GEN_IPADD && ASN1_STRING_length(name->d.iPAddress) == 4) {
      const unsigned char* a = ASN1_STRING_get0_data(name->d.iPAddress);
      add(fmt::format("{}.{}.{}.{}", a[0], a[1], a[2], a[3]));
    }
  }
  if (names.empty()) {
    const X509_NAME* subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0) {
      add(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
    }
  }
  return count > kMaxNames ? names + ", ..." : names;
}

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

base::Result<std::shared_ptr<const TlsContext>> TlsContext::client(
    const TlsOptions& options, std::unique_ptr<platform::CertificateVerifier> verifier) {
  start_openssl();
  auto impl = std::make_unique<Impl>();
  impl->verify = options.verify;
  impl->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = impl->context.get();
  if (context == nullptr) {
    return base::Error{base::ErrorKind::kIo, 0, "TLS cannot be started: " + reason(),
                       "Restart the service; if it stays, see that the installation is complete"};
  }
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_default_passwd_cb(context, no_password);
  SSL_CTX_set_verify(context, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (options.verify) {
    SSL_CTX_set_cert_verify_callback(context, on_certificate, impl.get());
  }
  if (!options.ca_file.empty()) {
    if (const auto trusted = trust_file(context, options.ca_file); !trusted) {
      return trusted.error();
    }
  } else if (options.verify) {
    impl->verifier = verifier ? std::move(verifier) : platform::system_certificate_verifier();
    if (!impl->verifier) {
      SSL_CTX_set_default_verify_paths(context);
    }
  }
  if (!options.certificate_file.empty()) {
    if (const auto shown = show_certificate(context, options); !shown) {
      return shown.error();
    }
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(impl)));
}

}  // namespace cmgmon::net
