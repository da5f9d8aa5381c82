#include "engine/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "engine_fixture.h"

namespace cmgmon::engine {
namespace {

using ::testing::HasSubstr;

// Remembers what it was given; does with it what the test says.
class ScriptedSink final : public sinks::Sink {
 public:
  struct Log {
    std::mutex mutex;
    std::vector<std::string> delivered;
    std::vector<std::string> notices;
    std::vector<std::string> resumed;
    std::vector<std::string> remembered;
    std::vector<sinks::Refusal> refusals;  // for the next calls of deliver(), first one first
    std::optional<sinks::Refusal> refused_oldest;  // by the next advance()
    std::atomic<int> calls{0};
    std::atomic<int> advances{0};
    std::atomic<int> finishes{0};
    std::atomic<std::size_t> unconfirmed{0};
    std::atomic<bool> advance_fails{false};
    std::promise<void> hang;  // deliver() of "hang" waits for it
    std::atomic<bool> gone{false};
    // Calls that throw.
    std::atomic<int> bugs{0};  // of deliver()
    std::atomic<int> bugs_in_resume{0};
    std::atomic<int> bugs_in_advance{0};
    std::atomic<int> bugs_in_finish{0};
    std::atomic<int> bugs_in_unconfirmed{0};
    std::atomic<int> bugs_in_notify{0};
  };
  ScriptedSink(std::shared_ptr<Log> log, bool updates,
               signatures::Level level = signatures::Level::kInformational)
      : log_(std::move(log)), updates_(updates), level_(level) {}
  signatures::Level level() const override { return level_; }
  ~ScriptedSink() override { log_->gone = true; }
  std::string_view name() const override { return "scripted"; }
  bool wants_updates() const override { return updates_; }
  void remember(const std::any& memory) override {
    const std::lock_guard lock(log_->mutex);
    EXPECT_TRUE(log_->resumed.empty());
    log_->remembered.push_back(memory.has_value() ? std::any_cast<std::string>(memory) : "");
  }
  std::any take_memory() override {
    EXPECT_GT(log_->finishes, 0);
    return std::string("memory");
  }
  void resume(const std::vector<incidents::Incident>& open) override {
    throw_if(log_->bugs_in_resume);
    const std::lock_guard lock(log_->mutex);
    EXPECT_TRUE(log_->delivered.empty() || open.empty());
    for (const auto& incident : open) {
      log_->resumed.push_back(incident.episode + " " + std::string(name_of(incident.state)));
    }
  }
  sinks::Delivered deliver(const incidents::Transition& transition) override {
    ++log_->calls;
    if (transition.delivery_id == "hang") {
      log_->hang.get_future().wait();
    }
    throw_if(log_->bugs);
    const std::lock_guard lock(log_->mutex);
    if (!log_->refusals.empty()) {
      const sinks::Refusal refusal = log_->refusals.front();
      log_->refusals.erase(log_->refusals.begin());
      return refusal;
    }
    log_->delivered.push_back(transition.delivery_id);
    return {};
  }
  std::size_t unconfirmed() const override {
    throw_if(log_->bugs_in_unconfirmed);
    return log_->unconfirmed;
  }
  std::optional<sinks::Refusal> take_refused() override {
    const std::lock_guard lock(log_->mutex);
    return std::exchange(log_->refused_oldest, std::nullopt);
  }
  base::Result<void> notify(const sinks::Notice& notice, base::Time) override {
    throw_if(log_->bugs_in_notify);
    const std::lock_guard lock(log_->mutex);
    log_->notices.push_back(std::to_string(notice.event_id));
    return {};
  }
  base::Result<void> advance(base::Time) override {
    ++log_->advances;
    throw_if(log_->bugs_in_advance);
    if (log_->advance_fails) {
      return base::Error{base::ErrorKind::kIo, 0, "no reminder", ""};
    }
    return {};
  }
  void finish() override {
    ++log_->finishes;
    if (log_->bugs_in_finish > 0) {
      throw 7;  // not even an exception of the library
    }
  }

