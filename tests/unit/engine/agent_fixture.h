#pragma once
// An agent as a test runs it: a log in a folder, a state folder, a sink that remembers what it was told.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/agent.h"
#include "engine_fixture.h"
#include "store/store.h"

namespace cmgmon::engine {

// What the sinks of all runs of one test were told.
struct Told {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> lines;

  void add(std::string line) {
    {
      const std::lock_guard lock(mutex);
      lines.push_back(std::move(line));
    }
    changed.notify_all();
  }
  std::vector<std::string> sorted() const {
    auto copy = lines;
    std::sort(copy.begin(), copy.end());
    return copy;
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(30), [&] { return lines.size() >= count; });
  }
};

class TellingSink final : public sinks::Sink {
 public:
  TellingSink(Told& told, std::atomic<int>& failures) : told_(told), failures_(failures) {}
  std::string_view name() const override { return "telling"; }
  bool wants_updates() const override { return false; }
  sinks::Delivered deliver(const incidents::Transition& transition) override {
    if (failures_ > 0) {
      --failures_;
      return sinks::Refusal(base::Error{base::ErrorKind::kIo, 0, "out of order"});
    }
    told_.add(std::string(name_of(transition.kind)) + " " +
              transition.incident.group.at("endpoint") + " x" +
              std::to_string(transition.incident.count) +
              (transition.incident.cleared_by == incidents::ClearedBy::kQuiet ? " (quiet)" : ""));
    return {};
  }
  base::Result<void> notify(const sinks::Notice&, base::Time) override { return {}; }

 private:
  Told& told_;
  std::atomic<int>& failures_;
};

// The system's clock, and somebody who sets it.
class ShiftedClock final : public base::Clock {
 public:
  base::Time now() const override { return base::SystemClock().now() + base::Duration(shift_); }
  void set(base::Duration by) { shift_ += by.count(); }

 private:
  std::atomic<base::Duration::rep> shift_{0};
};

class AgentTest : public ::testing::Test {
 public:
  using Lines = std::vector<std::string>;

 protected:
  // What an agent leaves to the next one.
  struct Left {
    store::Opened state;
    HandedOver handed_over;
  };

  // One run of the program: `while_running` acts from outside; then it is stopped (or ends by itself with `once`).
  void run(bool once, const std::function<void()>& while_running = nullptr) {
    auto state = store_ ? store::Opened{std::move(store_), {}}
                        : store::open_state(folder_.path("state"), {});
    static_cast<void>(run_from(std::move(state), {}, once, while_running));
  }

  Left run_from(store::Opened state, AgentConfig config, bool once,
                const std::function<void()>& while_running = nullptr) {
    config.sources = {{"connector", folder_.path("connector.log"), true}};
    config.host = "CP01";
    config.book.clear_hold = std::chrono::milliseconds(0);
    config.book.backlog_horizon = std::chrono::hours(24 * 365 * 100);
    config.once = once;
    config.poll_backstop = std::chrono::seconds(1);
    if (adjust_) {
      adjust_(config);
    }
    std::vector<std::unique_ptr<sinks::Sink>> sinks;
    sinks.push_back(std::make_unique<TellingSink>(told_, sink_fails_));
    Agent agent(config, set_, std::move(state), std::move(sinks), clock_,
                [this](const sinks::Notice& notice) {
                  if (notice.event_id != 0) {  // 0 is for the diary alone
                    notices_.add(std::to_string(notice.event_id));
                  }
                });
    std::thread outside;
    agent.run([&] {
      if (while_running) {
        outside = std::thread([&] {
          while_running();
          agent.stop("the test is over");
        });
      }
    });
    if (outside.joinable()) {
      outside.join();
    }
    unread_ = agent.unread();
    return {agent.take_state(), agent.hand_over()};
  }

  std::function<void(AgentConfig&)> adjust_;  // what else a test wants
  signatures::SignatureSet set_ = test::small_set();
  ShiftedClock clock_;
  test::LogFolder folder_;
  std::unique_ptr<store::Store> store_;  // instead of a database, for one run
  std::atomic<int> sink_fails_{0};       // so often
  Told told_;
  Told notices_;                     // their event ids
  std::vector<std::string> unread_;  // at the end of the last run
};

}  // namespace cmgmon::engine
