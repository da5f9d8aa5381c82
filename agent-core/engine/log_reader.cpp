#include "engine/log_reader.h"

#include <utility>

#include "engine/worker.h"

namespace cmgmon::engine {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPollBytes = 1U << 20U;
constexpr std::chrono::minutes kActiveFor{10};

}  // namespace

LogReader::LogReader(std::vector<tail::Source> sources, std::vector<tail::Checkpoint> known,
                     WatchedServices services, const base::Clock& clock)
    : clock_(clock),
      follower_(std::move(sources), std::move(known)),
      services_(std::move(services)) {}

LogReader::~LogReader() {
  worker_.join();
}

Look LogReader::look_at(const Wanted& wanted) {
  Look look;
  look.at = clock_.now();
  look.began = std::chrono::steady_clock::now();
  if (wanted.everywhere) {
    look.outcome = follower_.poll(kPollBytes, look.at);
    look.folders = follower_.folders();
    look.services = services_.states(look.began);
  } else {
    auto paths = wanted.hinted;
    if (wanted.active) {
      paths.merge(follower_.active_since(look.at - kActiveFor));
    }
    if (!paths.empty()) {
      look.outcome = follower_.poll(kPollBytes, look.at, paths);
    }
  }
  look.unread_bytes = follower_.unread_bytes();
  return look;
}

asio::awaitable<Look> LogReader::look(Wanted wanted) {
  auto work = [this, wanted = std::move(wanted)] { return look_at(wanted); };
  co_return co_await run_on(worker_, std::move(work));
}

}  // namespace cmgmon::engine