 private:
  static void throw_if(std::atomic<int>& bugs) {
    if (bugs > 0) {
      --bugs;
      throw std::runtime_error("a bug\x1b[2J");
    }
  }
  std::shared_ptr<Log> log_;
  bool updates_;
  signatures::Level level_;
};

sinks::Refusal down() {
  return base::Error{base::ErrorKind::kIo, 0, "receiver is down", "start it"};
}

sinks::Refusal nonsense() {
  return sinks::Refusal::never({base::ErrorKind::kInvalid, 0, "400 no such field", "correct it"});
}

incidents::Transition transition(
    const std::string& id, incidents::TransitionKind kind = incidents::TransitionKind::kRaised) {
  incidents::Transition made;
  made.delivery_id = id;
  made.incident.episode = id.substr(0, id.find(':'));
  made.kind = kind;
  return made;
}

incidents::Incident open_incident(const std::string& episode) {
  incidents::Incident incident;
  incident.episode = episode;
  return incident;
}

DeliveryLimits quick() {
  DeliveryLimits limits;
  limits.retry = {std::chrono::milliseconds(1), std::chrono::milliseconds(2),
                  std::chrono::milliseconds(4), std::chrono::hours(1)};
  limits.advance_every = std::chrono::milliseconds(2);
  limits.confirm_every = std::chrono::milliseconds(1);
  return limits;
}

class DeliveryTest : public ::testing::Test {
 protected:
  void make(bool updates = false, const DeliveryLimits& limits = {},
            signatures::Level level = signatures::Level::kInformational) {
    delivery_ = std::make_unique<Delivery>(
        io_.get_executor(), std::make_unique<ScriptedSink>(log_, updates, level), clock_,
        Delivery::Callbacks{[this] { ++acknowledged_; },
                            [this](const sinks::Notice& notice) {
                              said_.push_back(notice.event_id);
                              said_texts_.push_back(notice.message);
                            }},
        limits);
  }
  void queue(const std::vector<std::string>& ids) {
    for (const auto& id : ids) {
      delivery_->add(transition(id));
    }
    delivery_->release(delivery_->added());
  }
  void start() {
    boost::asio::co_spawn(io_, delivery_->run(),
                          [](std::exception_ptr error) { EXPECT_FALSE(error); });
  }
  // Delivers what it can within a few seconds of patience and ends.
  void run() {
    delivery_->finish(std::chrono::steady_clock::now() + std::chrono::seconds(20));
    start();
    io_.run();
    io_.restart();
  }
  // Lets it work until that is so.
  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      io_.run_one_for(std::chrono::milliseconds(20));
    }
    return done();
  }
  void end() {
    delivery_->finish(std::chrono::steady_clock::now());
    io_.run();
    io_.restart();
  }
  std::vector<std::string> delivered() const {
    const std::lock_guard lock(log_->mutex);
    return log_->delivered;
  }
  std::vector<std::string> notices() const {
    const std::lock_guard lock(log_->mutex);
    return log_->notices;
  }
  void refuse(std::vector<sinks::Refusal> next) {
    const std::lock_guard lock(log_->mutex);
    log_->refusals = std::move(next);
  }
  std::vector<std::string> in_the_outbox() const {
    std::vector<store::OutboxRow> rows;
    delivery_->append_rows(rows);
    std::vector<std::string> ids;
    for (const auto& row : rows) {
      EXPECT_EQ(row.sink, "scripted");
      ids.push_back(row.transition.delivery_id);
    }
    return ids;
  }

  boost::asio::io_context io_;
  test::FixedClock clock_{test::at_second(0)};
  std::shared_ptr<ScriptedSink::Log> log_ = std::make_shared<ScriptedSink::Log>();
  std::unique_ptr<Delivery> delivery_;
  int acknowledged_ = 0;
  std::vector<int> said_;
  std::vector<std::string> said_texts_;
};

