#include "net/name_resolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/tcp_stream.h"
#include "support/test_server.h"

namespace cmgmon::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

// A system whose answers for some names come when the test says so; outlives everybody.
struct System {
  std::mutex mutex;
  std::condition_variable changed;
  std::set<std::string> hang;
  std::vector<std::string> asked;

  base::Result<Addresses> answer(const std::string& host) {
    std::unique_lock lock(mutex);
    asked.push_back(host);
    changed.notify_all();
    changed.wait(lock, [&] { return !hang.contains(host); });
    if (host.starts_with("unknown")) {
      return base::Error{base::ErrorKind::kNotFound, 0, "nobody knows it", ""};
    }
    return Addresses{Poco::Net::IPAddress("127.0.0.1")};
  }
  void set_hangs(const std::string& host, bool now) {
    const std::lock_guard lock(mutex);
    if (now) {
      hang.insert(host);
    } else {
      hang.erase(host);
    }
    changed.notify_all();
  }
  std::vector<std::string> take_asked(std::size_t at_least = 0) {
    std::unique_lock lock(mutex);
    changed.wait(lock,
                 [&] { return asked.size() >= at_least; });  // its thread may be slow to begin
    return std::exchange(asked, {});
  }
};

using Names = std::vector<std::string>;

class NameResolutionTest : public ::testing::Test {
 protected:
  static Deadline in(milliseconds time) { return steady_clock::now() + time; }
  static Deadline late() { return in(std::chrono::minutes(10)); }
  // Those that were answered end soon.
  static void wait_until_only(int hang) {
    while (names_being_resolved() > hang) {
      std::this_thread::yield();
    }
    EXPECT_EQ(names_being_resolved(), hang);
  }
  ~NameResolutionTest() override { wait_until_only(0); }

  std::shared_ptr<System> system_ = std::make_shared<System>();
  NameResolution names_{
      [system = system_](const std::string& host) { return system->answer(host); }};
};

TEST_F(NameResolutionTest, AsksForNamesAndNotForAddresses) {
  EXPECT_TRUE(names_.addresses_of("a.test", late()).has_value());
  EXPECT_EQ(names_.addresses_of("unknown.test", late()).error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(names_.addresses_of("::1", in(milliseconds(0)))->front().toString(), "::1");
  EXPECT_EQ(names_.addresses_of("192.0.2.1", in(milliseconds(0)))->front().toString(), "192.0.2.1");
  EXPECT_EQ(system_->take_asked(), (Names{"a.test", "unknown.test"}));
  EXPECT_TRUE(names_.addresses_of("a.test", late()).has_value());
  EXPECT_EQ(system_->take_asked(), Names{"a.test"}) << "each time anew";
}

TEST_F(NameResolutionTest, ANameThatHangsHasADeadlineAndHoldsUpNoOther) {
  system_->set_hangs("slow.test", true);
  for (int again = 0; again < 3; ++again) {
    const auto hung = names_.addresses_of("slow.test", in(milliseconds(1)));
    ASSERT_FALSE(hung.has_value());
    EXPECT_EQ(hung.error().kind, base::ErrorKind::kBusy);
    EXPECT_THAT(hung.error().message, HasSubstr("the name slow.test was not resolved within 1 s"));
    EXPECT_FALSE(hung.error().remedy.empty());
    EXPECT_TRUE(names_.addresses_of("other.test", late()).has_value());
  }
  wait_until_only(1);  // however often it is asked for
  const auto asked = system_->take_asked(4);
  EXPECT_EQ(std::count(asked.begin(), asked.end(), "slow.test"), 1);

  // What it brings late is for the next who asks, once.
  system_->set_hangs("slow.test", false);
  wait_until_only(0);
  EXPECT_TRUE(names_.addresses_of("slow.test", in(milliseconds(0))).has_value());
  EXPECT_EQ(system_->take_asked(), Names{});
  EXPECT_TRUE(names_.addresses_of("slow.test", late()).has_value());
  EXPECT_EQ(system_->take_asked(), Names{"slow.test"});
}

TEST_F(NameResolutionTest, WhoAsksTogetherWaitsForOneAnswer) {
  system_->set_hangs("slow.test", true);
  EXPECT_FALSE(names_.addresses_of("slow.test", in(milliseconds(0))).has_value());
  std::atomic<int> answered{0};
  std::vector<std::thread> sinks;
  for (int i = 0; i < 4; ++i) {
    sinks.emplace_back(
        [&] { answered += names_.addresses_of("slow.test", late()).has_value() ? 1 : 0; });
  }
  system_->set_hangs("slow.test", false);
  for (auto& sink : sinks) {
    sink.join();
  }
  EXPECT_EQ(answered, 4);
}

TEST_F(NameResolutionTest, MayEndWhileANameHangs) {
  system_->set_hangs("slow.test", true);
  {
    NameResolution names(
        [system = system_](const std::string& host) { return system->answer(host); });
    EXPECT_FALSE(names.addresses_of("slow.test", in(milliseconds(0))).has_value());
  }
  wait_until_only(1);
  system_->set_hangs("slow.test", false);  // it comes back to nobody, and ends by itself
}

TEST_F(NameResolutionTest, AConnectionFailsWithItAndFindsItsWayAfterwards) {
  const support::TestServer server(support::ServerOptions{},
                                   [](support::ServerEnd& end) { end.write("hello"); });
  const Endpoint endpoint{"slow.test", server.port()};
  system_->set_hangs("slow.test", true);
  const auto hung = TcpStream::connect(endpoint, in(milliseconds(1)), names_);
  ASSERT_FALSE(hung.has_value());
  EXPECT_THAT(hung.error().message, HasSubstr("the name slow.test was not resolved within"));
  system_->set_hangs("slow.test", false);
  EXPECT_TRUE(TcpStream::connect(endpoint, late(), names_).has_value());
}

}  // namespace
}  // namespace cmgmon::net
