#include "net/url.h"

#include <gtest/gtest.h>

namespace cmgmon::net {
namespace {

TEST(Url, IsTakenApart) {
  struct Row {
    const char* name;
    const char* text;
    bool tls;
    const char* host;
    int port;
    const char* target;
    const char* origin;
  };
  static constexpr Row kRows[] = {
      {"plain", "http://srv1/a", false, "srv1", 80, "/a", "http://srv1"},
      {"port", "http://srv1:9093", false, "srv1", 9093, "/", "http://srv1:9093"},
      {"tls", "https://hooks.example.org/x?y=1&z=%20", true, "hooks.example.org", 443,
       "/x?y=1&z=%20", "https://hooks.example.org"},
      {"query without a path", "https://h?x=1", true, "h", 443, "/?x=1", "https://h"},
      {"fragment stays here", "https://h/a#b", true, "h", 443, "/a", "https://h"},
      {"escapes stay as written", "https://h/%2Fa%3F", true, "h", 443, "/%2Fa%3F", "https://h"},
      {"IPv6", "https://[::1]:8443/a", true, "::1", 8443, "/a", "https://[::1]:8443"},
      {"capitals in the scheme", "HTTPS://h/A", true, "h", 443, "/A", "https://h"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    const auto url = parse_url(row.text);
    ASSERT_TRUE(url) << url.error().message;
    EXPECT_EQ(url->tls, row.tls);
    EXPECT_EQ(url->host, row.host);
    EXPECT_EQ(url->port, row.port);
    EXPECT_EQ(url->target, row.target);
    EXPECT_EQ(url->origin(), row.origin);
  }
}

TEST(Url, RefusesWhatIsNoneWithoutShowingIt) {
  for (const char* text :
       {"", "secret", "ftp://secret/", "http://", "https://secret\r\nX: 1/",
        "https://host/secret token", "http://host:secret/", "https://host:0/secret",
        "https://user:secret@host/", "file:///secret", "//secret/a", "https:///secret"}) {
    SCOPED_TRACE(text);
    const auto url = parse_url(text);
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().kind, base::ErrorKind::kInvalid);
    EXPECT_EQ((url.error().message + url.error().remedy).find("secret"), std::string::npos);
  }
}

TEST(Url, TakesUserAndPasswordOnlyWhereTheyBelong) {
  const auto url = parse_url("http://user:secret@proxy:3128", UserInfo::kTake);
  ASSERT_TRUE(url);
  EXPECT_EQ(url->user_info, "user:secret");
  EXPECT_EQ(url->origin(), "http://proxy:3128");
}

}  // namespace
}  // namespace cmgmon::net