using Ids = std::vector<std::string>;

TEST_F(DeliveryTest, DeliversInOrderAndForgetsWhatWasAcknowledged) {
  make();
  queue({"a", "b"});
  run();
  EXPECT_EQ(delivered(), (Ids{"a", "b"}));
  EXPECT_EQ(delivery_->pending(), 0U);
  EXPECT_EQ(acknowledged_, 2);
  EXPECT_EQ(log_->finishes, 1);
}

TEST_F(DeliveryTest, HoldsBackWhatIsNotSavedYet) {
  make();
  queue({"saved"});
  delivery_->add(transition("not saved"));
  run();
  EXPECT_EQ(delivered(), Ids{"saved"});
  EXPECT_EQ(in_the_outbox(), Ids{"not saved"});
}

TEST_F(DeliveryTest, AFailedTransitionStaysInTheOutboxWhenTheProgramEnds) {
  make();
  refuse({down()});
  queue({"a", "b"});
  run();
  EXPECT_EQ(delivered(), Ids{});  // not b either: order is strict
  EXPECT_EQ(delivery_->pending(), 2U);
  EXPECT_EQ(acknowledged_, 0);
}

TEST_F(DeliveryTest, AFailedTransitionIsTriedAgainAndAdvanceGoesOnMeanwhile) {
  make(false, quick());
  refuse(std::vector<sinks::Refusal>(20, down()));
  queue({"a"});
  start();
  EXPECT_TRUE(run_until([this] { return delivery_->pending() == 0; }));
  EXPECT_EQ(delivered(), Ids{"a"});
  EXPECT_EQ(log_->calls, 21);
  EXPECT_EQ(said_, (std::vector<int>{200, 201}));  // once each
  const SinkCounters counters = delivery_->counters();
  EXPECT_EQ(counters.sink, "scripted");
  EXPECT_EQ(counters.retried, 20U);
  EXPECT_EQ(counters.delivered, 1U);
  EXPECT_EQ(counters.last_success, clock_.now());
  end();
}

TEST_F(DeliveryTest, ASinkThatThrowsIsAFailureLikeAnyOther) {
  make(false, quick());
  log_->bugs = 3;
  queue({"a"});
  start();
  EXPECT_TRUE(run_until([this] { return delivery_->pending() == 0; }));
  EXPECT_EQ(delivered(), Ids{"a"});
  EXPECT_EQ(said_, (std::vector<int>{200, 201}));
  EXPECT_THAT(said_texts_.front(), HasSubstr("the sink broke off: a bug\\u001B[2J"));
  end();
}

TEST_F(DeliveryTest, ASinkMayThrowWhereverItIsCalled) {
  make(false, quick());
  log_->bugs_in_resume = 1;
  log_->bugs_in_advance = 1;
  log_->bugs_in_unconfirmed = 1;
  log_->bugs_in_notify = 1;
  log_->bugs_in_finish = 1;
  delivery_->add(sinks::Notice{sinks::Notice::Severity::kInformation, 1, "lost", ""});
  delivery_->add(sinks::Notice{sinks::Notice::Severity::kInformation, 2, "kept", ""});
  queue({"a", "b"});
  start();
  EXPECT_TRUE(run_until([this] {
    return delivery_->pending() == 0 && log_->bugs_in_advance == 0 && said_.size() == 2;
  }));
  EXPECT_EQ(delivered().back(), "b");
  EXPECT_EQ(said_, (std::vector<int>{200, 201}));
  EXPECT_THAT(said_texts_.front(), HasSubstr("the sink broke off: a bug\\u001B[2J"));
  delivery_->finish(std::chrono::steady_clock::now() + std::chrono::seconds(20));
  io_.run();
  EXPECT_EQ(log_->finishes, 1);
  EXPECT_EQ(in_the_outbox(), Ids{});
}

