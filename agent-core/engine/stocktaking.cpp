#include "engine/stocktaking.h"

#include <chrono>
#include <utility>

#include "engine/worker.h"
#include "platform/files.h"
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
      pause_(executor) {}

Stocktaking::~Stocktaking() {
  worker_.join();
}

void Stocktaking::stop() {
  stopping_ = true;
  wanted_.set();
  pause_.set();
}

void Stocktaking::decided() {
  decided_ = true;
  wanted_.set();
}

asio::awaitable<void> Stocktaking::write_file() {
  auto write = [path = config_.metrics_file, status = latest_] {
    return platform::replace_file(path, status::metrics_text(status));
  };
  const auto written = co_await run_on(worker_, std::move(write));
  if (!written && !file_failing_) {
    say_(sinks::metrics_file_not_written(written.error()));
  } else if (written && file_failing_) {
    say_(sinks::metrics_file_written_again(config_.metrics_file));
  }
  file_failing_ = !written;
}

asio::awaitable<void> Stocktaking::run() {
  status::HeartbeatSchedule heartbeat(config_.heartbeat, config_.host, !config_.handed_over);
  auto next_file = steady_clock::now();
  while (!stopping_ && config_.board != nullptr) {
    const auto now = steady_clock::now();
    // As of the stock that is taken: writing the file may take longer than the logs' backlog.
    const bool caught_up = caught_up_;
    latest_ = take_();
    config_.board->publish(latest_);
    if (!config_.metrics_file.empty() && (now >= next_file || decided_)) {
      decided_ = false;
      next_file = now + kUnwatched;
      co_await write_file();
    }
    if (caught_up && config_.heartbeat.count() > 0 && heartbeat.due(clock_.now())) {
      say_(sinks::heartbeat(status::heartbeat_text(latest_)));
    }
    const bool watched = config_.board->watched();
    co_await wanted_.wait(watched || !caught_up ? kWatched : kUnwatched);
    const auto earliest = now + kWatched;
    if (!stopping_ && steady_clock::now() < earliest) {
      co_await pause_.wait(earliest - steady_clock::now());
    }
  }
}

}  // namespace cmgmon::engine
