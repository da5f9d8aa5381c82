// A delivery through random failures, refusals, lost replies, unconfirmed windows, crashes and restarts, held against a
// model of what the outbox on disk and the receiver must have seen.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "engine/delivery.h"
#include "engine_fixture.h"

namespace cmgmon::engine {
namespace {

// The other side. It outlives every sink.
struct Receiver {
  std::mutex mutex;
  std::minstd_rand random;
  bool well = false;                  // takes everything from now on
  std::set<std::string> never;        // what it refuses for good
  std::vector<std::string> received;  // with duplicates
  std::set<std::string> dead;         // what it has refused for good

  explicit Receiver(unsigned seed) : random(seed) {}
  bool chance(int percent) { return std::uniform_int_distribution<int>(1, 100)(random) <= percent; }
};

// Keeps a window of what it sent; of that, the receiver has a beginning when the sink goes.
class WindowSink final : public sinks::Sink {
 public:
  WindowSink(std::shared_ptr<Receiver> receiver, std::size_t window)
      : shared_(std::move(receiver)), window_(window) {}
  ~WindowSink() override {
    const std::lock_guard lock(receiver_.mutex);
    while (!sent_.empty() && receiver_.chance(50)) {
      pass_on();
    }
  }
  std::string_view name() const override { return "window"; }
  bool wants_updates() const override { return false; }
  std::size_t unconfirmed() const override { return sent_.size(); }
  base::Result<void> notify(const sinks::Notice&, base::Time) override { return {}; }
  sinks::Delivered deliver(const incidents::Transition& transition) override {
    const std::lock_guard lock(receiver_.mutex);
    const base::Error error{base::ErrorKind::kIo, 0, "no", ""};
    if (receiver_.never.contains(transition.delivery_id)) {
      receiver_.dead.insert(transition.delivery_id);
      return sinks::Refusal::never(error);
    }
    if (!receiver_.well && receiver_.chance(30)) {
      if (window_ == 0 && receiver_.chance(50)) {
        receiver_.received.push_back(transition.delivery_id);  // only its reply is lost
      }
      return receiver_.chance(20) ? sinks::Refusal::after(error, std::chrono::milliseconds(1))
                                  : sinks::Refusal(error);
    }
    sent_.push_back(transition.delivery_id);
    while (sent_.size() > window_) {
      pass_on();
    }
    return {};
  }
  base::Result<void> advance(base::Time) override {
    const std::lock_guard lock(receiver_.mutex);
    if (!sent_.empty() && (receiver_.well || receiver_.chance(30))) {
      pass_on();
    }
    return {};
  }
  void finish() override {
    const std::lock_guard lock(receiver_.mutex);
    while (!sent_.empty() && (receiver_.well || receiver_.chance(80))) {
      pass_on();
    }
  }

 private:
  void pass_on() {
    receiver_.received.push_back(sent_.front());
    sent_.erase(sent_.begin());
  }

  std::shared_ptr<Receiver>
      shared_;  // a sink that is left behind at a crash needs it longer than the test
  Receiver& receiver_ = *shared_;
  std::size_t window_;
  std::vector<std::string> sent_;
};

class Simulation {
 public:
  explicit Simulation(unsigned seed)
      : random_(seed), shared_(std::make_shared<Receiver>(seed * 7919 + 1)) {
    window_ = std::uniform_int_distribution<std::size_t>(0, 3)(random_);
  }

  void run() {
    for (int life = 0; life < 5; ++life) {
      begin_life();
      for (int step = pick(5, 25); step > 0; --step) {
        act();
      }
      if (pick(0, 1) == 0) {
        stop_in_order();
      }  // else: a crash; what was not committed is lost
      end_life();
    }
    {
      const std::lock_guard lock(receiver_.mutex);
      receiver_.well = true;
    }
    begin_life();
    commit();
    stop_in_order();
    end_life();
    check();
  }

 private:
  int pick(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }

  void begin_life() {
    DeliveryLimits limits;
    using std::chrono::milliseconds;
    limits.retry = {milliseconds(0), milliseconds(1), milliseconds(1), milliseconds(1)};
    limits.advance_every = milliseconds(1);
    limits.confirm_every = milliseconds(0);
    delivery_ = std::make_unique<Delivery>(
        io_.get_executor(), std::make_unique<WindowSink>(shared_, window_), clock_,
        Delivery::Callbacks{
            [] {},
            [this](const sinks::Notice& notice) { letters_ += notice.event_id == 203 ? 1 : 0; }},
        limits);
    for (const auto& [id, row] : saved_) {
      delivery_->restore(row);
    }
    delivery_->release(delivery_->added());
    boost::asio::co_spawn(io_, delivery_->run(),
                          [](std::exception_ptr error) { EXPECT_FALSE(error); });
  }