TEST_F(DeliveryTest, AdvanceIsCalledWhileDeliveriesFail) {
  DeliveryLimits limits = quick();
  limits.retry.first = limits.retry.longest = std::chrono::hours(1);
  limits.retry.floor = std::chrono::hours(1);
  make(false, limits);
  refuse({down()});
  queue({"a"});
  start();
  EXPECT_TRUE(run_until([this] { return log_->advances >= 3; }));
  EXPECT_EQ(log_->calls, 1);
  end();
}

TEST_F(DeliveryTest, AReminderThatFailsIsToldLikeADeliveryThatFails) {
  make(false, quick());
  log_->advance_fails = true;
  start();
  EXPECT_TRUE(run_until([this] { return !said_.empty(); }));
  log_->advance_fails = false;
  EXPECT_TRUE(run_until([this] { return said_.size() == 2; }));
  EXPECT_EQ(said_, (std::vector<int>{200, 201}));
  end();
}

TEST_F(DeliveryTest, TheTimeThatAReceiverNamesIsWaitedFor) {
  make(false, quick());
  refuse({sinks::Refusal::after({base::ErrorKind::kBusy, 0, "429", ""}, std::chrono::minutes(30))});
  queue({"a"});
  start();
  EXPECT_TRUE(run_until([this] { return log_->advances >= 5; }));
  EXPECT_EQ(log_->calls, 1);
  end();  // not tried at the end either
  EXPECT_EQ(log_->calls, 1);
  EXPECT_EQ(in_the_outbox(), Ids{"a"});
}

TEST_F(DeliveryTest, WhatIsRefusedForGoodBecomesADeadLetter) {
  make(false, quick());
  refuse({nonsense()});
  queue({"a", "b"});
  run();
  EXPECT_EQ(delivered(), Ids{"b"});
  EXPECT_EQ(delivery_->pending(), 0U);
  EXPECT_EQ(acknowledged_, 2);  // both have left the outbox
  ASSERT_EQ(said_, std::vector<int>{203});
  EXPECT_NE(said_texts_[0].find("400 no such field"), std::string::npos);
  EXPECT_NE(said_texts_[0].find("delivery id a"), std::string::npos);
  EXPECT_EQ(delivery_->counters().refused, 1U);
  EXPECT_EQ(delivery_->counters().delivered, 1U);
}

TEST_F(DeliveryTest, AFloodOfDeadLettersIsSummedUp) {
  make(false, quick());
  refuse(std::vector<sinks::Refusal>(50, nonsense()));
  for (int i = 0; i < 50; ++i) {
    queue({std::to_string(i)});
  }
  run();
  ASSERT_EQ(said_.size(), 21U);
  EXPECT_NE(said_texts_.back().find("30 more alerts"), std::string::npos);
  EXPECT_EQ(delivery_->counters().refused, 50U);
}

TEST_F(DeliveryTest, WhatIsUnconfirmedStaysInTheOutboxAndIsNotDeliveredTwice) {
  make(false, quick());
  log_->unconfirmed = 2;
  queue({"a", "b", "c"});
  start();
  EXPECT_TRUE(run_until([this] { return delivered().size() == 3 && log_->advances > 2; }));
  EXPECT_EQ(in_the_outbox(), (Ids{"b", "c"}));
  log_->unconfirmed = 0;
  EXPECT_TRUE(run_until([this] { return delivery_->pending() == 0; }));
  EXPECT_EQ(log_->calls, 3);
  EXPECT_EQ(delivery_->counters().delivered, 3U);
  end();
}

TEST_F(DeliveryTest, ADeadLetterBehindUnconfirmedOnesLeavesThemAlone) {
  make(false, quick());
  log_->unconfirmed = 2;
  queue({"a", "b"});
  start();
  EXPECT_TRUE(run_until([this] { return delivered().size() == 2; }));
  refuse({nonsense()});
  queue({"c"});
  EXPECT_TRUE(run_until([this] { return delivery_->counters().refused == 1; }));
  EXPECT_EQ(in_the_outbox(), (Ids{"a", "b"}));
  end();
}

