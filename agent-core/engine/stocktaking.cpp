#include "engine/stocktaking.h"

#include <chrono>
#include <utility>

#include "sinks/notices.h"
#include "status/heartbeat.h"
#include "status/metrics.h"

namespace cmgmon::engine {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// While somebody looks, and otherwise. The file is written as often as the latter, and at once when an alert begins or
// ends.
constexpr std::chrono::seconds kWatched{1};
constexpr std::chrono::seconds kUnwatched{15};

}  // namespace

Stocktaking::Stocktaking(const asio::any_io_executor& executor, const AgentConfig& config,
                         const base::Clock& clock, Take take, Say say)
    : config_(config),
      clock_(clock),
      take_(std::move(take)),
      say_(std::move(say)),
      wanted_(executor),
      pause_(executor),
      wrote_(executor),
      worker_(executor, nullptr, [this] {
        const auto box = std::exchange(outcome_, nullptr);
        written(**box);
        wrote_.set();
        if (decided_) {
          wanted_.set();
        }
      }) {}

void Stocktaking::stop(steady_clock::duration patience) {
  stopping_ = true;
  stop_by_ = steady_clock::now() + patience;
  wanted_.set();
  pause_.set();
}

void Stocktaking::decided() {
  decided_ = true;
  wanted_.set();
}

void Stocktaking::written(const base::Result<void>& outcome) {
  if (!outcome && !file_failing_) {
    say_(sinks::metrics_file_not_written(outcome.error()));
  } else if (outcome && file_failing_) {
    say_(sinks::metrics_file_written_again(config_.metrics_file));
  }
  file_failing_ = !outcome;
}

void Stocktaking::write_file(Steady now) {
  if (outcome_ != nullptr) {  // a write is under way until its outcome has been taken
    if (now - writing_since_ >= config_.patience && !file_failing_) {
      written(base::Error{base::ErrorKind::kBusy, 0, config_.metrics_file + " does not answer",
                          "Check the disk or share, or name another file under metrics"});
    }
    return;
  }
  if (config_.metrics_file.empty() || (now < write_at_ && !decided_)) {
    return;
  }
  decided_ = false;
  write_at_ = now + kUnwatched;
  writing_since_ = now;
  outcome_ = std::make_shared<std::optional<base::Result<void>>>();
  worker_.start([box = outcome_, write = config_.write_metrics, path = config_.metrics_file,
                 status = latest_] { box->emplace(write(path, status::metrics_text(status))); });
}

asio::awaitable<void> Stocktaking::run() {
  status::HeartbeatSchedule heartbeat(config_.heartbeat, config_.host, !config_.handed_over);
  while (!stopping_ && config_.board != nullptr) {
    const auto now = steady_clock::now();
    latest_ = take_();
    config_.board->publish(latest_);
    write_file(now);
    if (caught_up_ && config_.heartbeat.count() > 0 && heartbeat.due(clock_.now())) {
      say_(sinks::heartbeat(status::heartbeat_text(latest_)));
    }
    const bool watched = config_.board->watched();
    co_await wanted_.wait(watched || !caught_up_ ? kWatched : kUnwatched);
    const auto earliest = now + kWatched;
    if (!stopping_ && steady_clock::now() < earliest) {
      co_await pause_.wait(earliest - steady_clock::now());
    }
  }
  for (auto now = steady_clock::now(); outcome_ != nullptr && now < stop_by_;
       now = steady_clock::now()) {
    co_await wrote_.wait(stop_by_ - now);
  }
}

}  // namespace cmgmon::engine
