#include "support/test_server.h"

#include <Poco/Net/Net.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace cmgmon::support {

namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

void must(bool good, const char* what) {
  if (!good) {
    throw std::runtime_error(what);
  }
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  must(extension != nullptr, "certificate extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Owned<X509> make_certificate(EVP_PKEY* key, const std::string& name, const CertificateWish& wish) {
  static std::atomic<long> serial{
      static_cast<long>(std::chrono::steady_clock::now().time_since_epoch().count() % 1000000)};
  Owned<X509> certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  const auto seconds = [](std::chrono::hours hours) {
    return static_cast<long>(std::chrono::seconds(hours).count());
  };
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), seconds(wish.starts));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds(wish.ends));
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

void write_pem(const std::string& path, X509* certificate, EVP_PKEY* key) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  if (key != nullptr) {
    PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  std::ofstream(path, std::ios::binary).write(bytes, size);
}

}  // namespace

struct Certificates::Impl {
  std::string folder;
  Owned<EVP_PKEY> key;
  Owned<X509> authority;
};

Certificates::Certificates(std::string folder) : impl_(std::make_unique<Impl>()) {
  impl_->folder = std::move(folder);
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  impl_->key.reset(EVP_EC_gen("P-256"));
  impl_->authority = make_certificate(impl_->key.get(), "Test Authority", {});
  X509_set_issuer_name(impl_->authority.get(), X509_get_subject_name(impl_->authority.get()));
  extend(impl_->authority.get(), impl_->authority.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(impl_->authority.get(), impl_->authority.get(), NID_key_usage, "critical,keyCertSign");
  X509_sign(impl_->authority.get(), impl_->key.get(), EVP_sha256());
  write_pem(authority_file(), impl_->authority.get(), nullptr);
}

Certificates::~Certificates() = default;

std::string Certificates::authority_file() const {
  return impl_->folder + "/authority.pem";
}

std::string Certificates::issue(const std::string& file_name, const CertificateWish& wish) {
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const auto certificate =
      make_certificate(key.get(), wish.names.empty() ? "nobody" : wish.names.front(), wish);
  X509* issuer = wish.self_signed ? certificate.get() : impl_->authority.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  std::string names;
  for (const auto& name : wish.names) {
    names += (names.empty() ? "DNS:" : ",DNS:") + name;
  }
  for (const auto& address : wish.addresses) {
    names += (names.empty() ? "IP:" : ",IP:") + address;
  }
  if (!names.empty()) {
    extend(certificate.get(), issuer, NID_subject_alt_name, names);
  }
  if (!wish.issuer_at.empty()) {
    extend(certificate.get(), issuer, NID_info_access, "caIssuers;URI:" + wish.issuer_at);
  }
  extend(certificate.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  X509_sign(certificate.get(), wish.self_signed ? key.get() : impl_->key.get(), EVP_sha256());
  const std::string path = impl_->folder + "/" + file_name;
  write_pem(path, certificate.get(), key.get());
  return path;
}

std::string ServerEnd::read_until(const std::string& mark) {
  for (;;) {
    if (const std::size_t at = kept_.find(mark); at != std::string::npos) {
      std::string text = kept_.substr(0, at + mark.size());
      kept_.erase(0, at + mark.size());
      return text;
    }
    const std::string more = read_some();
    if (more.empty()) {
      return std::exchange(kept_, {});
    }
    kept_ += more;
  }
}

std::string ServerEnd::read_request() {
  std::string request = read_until("\r\n\r\n");
  const std::size_t at = request.find("Content-Length: ");
  const std::size_t length = at == std::string::npos ? 0 : std::stoul(request.substr(at + 16));
  while (kept_.size() < length) {
    const std::string more = read_some();
    if (more.empty()) {
      break;
    }
    kept_ += more;
  }
  request += kept_.substr(0, length);
  kept_.erase(0, std::min(length, kept_.size()));
  return request;
}

namespace {

class Connection final : public ServerEnd {
 public:
  Connection(Poco::Net::StreamSocket socket, SSL_CTX* context)
      : socket_(std::move(socket)), context_(context) {}

  std::string read_some() override {
    std::array<char, 8192> buffer{};
    int count = 0;
    try {
      count = ssl_ ? SSL_read(ssl_.get(), buffer.data(), buffer.size())
                   : socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
    } catch (const Poco::Exception&) {
      count = 0;
    }
    return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
  }

  bool write(const std::string& bytes) override {
    try {
      const int size = static_cast<int>(bytes.size());
#ifdef MSG_NOSIGNAL
      constexpr int kFlags = MSG_NOSIGNAL;
#else
      constexpr int kFlags = 0;
#endif
      return (ssl_ ? SSL_write(ssl_.get(), bytes.data(), size)
                   : socket_.sendBytes(bytes.data(), size, kFlags)) == size;
    } catch (const Poco::Exception&) {
      return false;
    }
  }

  bool secure() override {
    ssl_.reset(SSL_new(context_));
    SSL_set_fd(ssl_.get(), static_cast<int>(socket_.impl()->sockfd()));
    return SSL_accept(ssl_.get()) == 1;
  }

  std::string client_name() override {
    const Owned<X509> shown(ssl_ ? SSL_get1_peer_certificate(ssl_.get()) : nullptr);
    std::array<char, 256> name{};
    if (shown) {
      X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(),
                                static_cast<int>(name.size()));
    }
    return name.data();
  }

  void polite_end() {
    if (ssl_) {
      SSL_shutdown(ssl_.get());
    }
    cut();
  }

  // From another thread: whatever runs on it comes back.
  void cut() {
    try {
      socket_.shutdown();
    } catch (const Poco::Exception&) {
      // It was gone.
    }
  }

 private:
  Poco::Net::StreamSocket socket_;
  SSL_CTX* context_;
  Owned<SSL> ssl_;
};

}  // namespace

struct TestServer::Impl {
  ServerOptions options;
  Script script;
  Owned<SSL_CTX> context;
  Poco::Net::ServerSocket listener;
  std::atomic<bool> stopping = false;
  std::atomic<int> accepted = 0;
  std::mutex mutex;
  std::list<std::shared_ptr<Connection>> open;
  std::list<std::thread> threads;
  std::thread acceptor;

  void accept_all() {
    while (!stopping) {
      if (!listener.poll(Poco::Timespan(50000), Poco::Net::Socket::SELECT_READ)) {
        continue;
      }
      auto connection = std::make_shared<Connection>(listener.acceptConnection(), context.get());
      ++accepted;
      const std::scoped_lock lock(mutex);
      open.push_back(connection);
      threads.emplace_back([this, connection] {
        if (!context || options.start_clear || connection->secure()) {
          script(*connection);
          connection->polite_end();
        } else {
          connection->cut();
        }
      });
    }
  }
};

TestServer::TestServer(ServerOptions options, Script script) : impl_(std::make_unique<Impl>()) {
  Poco::Net::initializeNetwork();
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  impl_->options = std::move(options);
  impl_->script = std::move(script);
  if (!impl_->options.certificate_file.empty()) {
    impl_->context.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* context = impl_->context.get();
    const char* file = impl_->options.certificate_file.c_str();
    must(SSL_CTX_use_certificate_file(context, file, SSL_FILETYPE_PEM) == 1, "certificate");
    must(SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) == 1, "key");
    if (impl_->options.only_old_tls) {
      SSL_CTX_set_security_level(context, 0);
      SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
      SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
    }
    if (!impl_->options.client_ca_file.empty()) {
      must(SSL_CTX_load_verify_file(context, impl_->options.client_ca_file.c_str()) == 1, "CA");
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
  }
  impl_->listener.bind(Poco::Net::SocketAddress("127.0.0.1", 0), false);
  impl_->listener.listen(64);
  impl_->acceptor = std::thread([impl = impl_.get()] { impl->accept_all(); });
}

TestServer::~TestServer() {
  impl_->stopping = true;
  impl_->acceptor.join();
  {
    const std::scoped_lock lock(impl_->mutex);
    for (const auto& connection : impl_->open) {
      connection->cut();
    }
  }
  for (auto& thread : impl_->threads) {
    thread.join();
  }
}

std::uint16_t TestServer::port() const {
  return impl_->listener.address().port();
}

int TestServer::connections() const {
  return impl_->accepted;
}

std::uint16_t closed_port() {
  Poco::Net::initializeNetwork();
  Poco::Net::ServerSocket socket;
  socket.bind(Poco::Net::SocketAddress("127.0.0.1", 0), false);
  return socket.address().port();
}

}  // namespace cmgmon::support