TEST_F(DeliveryTest, AnUnconfirmedOneCanBecomeADeadLetter) {
  make(false, quick());
  log_->unconfirmed = 2;
  queue({"a", "b"});
  start();
  EXPECT_TRUE(run_until([this] { return delivered().size() == 2; }));
  {
    const std::lock_guard lock(log_->mutex);
    log_->refused_oldest = nonsense();
    log_->unconfirmed = 1;
  }
  EXPECT_TRUE(run_until([this] { return delivery_->counters().refused == 1; }));
  EXPECT_EQ(in_the_outbox(), Ids{"b"});
  end();
}

TEST_F(DeliveryTest, UpdatesGoOnlyToSinksThatWantThem) {
  for (const bool wants : {false, true}) {
    SCOPED_TRACE(wants ? "wants them" : "does not");
    make(wants);
    delivery_->add(transition("u", incidents::TransitionKind::kUpdated));
    EXPECT_EQ(delivery_->pending(), wants ? 1U : 0U);
  }
}

TEST_F(DeliveryTest, WhatIsBelowTheSinksLevelConfirmsNothing) {
  make(false, quick(), signatures::Level::kHigh);
  log_->unconfirmed = 1;
  auto high = transition("high:1");
  high.incident.level = signatures::Level::kHigh;
  delivery_->add(high);
  delivery_->add(transition("medium:1"));
  delivery_->release(delivery_->added());
  start();
  EXPECT_TRUE(run_until([this] { return log_->advances > 2; }));
  EXPECT_EQ(delivered(), Ids{"high:1"});
  EXPECT_EQ(in_the_outbox(), Ids{"high:1"});
  end();
}

