#include <windows.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <wincrypt.h>

#include <chrono>
#include <string>

#include "net/line_connection.h"
#include "support/temp_folder.h"
#include "support/test_server.h"

namespace cmgmon::net {
namespace {

using testing::HasSubstr;

// Nothing is read from it; still it must not be where others could make it.
TEST(OpenSsl, HasItsFolderWhereOnlyAdministratorsWrite) {
  EXPECT_STREQ(OpenSSL_version(OPENSSL_DIR),
               "OPENSSLDIR: \"C:/Program Files/CMG Health Monitor/ssl\"");
}

// One of the trusted root authorities of this machine, until the test ends.
class TrustedRoot {
 public:
  explicit TrustedRoot(const std::string& pem) {
    std::string der(pem.size(), '\0');
    auto size = static_cast<DWORD>(der.size());
    if (::CryptStringToBinaryA(pem.c_str(), 0, CRYPT_STRING_BASE64HEADER,
                               reinterpret_cast<BYTE*>(der.data()), &size, nullptr, nullptr) == 0) {
      return;
    }
    store_ =
        ::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE, L"ROOT");
    added_ = store_ != nullptr &&
             ::CertAddEncodedCertificateToStore(store_, X509_ASN_ENCODING,
                                                reinterpret_cast<const BYTE*>(der.data()), size,
                                                CERT_STORE_ADD_ALWAYS, &certificate_) != 0 &&
             ::CertControlStore(store_, 0, CERT_STORE_CTRL_COMMIT, nullptr) != 0;
  }
  ~TrustedRoot() {
    if (certificate_ != nullptr) {
      ::CertDeleteCertificateFromStore(certificate_);
      ::CertControlStore(store_, 0, CERT_STORE_CTRL_COMMIT, nullptr);
    }
    if (store_ != nullptr) {
      ::CertCloseStore(store_, 0);
    }
  }
  TrustedRoot(const TrustedRoot&) = delete;
  TrustedRoot& operator=(const TrustedRoot&) = delete;

  bool added() const { return added_; }

 private:
  HCERTSTORE store_ = nullptr;
  const CERT_CONTEXT* certificate_ = nullptr;
  bool added_ = false;
};

class WindowsTrust : public testing::Test {
 protected:
  base::Result<void> connect(const support::CertificateWish& wish, const std::string& host) {
    return connect(wish, host, certificates_);
  }
  base::Result<void> connect(const support::CertificateWish& wish, const std::string& host,
                             support::Certificates& certificates) {
    const support::TestServer server(
        {.certificate_file = certificates.issue(std::to_string(++number_) + ".pem", wish)},
        [](support::ServerEnd& end) { end.read_until("\n"); });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto connection = LineConnection::connect({"127.0.0.1", server.port()}, deadline);
    if (!connection) {
      return connection.error();
    }
    return connection->start_tls(TlsContext::client({}).value(), host, deadline);
  }

  support::TempFolder folder_;
  support::Certificates certificates_{folder_.path()};
  int number_ = 0;
};

TEST_F(WindowsTrust, IsWhatTheCertificateStoresSay) {
  // First of all: Wine reads the stores once for each process.
  const TrustedRoot root(folder_.read("authority.pem"));
  ASSERT_TRUE(root.added());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    SCOPED_TRACE(host);
    const auto good = connect({}, host);
    EXPECT_TRUE(good) << base::describe(good.error());
  }
  const support::TempFolder other_folder;
  support::Certificates stranger(other_folder.path());
  const auto unknown = connect({}, "localhost", stranger);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, base::ErrorKind::kAccessDenied);
  EXPECT_THAT(unknown.error().message, HasSubstr("is not trusted"));
  // Who shows a certificate does not decide whom we ask for its issuer.
  const support::TestServer elsewhere({}, [](support::ServerEnd& end) { end.read_request(); });
  const auto pointing =
      connect({.issuer_at = fmt::format("http://127.0.0.1:{}/issuer.cer", elsewhere.port())},
              "localhost", stranger);
  ASSERT_FALSE(pointing);
  EXPECT_THAT(pointing.error().message, HasSubstr("is not trusted"));
  EXPECT_EQ(elsewhere.connections(), 0);
  using std::chrono::hours;
  const auto expired = connect({.starts = hours(-48), .ends = hours(-24)}, "localhost");
  ASSERT_FALSE(expired);
  EXPECT_THAT(expired.error().message, HasSubstr("has expired"));
  const auto other = connect({.names = {"other.contoso.com"}}, "localhost");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("issued for another name"));
  const auto alone = connect({.self_signed = true}, "localhost");
  ASSERT_FALSE(alone);
  EXPECT_THAT(alone.error().message, HasSubstr("is not trusted"));
}

}  // namespace
}  // namespace cmgmon::net
