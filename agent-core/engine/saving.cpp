#include "engine/saving.h"

#include <cstdint>
#include <utility>

#include "engine/worker.h"
#include "sinks/notices.h"

namespace cmgmon::engine {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kAtMostEvery{250};
constexpr std::chrono::seconds kAgain{1};  // while the disk refuses

}  // namespace

Saving::Saving(const asio::any_io_executor& executor, std::unique_ptr<store::Store> store,
               StateKeeper& keeper, const Deliveries& deliveries, status::AgentStatus& status,
               Say say)
    : store_(std::move(store)),
      keeper_(keeper),
      deliveries_(deliveries),
      status_(status),
      say_(std::move(say)),
      wanted_(executor),
      finished_(executor) {}

Saving::~Saving() {
  worker_.join();
}

void Saving::want(bool at_once) {
  dirty_ = true;
  urgent_ = urgent_ || at_once;
  wanted_.set();
}

void Saving::when_saved(std::function<void()> action) {
  when_saved_.push_back(std::move(action));
  want(true);
}

// What an earlier run left undelivered, in a database that could not be read when we started.
void Saving::deliver_found() {
  for (const auto& row : store_->take_found()) {
    if (Delivery* const delivery = find(deliveries_, row.sink)) {
      delivery->add(row.transition);
      want(true);
    }
  }
}

asio::awaitable<void> Saving::commit() {
  deliver_found();  // or this commit takes it out of the database
  dirty_ = false;
  urgent_ = false;
  std::vector<std::uint64_t> included;
  for (const auto& delivery : deliveries_) {
    included.push_back(delivery->added());
  }
  auto changes = std::make_shared<store::Changes>(keeper_.take());
  auto then = std::exchange(when_saved_, {});
  auto save = [this, changes, then] {
    auto outcome = store_->commit(*changes);
    if (outcome) {
      for (const auto& action : then) {
        action();
      }
    }
    return outcome;
  };
  const auto began = steady_clock::now();
  const auto saved = co_await run_on(worker_, std::move(save));
  status_.last_commit =
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
  ++(saved ? status_.commits : status_.commit_failures);
  if (!saved) {
    keeper_.not_saved(std::move(*changes));
    when_saved_.insert(when_saved_.begin(), then.begin(), then.end());
  }
  if (!saved && !failing_) {
    say_(sinks::state_not_saved(saved.error()));
  } else if (saved && failing_) {
    say_(sinks::state_saved_again());
  }
  failing_ = !saved;
  dirty_ = dirty_ || failing_;
  deliver_found();
  // Even when the disk refuses: an alert that may come twice is better than one that does not come.
  for (std::size_t i = 0; i < deliveries_.size(); ++i) {
    deliveries_[i]->release(included[i]);
  }
}

asio::awaitable<void> Saving::run() {
  auto last = steady_clock::time_point{};
  // What is decided last is committed once more, or at least tried: only then it goes out.
  bool tried_last = false;
  while (!finishing_ || (dirty_ && !tried_last)) {
    if (!dirty_) {
      co_await wanted_.wait(std::chrono::hours(1));
    } else if (failing_ && !finishing_) {
      co_await wanted_.wait(kAgain);
    }
    const auto due = last + kAtMostEvery;
    while (dirty_ && !urgent_ && steady_clock::now() < due) {
      co_await wanted_.wait(due - steady_clock::now());
    }
    if (dirty_) {
      last = steady_clock::now();
      tried_last = finishing_;
      co_await commit();
    }
  }
  finished_.set();
}

void Saving::finish() {
  finishing_ = true;
  want(true);
}

asio::awaitable<void> Saving::finished(steady_clock::duration patience) {
  co_await finished_.wait(patience);
}

}  // namespace cmgmon::engine
