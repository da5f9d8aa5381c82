#include "engine/log_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/path.h"
#include "engine/witnessed_files.h"

namespace cmgmon::engine {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kPollBytes = 1U << 20U;
constexpr std::chrono::minutes kActiveFor{10};
// Patience is counted in so many steps: a machine that stood still has used up one of them.
constexpr int kPatienceSteps = 10;
constexpr const char* kLocal = "the logs of this server";

std::vector<tail::Checkpoint> of_hosts(const std::vector<tail::Checkpoint>& known,
                                       const std::set<std::string>& hosts) {
  std::vector<tail::Checkpoint> ours;
  std::copy_if(known.begin(), known.end(), std::back_inserter(ours),
               [&](const tail::Checkpoint& checkpoint) {
                 return hosts.contains(base::network_host(checkpoint.stream));
               });
  return ours;
}

}  // namespace

struct LogReader::Tool {
  Tool(std::vector<tail::Source> sources, std::vector<tail::Checkpoint> known,
       tail::FileSystem& behind, tail::StreamId ids_after, WatchedServices watched)
      : files(behind),
        follower(std::move(sources), std::move(known), files, ids_after),
        services(std::move(watched)) {}

  WitnessedFiles files;
  tail::Follower follower;
  WatchedServices services;
};

struct LogReader::Wanted {
  bool everywhere = false;
  bool active = false;           // otherwise: the files that are being written to
  std::set<std::string> hinted;  // and these
};

struct LogReader::Bag {
  Look look;
  base::Time at{};
  Steady began{};
  bool answered = false;
  bool hung = false;  // the pipeline thread's
  std::map<std::string, std::uint64_t> unread_bytes;
};

LogReader::LogReader(const asio::any_io_executor& executor, const SourceGroup& group,
                     const std::vector<tail::Checkpoint>& known, tail::FileSystem& files,
                     tail::StreamId ids_after, WatchedServices services, const base::Clock& clock,
                     const ReaderPace& pace, Brought brought)
    : ids_after_(ids_after),
      hosts_(group.hosts),
      roots_(group.roots),
      clock_(clock),
      pace_(pace),
      brought_(std::move(brought)),
      wake_(executor),
      back_(executor),
      tool_(std::make_shared<Tool>(group.sources, of_hosts(known, hosts_), files, ids_after,
                                   std::move(services))),
      worker_(executor, tool_, [this] { back_.set(); }) {}

LogReader::~LogReader() = default;

std::vector<std::string> LogReader::folders() const {
  return tool_->follower.folders();
}

void LogReader::hint(const std::string& path) {
  hinted_.insert(path);
}

void LogReader::stop() {
  stopping_ = true;
  give_up_at_ = steady_clock::now() + pace_.at_the_stop;
  wake_.set();
  back_.set();
}

std::shared_ptr<LogReader::Bag> LogReader::start(Wanted wanted) {
  auto bag = std::make_shared<Bag>();
  bag->at = clock_.now();
  bag->began = steady_clock::now();
  // It may go on alone: nothing of ours is used in it.
  worker_.start([bag, tool = tool_.get(), wanted = std::move(wanted)] {
    Look& look = bag->look;
    if (wanted.everywhere) {
      look.outcome = tool->follower.poll(kPollBytes, bag->at);
      look.folders = tool->follower.folders();
      look.services = tool->services.states(bag->began);
    } else {
      auto paths = wanted.hinted;
      if (wanted.active) {
        paths.merge(tool->follower.active_since(bag->at - kActiveFor));
      }
      if (!paths.empty()) {
        look.outcome = tool->follower.poll(kPollBytes, bag->at, paths);
      }
    }
    look.complete = wanted.everywhere && !look.outcome.more;
    bag->answered = tool->files.take_answered();
    bag->unread_bytes = tool->follower.unread_bytes();
  });
  return bag;
}

