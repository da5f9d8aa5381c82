#include "net/datagram.h"

#include <Poco/Net/DatagramSocket.h>
#include <Poco/Net/Net.h>
#include <Poco/Net/SocketAddress.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "support/test_server.h"

namespace cmgmon::net {
namespace {

using testing::HasSubstr;

Deadline soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(20);
}

class DatagramsTest : public ::testing::Test {
 protected:
  DatagramsTest() { Poco::Net::initializeNetwork(); }
};

TEST_F(DatagramsTest, ArriveWhole) {
  Poco::Net::DatagramSocket receiver(Poco::Net::SocketAddress("127.0.0.1", 0));
  receiver.setReceiveTimeout(Poco::Timespan(20, 0));
  auto datagrams = Datagrams::to({"127.0.0.1", receiver.address().port()}, soon());
  ASSERT_TRUE(datagrams) << datagrams.error().message;
  for (const std::string& text : {std::string("one"), std::string(2048, 'x')}) {
    ASSERT_TRUE(datagrams->send(text));
    std::array<char, 4096> buffer{};
    const int count = receiver.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
    EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(count)), text);
  }
}

TEST_F(DatagramsTest, SayWhatIsWrongWithThem) {
  auto datagrams = Datagrams::to({"127.0.0.1", support::closed_port()}, soon());
  ASSERT_TRUE(datagrams) << datagrams.error().message;
  const auto sent = datagrams->send(std::string(100000, 'x'));  // more than a datagram can be
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().message, HasSubstr("127.0.0.1:"));
  EXPECT_NE(sent.error().remedy, "");
  const auto nowhere = Datagrams::to({"no such host", 514}, soon());
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("the name no such host is not known"));
  EXPECT_NE(nowhere.error().remedy, "");
}

}  // namespace
}  // namespace cmgmon::net
