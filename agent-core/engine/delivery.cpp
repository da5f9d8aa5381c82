#include "engine/delivery.h"

#include <algorithm>
#include <utility>

#include "engine/worker.h"
#include "sinks/notices.h"

namespace cmgmon::engine {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMaxQueuedWithUpdates = 10000;
constexpr std::size_t kMaxNotices = 1000;
constexpr int kFailuresBeforeNotice = 3;
constexpr std::chrono::seconds kAdvanceEvery{30};
constexpr std::chrono::milliseconds kFirstBackOff{1000};
constexpr std::chrono::milliseconds kLongestBackOff{300000};

}  // namespace

Delivery::Delivery(const boost::asio::any_io_executor& executor, std::unique_ptr<sinks::Sink> sink,
                   const base::Clock& clock, Callbacks callbacks)
    : sink_(std::move(sink)), clock_(clock), callbacks_(std::move(callbacks)), wake_(executor) {}

Delivery::~Delivery() {
  worker_.join();
}

void Delivery::add(const incidents::Transition& transition) {
  if (transition.kind == incidents::TransitionKind::kUpdated) {
    if (!sink_->wants_updates()) {
      return;
    }
    if (rows_.size() >= kMaxQueuedWithUpdates) {
      ++dropped_;
      return;
    }
  }
  rows_.push_back(transition);
}

void Delivery::add(const sinks::Notice& notice) {
  if (notices_.size() < kMaxNotices) {
    notices_.emplace_back(notice, clock_.now());
  }
  wake_.set();
}

void Delivery::release(std::uint64_t added_rows) {
  released_ = std::max(released_, added_rows);
  wake_.set();
}

void Delivery::append_rows(std::vector<store::OutboxRow>& rows) const {
  for (const auto& row : rows_) {
    rows.push_back({std::string(sink_->name()), row});
  }
}

void Delivery::finish(steady_clock::time_point deadline) {
  finishing_ = true;
  deadline_ = deadline;
  wake_.set();
}

bool Delivery::out_of_time() const {
  return finishing_ && steady_clock::now() >= deadline_;
}

std::chrono::milliseconds Delivery::back_off() {
  const int doublings = std::min(failures_ - 1, 16);
  const auto ceiling = std::min(kLongestBackOff, kFirstBackOff * (1 << doublings));
  // Full jitter: many agents that lost the same receiver must not come back in step.
  std::uniform_int_distribution<std::chrono::milliseconds::rep> pick(ceiling.count() / 4,
                                                                     ceiling.count());
  return std::chrono::milliseconds(pick(random_));
}

boost::asio::awaitable<void> Delivery::deliver_notices() {
  while (!notices_.empty() && !out_of_time()) {
    auto tell = [sink = sink_.get(), item = std::move(notices_.front())] {
      return sink->notify(item.first, item.second);
    };
    notices_.pop_front();
    const auto told = co_await run_on(worker_, std::move(tell));
    base::ignore(told, "a notice is best effort; what it is about stays visible in the diary");
  }
}

boost::asio::awaitable<void> Delivery::deliver_next() {
  auto deliver = [sink = sink_.get(), row = rows_.front()] { return sink->deliver(row); };
  const auto delivered = co_await run_on(worker_, std::move(deliver));
  if (delivered) {
    rows_.pop_front();
    ++taken_;
    if (failures_ >= kFailuresBeforeNotice) {
      callbacks_.say(sinks::delivery_recovered(sink_->name(), rows_.size()));
    }
    failures_ = 0;
    callbacks_.acknowledged();
    co_return;
  }
  ++failures_;
  if (failures_ == kFailuresBeforeNotice) {
    callbacks_.say(sinks::delivery_failing(sink_->name(), delivered.error()));
  }
  const auto pause = steady_clock::now() + back_off();
  while (steady_clock::now() < pause && !finishing_) {
    co_await wake_.wait(pause - steady_clock::now());
    co_await deliver_notices();
  }
}

boost::asio::awaitable<void> Delivery::run() {
  for (;;) {
    co_await deliver_notices();
    if (dropped_ != dropped_told_) {
      callbacks_.say(sinks::delivery_dropped(sink_->name(), dropped_ - dropped_told_));
      dropped_told_ = dropped_;
    }
    if (out_of_time() || (finishing_ && released_ == taken_ && notices_.empty())) {
      co_return;
    }
    if (released_ > taken_) {
      const bool last_try = finishing_;
      const int before = failures_;
      co_await deliver_next();
      if (last_try && failures_ > before) {
        co_return;  // it stays in the outbox for the next start
      }
    } else if (notices_.empty()) {
      co_await wake_.wait(kAdvanceEvery);
      auto advance = [sink = sink_.get(), now = clock_.now()] { return sink->advance(now); };
      const auto advanced = co_await run_on(worker_, std::move(advance));
      base::ignore(advanced, "the sink keeps what it owes and is asked again");
    }
  }
}

}  // namespace cmgmon::engine