// False when it was given up. A look may take as long as it likes while its calls come back.
asio::awaitable<bool> LogReader::came_back(Bag& bag) {
  const auto step = pace_.patience / kPatienceSteps;
  int steps = 0;
  std::uint64_t answers = tool_->files.answers();
  while (!worker_.idle()) {
    const auto now = steady_clock::now();
    if (stopping_ && (hangs_ || now >= give_up_at_)) {
      co_return false;
    }
    const auto wait = stopping_ ? std::min<steady_clock::duration>(step, give_up_at_ - now) : step;
    const bool woken = co_await back_.wait(wait);
    const std::uint64_t now_answers = tool_->files.answers();
    if (std::exchange(answers, now_answers) != now_answers) {
      steps = 0;
    } else if (!woken && ++steps >= kPatienceSteps) {
      bag.hung = true;
      if (!hangs_) {
        tell_it_hangs();
      }
    }
  }
  co_return true;
}

std::vector<std::string> LogReader::names() const {
  return roots_.empty() ? std::vector<std::string>{kLocal}
                        : std::vector<std::string>(roots_.begin(), roots_.end());
}

void LogReader::tell_it_hangs() {
  hangs_ = true;
  Look look;
  look.outcome.more = true;
  for (const auto& name : names()) {
    look.outcome.events.emplace_back(tail::InputProblem{
        name,
        fmt::format("no answer for {} seconds",
                    std::chrono::duration_cast<std::chrono::seconds>(pace_.patience).count()),
        roots_.empty()
            ? "Check the disks of this server, and whether 'sc query' answers. What is written "
              "meanwhile is read afterwards."
            : "Check that the server runs and that its shares can be reached from here (TCP 445); "
              "if it is gone for good, take it out of sources in cmgmon.yaml. Other logs are read "
              "meanwhile."});
  }
  brought_(*this, look);
}

// The whole group is told to be unreadable, and that is enough.
void LogReader::withhold(std::vector<tail::TailEvent>& events) {
  std::erase_if(events, [this](tail::TailEvent& event) {
    if (auto* problem = std::get_if<tail::InputProblem>(&event)) {
      const std::string path = problem->path;
      withheld_[path] = std::move(*problem);
      return true;
    }
    const auto* recovered = std::get_if<tail::InputRecovered>(&event);
    return recovered != nullptr && withheld_.erase(recovered->path) > 0;
  });
}

void LogReader::take_up(Bag& bag) {
  Look& look = bag.look;
  unread_bytes_.swap(bag.unread_bytes);
  caught_up_ = caught_up_ || !look.outcome.more;
  if (look.complete) {
    last_look_ = bag.began;
    looked_at_ = bag.at;
  }
  if (hangs_) {
    auto& events = look.outcome.events;
    withhold(events);
    if (look.complete && !bag.hung && bag.answered) {
      hangs_ = false;
      for (const auto& name : names()) {
        events.emplace_back(tail::InputRecovered{name});
      }
      for (auto& [path, problem] : std::exchange(withheld_, {})) {
        events.emplace_back(std::move(problem));
      }
    }
  }
  brought_(*this, look);
}

asio::awaitable<void> LogReader::run() {
  bool everywhere = true;
  auto next_full_look = steady_clock::now();
  while (!stopping_) {
    if (everywhere) {
      everywhere_ = false;
      next_full_look = steady_clock::now() + pace_.full;
    }
    const auto bag = start({everywhere, pace_.active.has_value(), std::exchange(hinted_, {})});
    if (!co_await came_back(*bag)) {
      tool_->files.give_up();
      co_return;
    }
    take_up(*bag);
    if (bag->look.outcome.more) {
      everywhere = everywhere || hinted_.empty();
      continue;
    }
    const auto now = steady_clock::now();
    const auto next_look =
        pace_.active ? std::min(next_full_look, now + *pace_.active) : next_full_look;
    co_await wake_.wait(next_look - now);
    everywhere = everywhere_ || steady_clock::now() >= next_full_look;
  }
}

}  // namespace cmgmon::engine