  void act() {
    switch (pick(0, 5)) {
      case 0:
      case 1:
        decide();
        break;
      case 2:
        decide();
        commit();
        break;
      default:
        for (int i = pick(1, 8); i > 0; --i) {
          io_.run_one_for(std::chrono::microseconds(300));
        }
    }
  }

  void decide() {
    incidents::Transition transition;
    transition.incident.fingerprint = "f" + std::to_string(pick(1, 3));
    const int sequence = ++sequences_[transition.incident.fingerprint];
    transition.kind = sequence % 2 == 1 ? incidents::TransitionKind::kRaised
                                        : incidents::TransitionKind::kCleared;
    transition.sequence = static_cast<std::uint64_t>(sequence);
    transition.delivery_id = transition.incident.fingerprint + ":" + std::to_string(sequence);
    if (pick(1, 10) == 1) {
      const std::lock_guard lock(receiver_.mutex);
      receiver_.never.insert(transition.delivery_id);
    }
    delivery_->add(transition);
  }

  // What the store does: all changes in one step, and only then may they go out.
  void commit() {
    store::OutboxChanges changes;
    delivery_->take_changes(changes);
    for (const auto& row : changes.added) {
      EXPECT_TRUE(saved_.emplace(row.id, row).second) << "added twice: " << row.id;
      decided_.insert(row.transition.delivery_id);
    }
    for (const auto& key : changes.removed) {
      const auto row = saved_.find(key.id);
      ASSERT_NE(row, saved_.end()) << "acknowledged twice: " << key.id;
      left_.insert(row->second.transition.delivery_id);
      saved_.erase(row);
    }
    delivery_->release(delivery_->added());
  }

  void stop_in_order() {
    commit();
    delivery_->finish(std::chrono::steady_clock::now() + std::chrono::seconds(20));
    io_.run();
    io_.restart();
    commit();
  }

  void end_life() {
    delivery_->finish(std::chrono::steady_clock::now());
    // A coroutine that waits must not outlive what it belongs to.
    io_.run();
    io_.restart();
    delivery_.reset();
  }

  void check() {
    const std::lock_guard lock(receiver_.mutex);
    EXPECT_TRUE(saved_.empty());
    EXPECT_EQ(left_, decided_);
    const std::set<std::string> received(receiver_.received.begin(), receiver_.received.end());
    std::map<std::string, int> newest;
    for (const auto& id : receiver_.received) {
      const std::size_t colon = id.find(':');
      int& known = newest[id.substr(0, colon)];
      const int sequence = std::stoi(id.substr(colon + 1));
      if (sequence > known) {
        // Nothing between the two was skipped, but for dead letters and what a crash took before it was saved.
        for (int between = known + 1; between < sequence; ++between) {
          const std::string skipped = id.substr(0, colon + 1) + std::to_string(between);
          EXPECT_TRUE(receiver_.never.contains(skipped) || !decided_.contains(skipped))
              << skipped << " came after " << id;
        }
        known = sequence;
      }
    }
    for (const auto& id : decided_) {
      EXPECT_NE(received.contains(id), receiver_.never.contains(id)) << id;
    }
    EXPECT_GE(static_cast<std::size_t>(letters_),
              receiver_.dead.size());  // once more after a crash
  }

  std::minstd_rand random_;
  std::shared_ptr<Receiver> shared_;
  Receiver& receiver_ = *shared_;
  std::size_t window_ = 0;
  boost::asio::io_context io_;
  test::FixedClock clock_{test::at_second(0)};
  std::unique_ptr<Delivery> delivery_;
  std::map<std::string, int> sequences_;
  std::map<std::uint64_t, store::OutboxRow> saved_;  // the outbox on disk
  std::set<std::string> decided_;                    // ever saved
  std::set<std::string> left_;                       // the outbox
  int letters_ = 0;
};

TEST(DeliveryModel, EveryTransitionThatWasSavedArrivesInOrderOrIsADeadLetter) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation(seed).run();
    if (HasFailure()) {
      break;
    }
  }
}

}  // namespace
}  // namespace cmgmon::engine