TEST_F(DeliveryTest, ASinkHearsOfWhatReachesItsLevelAndOfTheEndOfThatOnly) {
  using incidents::TransitionKind;
  using signatures::Level;
  const struct {
    const char* name;
    std::vector<std::pair<TransitionKind, Level>> life;
    Ids told;  // kinds
  } rows[] = {
      {"severe from the start",
       {{TransitionKind::kRaised, Level::kHigh},
        {TransitionKind::kUpdated, Level::kHigh},
        {TransitionKind::kCleared, Level::kHigh}},
       {"raised", "cleared"}},
      {"never severe",
       {{TransitionKind::kRaised, Level::kMedium},
        {TransitionKind::kUpdated, Level::kMedium},
        {TransitionKind::kCleared, Level::kMedium}},
       {}},
      {"becomes severe",
       {{TransitionKind::kRaised, Level::kLow},
        {TransitionKind::kUpdated, Level::kCritical},
        {TransitionKind::kUpdated, Level::kCritical},
        {TransitionKind::kCleared, Level::kCritical}},
       {"raised", "cleared"}},
      {"severe only when it ends",
       {{TransitionKind::kRaised, Level::kLow}, {TransitionKind::kCleared, Level::kCritical}},
       {}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    make(false, quick(), Level::kHigh);
    int sequence = 0;
    for (const auto& [kind, level] : row.life) {
      auto step = transition("e:" + std::to_string(++sequence), kind);
      step.incident.level = level;
      step.incident.state =
          kind == TransitionKind::kCleared ? incidents::State::kCleared : incidents::State::kFiring;
      delivery_->add(step);
    }
    std::vector<store::OutboxRow> outbox;
    delivery_->append_rows(outbox);
    Ids kinds;
    for (const auto& waiting : outbox) {
      kinds.emplace_back(name_of(waiting.transition.kind));
    }
    EXPECT_EQ(kinds, row.told);
  }
}

TEST_F(DeliveryTest, WhatASinkWasToldIsKnownAfterARestart) {
  using incidents::TransitionKind;
  make(false, quick(), signatures::Level::kHigh);
  auto high = open_incident("high");
  high.level = signatures::Level::kHigh;
  auto lifted = open_incident("lifted");  // that was not told
  lifted.level = signatures::Level::kCritical;
  lifted.told = {{signatures::Level::kMedium, 1}};
  delivery_->resume({high, open_incident("medium"), lifted});
  delivery_->add(transition("high:2", TransitionKind::kCleared));
  delivery_->add(transition("medium:2", TransitionKind::kCleared));
  delivery_->add(transition("lifted:2", TransitionKind::kCleared));
  delivery_->release(delivery_->added());
  run();
  EXPECT_EQ(log_->resumed, Ids{"high firing"});
  EXPECT_EQ(delivered(), Ids{"high:2"});
}

TEST_F(DeliveryTest, AFullQueueDropsUpdatesButNeverRaises) {
  make(true);
  for (int i = 0; i < 10000; ++i) {
    delivery_->add(transition("r" + std::to_string(i)));
  }
  delivery_->add(transition("u", incidents::TransitionKind::kUpdated));
  delivery_->add(transition("last"));
  EXPECT_EQ(delivery_->pending(), 10001U);
  EXPECT_EQ(delivery_->counters().dropped, 1U);
  run();
  EXPECT_EQ(said_, std::vector<int>{202});
}

TEST_F(DeliveryTest, WhatASinkRemembersGoesOnAfterAReloadOnly) {
  using std::chrono::steady_clock;
  for (const bool reload : {true, false}) {
    SCOPED_TRACE(reload);
    log_->remembered.clear();
    make(false, quick());
    delivery_->finish(steady_clock::now() + std::chrono::seconds(20), reload);
    start();
    io_.run();
    io_.restart();
    auto left = delivery_->take_memory();
    make(false, quick());
    delivery_->remember(std::move(left));
    run();
    EXPECT_EQ(log_->remembered, (Ids{"", reload ? "memory" : ""}));
    EXPECT_FALSE(delivery_->take_memory().sink.has_value())
        << "it was told, and nothing new was taken";
  }
}

TEST_F(DeliveryTest, ASinkThatHangsLeavesNoMemory) {
  make(false, quick());
  queue({"hang"});
  start();
  EXPECT_TRUE(run_until([this] { return log_->calls == 1; }));
  delivery_->finish(std::chrono::steady_clock::now(), true);
  io_.run();
  io_.restart();
  EXPECT_FALSE(delivery_->take_memory().sink.has_value());
  log_->hang.set_value();
  delivery_.reset();
}

TEST_F(DeliveryTest, NoticesDoNotWaitForTransitions) {
  make();
  delivery_->add(transition("not released"));
  delivery_->add(sinks::Notice{sinks::Notice::Severity::kInformation, 1, "started", ""});
  run();
  EXPECT_EQ(notices(), Ids{"1"});
}

TEST_F(DeliveryTest, NoticesWaitForASinkThatFailsAndTheOldestGoFirst) {
  DeliveryLimits limits = quick();
  limits.max_notices = 2;
  make(false, limits);
  refuse(std::vector<sinks::Refusal>(3, down()));
  queue({"a"});
  start();
  EXPECT_TRUE(run_until([this] { return log_->calls >= 1; }));
  for (int id = 1; id <= 3; ++id) {
    delivery_->add(sinks::Notice{sinks::Notice::Severity::kInformation, id, "something", ""});
  }
  EXPECT_EQ(notices(), Ids{});
  EXPECT_TRUE(run_until([this] { return notices().size() == 2; }));
  EXPECT_EQ(notices(), (Ids{"2", "3"}));
  EXPECT_EQ(delivery_->counters().dropped, 1U);
  end();
}

TEST_F(DeliveryTest, ASinkThatHangsIsToldAndLeftBehindAtTheEnd) {
  DeliveryLimits limits = quick();
  limits.stuck_after = std::chrono::milliseconds(1);
  make(false, limits);
  queue({"hang", "b"});
  start();
  EXPECT_TRUE(run_until([this] { return !said_.empty(); }));
  EXPECT_EQ(said_, std::vector<int>{204});
  const int before = DetachableWorker::left_behind();
  end();
  delivery_.reset();
  EXPECT_EQ(DetachableWorker::left_behind(), before + 1);
  EXPECT_FALSE(log_->gone);
  log_->hang.set_value();  // it comes back to nobody, and ends by itself
  while (!log_->gone) {
    std::this_thread::yield();
  }
}

TEST_F(DeliveryTest, ASinkThatComesBackFromHangingGoesOn) {
  DeliveryLimits limits = quick();
  limits.stuck_after = std::chrono::milliseconds(1);
  make(false, limits);
  queue({"hang", "b"});
  start();
  EXPECT_TRUE(run_until([this] { return !said_.empty(); }));
  log_->hang.set_value();
  EXPECT_TRUE(run_until([this] { return delivery_->pending() == 0; }));
  EXPECT_EQ(said_.front(), 204);
  EXPECT_EQ(said_.back(), 201);  // on a busy machine "b" may have seemed to hang, too
  EXPECT_EQ(delivered(), (Ids{"hang", "b"}));
  end();
}

TEST_F(DeliveryTest, ASinkIsToldWhatItWasToldBefore) {
  using incidents::TransitionKind;
  make();
  // e1 was raised and told; the raise of e2 still waits; e3 was told, its clear waits; e4 has both waiting.
  const incidents::Transition rows[] = {
      transition("e2:1"), transition("e3:5", TransitionKind::kCleared), transition("e4:1"),
      transition("e4:2", TransitionKind::kCleared)};
  std::uint64_t id = 10;
  for (auto row : rows) {
    row.incident.state = row.kind == TransitionKind::kCleared ? incidents::State::kCleared
                                                              : incidents::State::kFiring;
    delivery_->restore({"scripted", row, id++});
  }
  delivery_->resume({open_incident("e1"), open_incident("e2")});
  delivery_->release(delivery_->added());
  run();
  EXPECT_EQ(log_->resumed, (Ids{"e1 firing", "e3 firing"}));
  EXPECT_EQ(delivered(), (Ids{"e2:1", "e3:5", "e4:1", "e4:2"}));
}

TEST_F(DeliveryTest, ChangesOfTheOutboxAreToldOnce) {
  const auto changes = [this] {
    store::OutboxChanges taken;
    delivery_->take_changes(taken);
    std::string text;
    for (const auto& row : taken.added) {
      text += "+" + std::to_string(row.id) + row.transition.delivery_id + " ";
    }
    for (const auto& key : taken.removed) {
      text += "-" + std::to_string(key.id) + " ";
    }
    return text;
  };
  make(false, quick());
  delivery_->restore({"scripted", transition("old"), 7});
  EXPECT_EQ(changes(), "");
  queue({"a", "b"});
  EXPECT_EQ(changes(), "+8a +9b ");
  EXPECT_EQ(changes(), "");
  delivery_->add(transition("c"));
  run();
  EXPECT_EQ(changes(), "+10c -7 -8 -9 ");
  delivery_->release(delivery_->added());
  queue({"never saved"});
  run();
  EXPECT_EQ(changes(), "-10 ");
}

TEST_F(DeliveryTest, RowsOfADocumentWithoutIdsAreNewToTheStore) {
  make();
  delivery_->restore({"scripted", transition("a"), 0});
  delivery_->restore({"scripted", transition("b"), 0});
  store::OutboxChanges taken;
  delivery_->take_changes(taken);
  ASSERT_EQ(taken.added.size(), 2U);
  EXPECT_EQ(taken.added[1].id, 2U);
}

}  // namespace
}  // namespace cmgmon::engine
