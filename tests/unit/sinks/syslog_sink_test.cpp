#include "sinks/syslog_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "incident_samples.h"
#include "sinks/notices.h"
#include "support/syslog_reader.h"
#include "support/temp_folder.h"
#include "support/test_server.h"

namespace cmgmon::sinks {
namespace {

using support::ServerEnd;
using support::TestServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What the server got, by connection.
class Received {
 public:
  std::size_t begin() {
    const std::lock_guard lock(mutex_);
    streams_.emplace_back();
    return streams_.size() - 1;
  }
  void add(std::size_t connection, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    streams_[connection] += bytes;
    changed_.notify_all();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ++ended_;
    changed_.notify_all();
  }
  bool wait_until_ended(int connections) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return ended_ >= connections; });
  }
  bool wait_for_messages(std::size_t connection, std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] {
      return connection < streams_.size() && sequences(streams_[connection]).size() >= count;
    });
  }
  std::vector<std::string> of(std::size_t connection) {
    const std::lock_guard lock(mutex_);
    return connection < streams_.size() ? sequences(streams_[connection])
                                        : std::vector<std::string>();
  }

 private:
  static std::vector<std::string> sequences(const std::string& stream) {
    std::vector<std::string> found;
    const auto messages = support::read_octet_counted(stream);
    for (const auto& bytes : messages.value_or(std::vector<std::string>())) {
      const auto message = support::read_syslog(bytes);
      EXPECT_TRUE(message) << bytes;
      found.push_back(message && message->data.contains("seq") ? message->data.at("seq")
                                                               : message->message_id);
    }
    return found;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> streams_;
  int ended_ = 0;
};

incidents::Transition numbered(std::uint64_t number) {
  auto transition = raised(connector_incident());
  transition.sequence = number;
  transition.delivery_id = "e:" + std::to_string(number);
  return transition;
}

class SyslogSinkTest : public ::testing::Test {
 protected:
  // Reads until the other side ends, or until `enough` messages and cuts then.
  TestServer::Script reader(int enough = 1000000, bool cut_only_first = true) {
    return [this, enough, cut_only_first](ServerEnd& end) {
      const std::size_t connection = received_.begin();
      int reads = 0;
      for (std::string bytes = end.read_some(); !bytes.empty(); bytes = end.read_some()) {
        received_.add(connection, bytes);
        if (++reads >= enough && (connection == 0 || !cut_only_first)) {
          break;
        }
      }
      received_.end();
    };
  }
  SyslogOptions options(const TestServer& server, SyslogTransport transport) {
    SyslogOptions options;
    options.name = "central";
    options.transport = transport;
    options.server.endpoint = {"127.0.0.1", server.port()};
    options.server.timeout = std::chrono::seconds(10);
    options.confirm_after = std::chrono::hours(1);
    return options;
  }

  Received received_;
};

TEST_F(SyslogSinkTest, SendsOverTcpAndConfirmsAtTheEnd) {
  const TestServer server({}, reader());
  SyslogSink sink(options(server, SyslogTransport::kTcp), "CP1");
  ASSERT_TRUE(sink.deliver(numbered(1)));
  ASSERT_TRUE(sink.deliver(numbered(2)));
  ASSERT_TRUE(sink.notify(delivery_recovered("x", 1), at("2026-11-22T10:42:08Z")));
  EXPECT_EQ(sink.unconfirmed(), 2U);
  EXPECT_THAT(sink.last_answer(), HasSubstr("connected to 127.0.0.1:"));
  sink.finish();
  EXPECT_EQ(sink.unconfirmed(), 0U);
  EXPECT_THAT(received_.of(0), ElementsAre("1", "2", "201"));
}

TEST_F(SyslogSinkTest, WhatTheConnectionOutlivesIsConfirmed) {
  const TestServer server({}, reader());
  auto quick = options(server, SyslogTransport::kTcp);
  quick.confirm_after = std::chrono::milliseconds(0);
  SyslogSink sink(quick, "CP1");
  ASSERT_TRUE(sink.deliver(numbered(1)));
  EXPECT_EQ(sink.unconfirmed(), 1U);
  ASSERT_TRUE(sink.advance({}));
  EXPECT_EQ(sink.unconfirmed(), 0U);
}

