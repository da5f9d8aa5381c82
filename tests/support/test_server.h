#pragma once
// A server on the loopback for tests of connections: it does what a script says with each connection, in the clear or
// with TLS, and with certificates made on the spot, good and bad ones.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cmgmon::support {

struct CertificateWish {
  std::vector<std::string> names = {"localhost"};  // DNS names
  std::vector<std::string> addresses = {"127.0.0.1"};
  std::chrono::hours starts = std::chrono::hours(-1);  // from now
  std::chrono::hours ends = std::chrono::hours(24);
  bool self_signed = false;  // else by the authority
  std::string issuer_at{};   // the address at which the certificate says its issuer is to be had
};

// An authority and what it signs. Files are PEM.
class Certificates {
 public:
  explicit Certificates(std::string folder);  // exists
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  std::string authority_file() const;
  // The file holds certificate and key.
  std::string issue(const std::string& file_name, const CertificateWish& wish = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The server's end of one connection. Nothing throws; after an error everything reads as the end.
class ServerEnd {
 public:
  virtual ~ServerEnd() = default;
  virtual std::string read_some() = 0;  // "" at the end
  virtual bool write(const std::string& bytes) = 0;
  std::string read_until(const std::string& mark);  // with the mark, or what came before the end
  // An HTTP request: head and as much body as its Content-Length says.
  std::string read_request();
  virtual bool secure() = 0;              // the server's part of STARTTLS
  virtual std::string client_name() = 0;  // of the certificate that the client showed

 private:
  std::string kept_;
};

struct ServerOptions {
  std::string certificate_file{};  // empty: in the clear
  std::string client_ca_file{};    // asks for a client certificate
  bool only_old_tls = false;       // 1.0 and 1.1
  bool start_clear = false;        // TLS only when the script calls secure()
};

class TestServer {
 public:
  using Script = std::function<void(ServerEnd&)>;
  TestServer(ServerOptions options, Script script);
  ~TestServer();  // ends all connections
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::uint16_t port() const;
  int connections() const;  // accepted so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A port of the loopback on which nobody listens.
std::uint16_t closed_port();

}  // namespace cmgmon::support
