#include "engine/delivery.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "engine_fixture.h"

namespace cmgmon::engine {
namespace {

// Remembers what it was given; fails as long as it is told to.
class RecordingSink final : public sinks::Sink {
 public:
  struct Log {
    std::mutex mutex;
    std::vector<std::string> delivered;
    std::vector<std::string> notices;
    std::atomic<int> failures{0};
    std::atomic<int> calls{0};
  };
  RecordingSink(Log& log, bool updates) : log_(log), updates_(updates) {}
  std::string_view name() const override { return "recording"; }
  bool wants_updates() const override { return updates_; }
  base::Result<void> deliver(const incidents::Transition& transition) override {
    ++log_.calls;
    if (log_.failures > 0) {
      --log_.failures;
      return base::Error{base::ErrorKind::kIo, 0, "receiver is down"};
    }
    const std::lock_guard lock(log_.mutex);
    log_.delivered.push_back(transition.delivery_id);
    return {};
  }
  base::Result<void> notify(const sinks::Notice& notice, base::Time) override {
    const std::lock_guard lock(log_.mutex);
    log_.notices.push_back(std::to_string(notice.event_id));
    return {};
  }

 private:
  Log& log_;
  bool updates_;
};

incidents::Transition transition(
    const std::string& id, incidents::TransitionKind kind = incidents::TransitionKind::kRaised) {
  incidents::Transition made;
  made.delivery_id = id;
  made.kind = kind;
  return made;
}

class DeliveryTest : public ::testing::Test {
 protected:
  void make(bool updates = false) {
    delivery_ = std::make_unique<Delivery>(
        io_.get_executor(), std::make_unique<RecordingSink>(log_, updates), clock_,
        Delivery::Callbacks{
            [this] { ++acknowledged_; },
            [this](const sinks::Notice& notice) { said_.push_back(notice.event_id); }});
  }
  // Delivers what it can within a few seconds of patience and ends.
  void run() {
    delivery_->finish(std::chrono::steady_clock::now() + std::chrono::seconds(20));
    boost::asio::co_spawn(io_, delivery_->run(),
                          [](std::exception_ptr error) { EXPECT_FALSE(error); });
    io_.run();
    io_.restart();
  }

  boost::asio::io_context io_;
  test::FixedClock clock_{test::at_second(0)};
  RecordingSink::Log log_;
  std::unique_ptr<Delivery> delivery_;
  int acknowledged_ = 0;
  std::vector<int> said_;
};

using Ids = std::vector<std::string>;

TEST_F(DeliveryTest, DeliversInOrderAndForgetsWhatWasAcknowledged) {
  make();
  delivery_->add(transition("a"));
  delivery_->add(transition("b"));
  delivery_->release(delivery_->added());
  run();
  EXPECT_EQ(log_.delivered, (Ids{"a", "b"}));
  EXPECT_EQ(delivery_->pending(), 0U);
  EXPECT_EQ(acknowledged_, 2);
}

TEST_F(DeliveryTest, HoldsBackWhatIsNotSavedYet) {
  make();
  delivery_->add(transition("saved"));
  delivery_->release(delivery_->added());
  delivery_->add(transition("not saved"));
  run();
  EXPECT_EQ(log_.delivered, Ids{"saved"});
  std::vector<store::OutboxRow> rows;
  delivery_->append_rows(rows);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].transition.delivery_id, "not saved");
  EXPECT_EQ(rows[0].sink, "recording");
}

TEST_F(DeliveryTest, AFailedTransitionStaysInTheOutboxWhenTheProgramEnds) {
  make();
  log_.failures = 1;
  delivery_->add(transition("a"));
  delivery_->add(transition("b"));
  delivery_->release(delivery_->added());
  run();
  EXPECT_EQ(log_.delivered, Ids{});  // not b either: order is strict
  EXPECT_EQ(delivery_->pending(), 2U);
  EXPECT_EQ(acknowledged_, 0);
}

TEST_F(DeliveryTest, AFailedTransitionIsTriedAgain) {
  make();
  log_.failures = 1;
  delivery_->add(transition("a"));
  delivery_->release(delivery_->added());
  boost::asio::co_spawn(io_, delivery_->run(),
                        [](std::exception_ptr error) { EXPECT_FALSE(error); });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (delivery_->pending() > 0 && std::chrono::steady_clock::now() < deadline) {
    io_.run_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(log_.delivered, Ids{"a"});
  EXPECT_EQ(log_.calls, 2);
  delivery_->finish(std::chrono::steady_clock::now());
  io_.run();
}

TEST_F(DeliveryTest, UpdatesGoOnlyToSinksThatWantThem) {
  for (const bool wants : {false, true}) {
    SCOPED_TRACE(wants ? "wants them" : "does not");
    make(wants);
    delivery_->add(transition("u", incidents::TransitionKind::kUpdated));
    EXPECT_EQ(delivery_->pending(), wants ? 1U : 0U);
  }
}

TEST_F(DeliveryTest, AFullQueueDropsUpdatesButNeverRaises) {
  make(true);
  for (int i = 0; i < 10000; ++i) {
    delivery_->add(transition("r" + std::to_string(i)));
  }
  delivery_->add(transition("u", incidents::TransitionKind::kUpdated));
  delivery_->add(transition("last"));
  EXPECT_EQ(delivery_->pending(), 10001U);
  EXPECT_EQ(delivery_->dropped(), 1U);
  run();
  EXPECT_EQ(said_, std::vector<int>{202});
}

TEST_F(DeliveryTest, NoticesDoNotWaitForTransitions) {
  make();
  delivery_->add(transition("not released"));
  delivery_->add(sinks::Notice{sinks::Notice::Severity::kInformation, 1, "started", ""});
  run();
  EXPECT_EQ(log_.notices, Ids{"1"});
}

}  // namespace
}  // namespace cmgmon::engine