TEST_F(SyslogSinkTest, WhatALostConnectionMayHaveLostIsSentAgainWithEqualIds) {
  const TestServer server({}, reader(1));
  SyslogSink sink(options(server, SyslogTransport::kTcp), "CP1");
  ASSERT_TRUE(sink.deliver(numbered(1)));
  ASSERT_TRUE(received_.wait_until_ended(1));
  // The server has closed: noticed before the write, or by a write that fails.
  std::uint64_t next = 2;
  for (int attempts = 0; server.connections() < 2; ++attempts) {
    ASSERT_LT(attempts, 1000);
    if (sink.deliver(numbered(next))) {  // what is refused is not the sink's to remember
      ++next;
    }
  }
  EXPECT_TRUE(received_.wait_for_messages(1, 2));
  const auto again = received_.of(1);
  ASSERT_GE(again.size(), 2U);
  EXPECT_EQ(again[0], "1");  // again, and nothing is left out after it
  for (std::size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i], std::to_string(i + 1));
  }
}

TEST_F(SyslogSinkTest, AdvanceConnectsAgainWhenThereIsSomethingToSendAgain) {
  const TestServer server({}, reader(1));
  SyslogSink sink(options(server, SyslogTransport::kTcp), "CP1");
  ASSERT_TRUE(sink.deliver(numbered(7)));
  ASSERT_TRUE(received_.wait_until_ended(1));
  while (server.connections() < 2) {
    static_cast<void>(sink.advance({}));
  }
  EXPECT_TRUE(received_.wait_for_messages(1, 1));
  EXPECT_THAT(received_.of(1), ElementsAre("7"));
}

TEST_F(SyslogSinkTest, AServerThatIsNotThereIsARefusalForNow) {
  SyslogOptions nowhere;
  nowhere.transport = SyslogTransport::kTcp;
  nowhere.server.endpoint = {"127.0.0.1", support::closed_port()};
  SyslogSink sink(nowhere, "CP1");
  const auto delivered = sink.deliver(numbered(1));
  ASSERT_FALSE(delivered);
  EXPECT_FALSE(delivered.error().final);
  EXPECT_THAT(delivered.error().error.message, HasSubstr("refused the connection"));
  EXPECT_EQ(sink.unconfirmed(), 0U);
  sink.finish();
}

TEST_F(SyslogSinkTest, SendsOverTlsAndChecksTheName) {
  support::TempFolder folder;
  support::Certificates certificates(folder.path());
  const TestServer server({.certificate_file = certificates.issue("good.pem")}, reader());
  auto secure = options(server, SyslogTransport::kTls);
  secure.server.tls.ca_file = certificates.authority_file();
  SyslogSink sink(secure, "CP1");
  ASSERT_TRUE(sink.deliver(numbered(1)));
  EXPECT_THAT(sink.last_answer(), HasSubstr("TLSv1.3, certificate of localhost"));
  sink.finish();
  EXPECT_EQ(sink.unconfirmed(), 0U);
  EXPECT_THAT(received_.of(0), ElementsAre("1"));

  const TestServer other({.certificate_file = certificates.issue(
                              "other.pem", {.names = {"other.example.org"}, .addresses = {}})},
                         reader());
  auto wrong = options(other, SyslogTransport::kTls);
  wrong.server.tls.ca_file = certificates.authority_file();
  SyslogSink refused(wrong, "CP1");
  const auto delivered = refused.deliver(numbered(1));
  ASSERT_FALSE(delivered);
  EXPECT_THAT(delivered.error().error.message, HasSubstr("other.example.org"));
}

TEST_F(SyslogSinkTest, CertificateFilesAreReadForEachConnection) {
  const support::TempFolder folder;
  const support::TempFolder other_folder;
  support::Certificates certificates(folder.path());
  const support::Certificates stranger(other_folder.path());
  const TestServer server({.certificate_file = certificates.issue("good.pem")}, reader());
  auto secure = options(server, SyslogTransport::kTls);
  secure.server.tls.ca_file = folder.write("trusted.pem", other_folder.read("authority.pem"));
  SyslogSink sink(secure, "CP1");
  ASSERT_FALSE(sink.deliver(numbered(1)));
  folder.write("trusted.pem", folder.read("authority.pem"));
  const auto delivered = sink.deliver(numbered(1));
  ASSERT_TRUE(delivered) << delivered.error().error.message;
  sink.finish();
  EXPECT_EQ(sink.unconfirmed(), 0U);
}

TEST_F(SyslogSinkTest, UpdatesAndUnwantedNoticesAreNotSent) {
  const TestServer server({}, reader());
  auto picky = options(server, SyslogTransport::kTcp);
  picky.level = signatures::Level::kHigh;
  picky.notices = false;
  SyslogSink sink(picky, "CP1");
  EXPECT_EQ(sink.level(), signatures::Level::kHigh);
  auto update = raised(connector_incident());
  update.kind = incidents::TransitionKind::kUpdated;
  EXPECT_TRUE(sink.deliver(update));
  EXPECT_TRUE(sink.notify(delivery_recovered("x", 1), at("2026-11-22T10:42:08Z")));
  EXPECT_EQ(sink.unconfirmed(), 0U);
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace cmgmon::sinks
