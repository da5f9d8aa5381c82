#include "engine/agent.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <variant>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/path.h"
#include "engine/delivery.h"
#include "engine/facts.h"
#include "engine/folder_watches.h"
#include "engine/log_reader.h"
#include "engine/pipeline.h"
#include "engine/saving.h"
#include "engine/signal.h"
#include "engine/spawn.h"
#include "engine/state_keeper.h"
#include "engine/status_report.h"
#include "engine/stocktaking.h"
#include "engine/worker.h"
#include "platform/directory_watch.h"
#include "sinks/notices.h"

namespace cmgmon::engine {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kStopPatience{3};
constexpr std::chrono::minutes kClockWasSet{1};  // smaller steps do no harm
constexpr std::chrono::minutes kStoodStill{2};   // the time loop never waits that long
constexpr tail::StreamId kIdsPerReader = 1U << 24U;
constexpr std::chrono::seconds kAskEvery{60};
constexpr std::chrono::seconds kAskAgain{2};  // a pack is copied file by file

std::vector<tail::Checkpoint> checkpoints_of(const store::Snapshot& snapshot) {
  std::vector<tail::Checkpoint> known;
  for (const auto& [key, stream] : snapshot.streams) {
    known.push_back(stream.checkpoint);
  }
  return known;
}

}  // namespace

class Agent::Impl {
 public:
  Impl(AgentConfig config, const signatures::SignatureSet& set, store::Opened state,
       std::vector<std::unique_ptr<sinks::Sink>> sinks, const base::Clock& clock, Diary diary)
      : config_(std::move(config)),
        set_(set),
        clock_(clock),
        diary_(std::move(diary)),
        facts_(set, config_.connection_points, config_.host, clock),
        book_(set, config_.book, [this] { return facts_(); }),
        pipeline_(set, book_, config_.host),
        book_error_(load_book(book_, state)),
        saving_(io_.get_executor(), std::move(state.store), keeper_, deliveries_, report_.seen,
                [this](const sinks::Notice& notice) { say(notice); }) {
    for (auto& sink : sinks) {
      deliveries_.push_back(std::make_unique<Delivery>(
          io_.get_executor(), std::move(sink), clock_,
          Delivery::Callbacks{[this] { saving_.want(true); },
                              [this](const sinks::Notice& notice) { say(notice); }}));
    }
    report_.seen.version = config_.version;
    report_.seen.host = config_.host;
    report_.seen.started = config_.process_started;
    report_.seen.loaded = clock_.now();
    report_.seen.change_refused = config_.change_refused;
    make_readers(checkpoints_of(state.snapshot));
    restore(state);
  }

  ~Impl() { wish_worker_.join(); }

  Agent::End run(const std::function<void()>& running) {
    asio::signal_set signals(io_, SIGINT, SIGTERM);
    signals.async_wait([this](boost::system::error_code error, int) {
      if (!error) {
        begin_stop("interrupted");
      }
    });
    // Before the first pass: what happens in between shows as a hint afterwards.
    watch(readers_.front()->folders());
    if (running) {
      running();
    }
    if (!config_.handed_over) {
      say(sinks::service_started(config_.version, config_.sources.size(), set_.signatures.size()));
    }
    for (const auto& notice : config_.at_start) {
      say(notice);
    }
    for (auto& reader : readers_) {
      ++running_readers_;
      spawn(reader_loop(*reader));
    }
    spawn(limit_backlogs());
    spawn(saving_.run());
    spawn(stocktaking_.run());
    for (auto& delivery : deliveries_) {
      ++running_deliveries_;
      spawn(delivery_loop(*delivery));
    }
    spawn(stop_sequence(signals));
    io_.run();
    return reloading_ ? End::kReload : End::kStopped;
  }

  void ask_for_wishes() {
    asio::post(io_, [this] { ask_.set(); });
  }

  std::vector<std::string> unread() const {
    return {report_.unreadable.begin(), report_.unreadable.end()};
  }

  store::Opened take_state() {
    // Whatever was still decided or delivered after the last commit is in the first one of the next agent.
    store::Opened state{saving_.take_store(), keeper_.snapshot(), true};
    state.told = keeper_.take_told();
    return state;
  }

  HandedOver hand_over() {
    HandedOver left;
    left.save_failing = saving_.failing();
    left.problems = std::move(told_before_);
    left.problems.insert(report_.unreadable.begin(), report_.unreadable.end());
    left.problems.insert(missing_.begin(), missing_.end());
    for (auto& delivery : deliveries_) {
      left.deliveries[delivery->name()] = delivery->take_memory();
    }
    return left;
  }

  void stop(const std::string& reason) {
    asio::post(io_, [this, reason] { begin_stop(reason); });
  }

 private:
  void spawn(asio::awaitable<void> loop) { engine::spawn(io_.get_executor(), std::move(loop)); }

  void say(const sinks::Notice& notice) {
    diary_(notice);
    for (auto& delivery : deliveries_) {
      delivery->add(notice);
    }
  }

  void begin_stop(const std::string& reason) {
    if (stopping_) {
      return;
    }
    stopping_ = true;
    stop_reason_ = reason;
    for (auto& reader : readers_) {
      reader->stop();
    }
    backlogs_limit_.set();
    time_passes_.set();
    everything_read_.set();
    ask_.set();
    stocktaking_.stop(kStopPatience);
  }

  // --- what an earlier run left ---------------------------------------------------------------------------------------

  void restore(const store::Opened& state) {
    auto errors = keeper_.restore(state);
    if (book_error_) {
      errors.push_back(*book_error_);
    }
    if (!errors.empty()) {
      const auto copy = saving_.keep_copy();
      for (auto& error : errors) {
        error.message += copy ? "; a copy has been put aside as " + *copy
                              : "; it has not been put aside: " + copy.error().message;
        say(sinks::state_quarantined(error));
      }
    }
    const auto open = book_.told_open();
    for (auto& delivery : deliveries_) {
      delivery->resume(open);
      delivery->release(delivery->added());  // they are on disk
    }
    if (config_.handed_over) {
      for (auto& delivery : deliveries_) {
        delivery->remember(std::move(config_.handed_over->deliveries[delivery->name()]));
      }
      told_before_ = std::move(config_.handed_over->problems);
      if (config_.handed_over->save_failing) {
        saving_.begins_failing();
      }
    }
    if (state.quarantined) {
      say(sinks::state_quarantined(*state.quarantined));
    }
    if (state.unread) {
      saving_.begins_failing();
      say(sinks::state_not_saved(*state.unread));
    }
    // Better to learn now than at the first incident that nothing can be saved.
    saving_.want(true);
  }

  // --- watching and reading -------------------------------------------------------------------------------------------

  // Besides the folders of the logs, those of what the agent is made of.
  void watch(const std::vector<std::string>& folders) {
    watches_.watch(folders);
    watches_.watch(config_.wish_folders);
  }

  void changed(const std::vector<std::string>& paths, bool everything) {
    if (everything) {
      ++report_.seen.watch_overruns;
      readers_.front()->look_everywhere();
    }
    for (const auto& path : paths) {
      if (config_.matters && config_.matters(path)) {
        ask_.set();
      }
      readers_.front()->hint(path);
    }
    readers_.front()->wake();
  }

  // The first one is for the logs of this machine; only their folders are watched, because the watch on a share may hang as
  // much as everything else there.
  void make_readers(const std::vector<tail::Checkpoint>& known) {
    const bool watches_tell_all = platform::DirectoryWatch::exact();
    ReaderPace local;
    local.full = watches_tell_all ? config_.poll_backstop : config_.poll_idle;
    local.active = watches_tell_all ? std::nullopt : std::optional(config_.poll_active);
    local.patience = config_.patience;
    ReaderPace network;
    network.full = std::min(config_.poll_network, config_.poll_backstop);
    network.active = std::min(config_.poll_active, network.full);
    network.patience = config_.patience_network;
    local.at_the_stop = network.at_the_stop = kStopPatience;

    tail::StreamId ids_after = 0;
    for (const auto& group : group_by_host(config_.sources)) {
      const bool first = readers_.empty();
      WatchedServices services(
          first ? signatures::services_asked_for(set_) : std::vector<std::string>{},
          config_.query_service);
      readers_.push_back(std::make_unique<LogReader>(
          io_.get_executor(), group, known, *config_.files, ids_after, std::move(services), clock_,
          first ? local : network,
          [this](LogReader& reader, const Look& look) { brought(reader, look); }));
      ids_after += kIdsPerReader;
    }
  }

  asio::awaitable<void> reader_loop(LogReader& reader) {
    co_await reader.run();
    --running_readers_;
    ended_.set();
  }

  void brought(LogReader& reader, const Look& look) {
    absorb(look.outcome, reader.ids_after());
    if (look.complete && &reader == readers_.front().get()) {
      services_ = look.services;
      watch(look.folders);
    }
    if (!caught_up_) {
      catch_up();
    }
    if (caught_up_ && !stopping_) {
      everything_read_.set();
      looked_everywhere();
    }
  }

  // The backlogs of all logs end together, because one may show the end of what another one began; but local alerts wait no
  // longer than this for a server that is slow.
  asio::awaitable<void> limit_backlogs() {
    co_await backlogs_limit_.wait(config_.patience_network);
    if (stopping_ || caught_up_) {
      co_return;
    }
    backlogs_end_alone_ = true;
    for (const auto& reader : readers_) {
      if (reader->caught_up()) {
        pipeline_.end_look(clock_.now(), reader->ids_after(), reader->ids_after() + kIdsPerReader);
      }
    }
    pipeline_.raise_what_waits(clock_.now());
    collect();
  }

  // Nobody waits for a server that hangs.
  template <typename Does>
  bool all_readers(const Does& does) const {
    return std::all_of(readers_.begin(), readers_.end(),
                       [&](const auto& reader) { return reader->hangs() || does(*reader); });
  }

  void catch_up() {
    if (!all_readers([](const LogReader& reader) { return reader.caught_up(); })) {
      return;
    }
    caught_up_ = true;
    backlogs_limit_.set();
    stocktaking_.caught_up();
    pipeline_.caught_up(clock_.now());
    collect();
    std::string silent;
    for (const auto& reader : readers_) {
      for (const auto& name : reader->hangs() ? reader->names() : std::vector<std::string>{}) {
        silent += (silent.empty() ? "" : ", ") + name;
      }
    }
    diary_({sinks::Notice::Severity::kInformation, 0,
            "All logs have been read up to now" +
                (silent.empty() ? "." : ", but for what does not answer: " + silent + "."),
            ""});
    spawn(
        time_loop());  // not before: what was written while we were down must not look like silence
    if (config_.wishes) {
      ask_.set();
      spawn(wish_loop());
    }
    if (config_.once) {
      begin_stop(silent.empty() ? "everything there was has been read"
                                : "everything there was has been read, but for " + silent);
    }
  }

  // Up to when all logs have been read, but for those that are told to be unreadable.
  void looked_everywhere() {
    if (readers_.front()->hangs()) {
      return;  // its logs are not silent, and the states of services are old
    }
    std::optional<base::Time> at;
    for (const auto& reader : readers_) {
      if (!reader->hangs() && (!at || reader->looked_at() < *at)) {
        if (!reader->looked_at()) {
          return;
        }
        at = reader->looked_at();
      }
    }
    if (!at || at == looked_at_ ||
        (looked_at_ && *at < *looked_at_ && *looked_at_ - *at < kClockWasSet)) {
      return;  // one that hung looks again
    }
    looked_at_ = at;
    facts_.set_services(services_);
    pipeline_.looked(*at, services_);
    collect();
    if (std::all_of(readers_.begin(), readers_.end(),
                    [](const auto& reader) { return reader->caught_up(); })) {
      report_missing_services();
    }
    if (stopping_ || std::exchange(settled_, true)) {
      return;
    }
    for (const auto& path : std::exchange(told_before_, {})) {
      say(sinks::input_recovered(path));
    }
  }

  // Told, unless an earlier agent of this process did.
  void say_problem(const std::string& path, const std::string& message, const std::string& remedy) {
    if (told_before_.erase(path) == 0) {
      say(sinks::input_problem(path, message, remedy));
    }
  }

  // One event when a service we cannot do without has no log at all, one when it has.
  void report_missing_services() {
    for (const auto& required : config_.required) {
      const bool missing = !pipeline_.follows(required.service);
      if (missing && missing_.insert(required.service).second) {
        say_problem(
            required.title, "no such log in " + required.where,
            "Install the service on a CMG connection point, or name the log in cmgmon.yaml under "
            "sources");
      } else if (!missing && missing_.erase(required.service) > 0) {
        say(sinks::input_recovered(required.title));
      }
    }
  }

  // One step of the pipeline: nothing else runs in between, so what is saved is always a whole step.
  void absorb(const tail::PollOutcome& outcome, tail::StreamId ids_after) {
    mind_the_clock();
    const base::Time now = clock_.now();
    for (const auto& event : outcome.events) {
      pipeline_.process(event, now);
      if (const auto* gap = std::get_if<tail::Gap>(&event)) {
        ++report_.seen.gaps;
        report_.seen.gap_bytes += gap->bytes;
        say(sinks::input_gap(gap->path, gap->bytes, gap->reason));
      } else if (const auto* problem = std::get_if<tail::InputProblem>(&event)) {
        report_.unreadable.insert(problem->path);
        say_problem(problem->path, problem->message, problem->remedy);
      } else if (const auto* recovered = std::get_if<tail::InputRecovered>(&event)) {
        report_.unreadable.erase(recovered->path);
        say(sinks::input_recovered(recovered->path));
      }
    }
    if (!outcome.more && (caught_up_ || backlogs_end_alone_)) {
      pipeline_.end_look(now, ids_after, ids_after + kIdsPerReader);
    }
    static_cast<void>(pipeline_.take_file_reports());  // scan's business
    for (const auto& checkpoint : outcome.checkpoints) {
      keeper_.moved(checkpoint);
    }
    if (!outcome.events.empty() || !outcome.checkpoints.empty()) {
      saving_.want(false);
    }
    collect();
    time_passes_.set();  // there may be a nearer deadline now
  }

  // Moves what the book decided into the outboxes.
  void collect() {
    for (const auto& stream : pipeline_.take_ended_backlogs()) {
      keeper_.backlog_ended(stream);
      saving_.want(false);
    }
    bool decided = false;
    for (const auto& transition : book_.take_transitions()) {
      decided = decided || transition.kind != incidents::TransitionKind::kUpdated;
      keeper_.told(transition);
      for (auto& delivery : deliveries_) {
        delivery->add(transition);
      }
      saving_.want(false);
    }
    if (decided) {
      saving_.want(true);
      stocktaking_.decided();
    }
  }

  // --- what others want -------------------------------------------------------------------------------------------------

  asio::awaitable<void> wish_loop() {
    auto pause = std::chrono::duration_cast<steady_clock::duration>(kAskEvery);
    while (!stopping_) {
      co_await ask_.wait(pause);
      if (stopping_) {
        break;
      }
      auto ask = [this] { return config_.wishes(); };
      const Wishes wishes = co_await run_on(wish_worker_, std::move(ask));
      report_.seen.change_refused = wishes.change_refused;
      for (const auto& notice : wishes.notices) {
        say(notice);
      }
      for (const auto& fingerprint : wishes.to_clear) {
        if (book_.close_by_operator(fingerprint, clock_.now())) {
          collect();
        }
      }
      if (wishes.cleared) {
        saving_.when_saved(wishes.cleared);
      }
      if (wishes.reload && !stopping_) {
        reloading_ = true;
        begin_stop("the settings or signatures have changed");
      }
      pause = wishes.ask_again_soon ? kAskAgain : kAskEvery;
    }
  }

  // What waits by the wall clock must not notice that it was set.
  void mind_the_clock() {
    const auto steady = steady_clock::now();
    const base::Time wall = clock_.now();
    const auto set_by =
        std::chrono::duration_cast<base::Duration>((wall - last_wall_) - (steady - last_steady_));
    last_steady_ = steady;
    last_wall_ = wall;
    if (set_by > kClockWasSet || set_by < -kClockWasSet) {
      ++report_.seen.clock_changes;
      book_.clock_moved(set_by);
      saving_.want(false);
    }
  }

  // After this process has stood still (stopped, suspended), what was written meanwhile decides whether an incident has
  // been quiet.
  asio::awaitable<void> read_everything(steady_clock::time_point since) {
    while (!stopping_ &&
           !all_readers([&](const LogReader& reader) { return reader.last_look() >= since; })) {
      for (auto& reader : readers_) {
        if (reader->last_look() < since) {
          reader->look_everywhere();
          reader->wake();
        }
      }
      co_await everything_read_.wait(std::chrono::seconds(1));
    }
  }

  asio::awaitable<void> time_loop() {
    auto last_turn = steady_clock::now();
    while (!stopping_) {
      const auto now = steady_clock::now();
      if (now - last_turn > kStoodStill) {
        ++report_.seen.standstills;
        co_await read_everything(now);
        if (stopping_) {
          break;  // what was written meanwhile is not read, so nothing may become quiet
        }
      }
      last_turn = now;
      mind_the_clock();
      book_.advance(clock_.now());
      collect();
      const auto deadline = book_.next_deadline();
      std::chrono::microseconds wait = std::chrono::hours(1);
      if (deadline) {
        wait = std::clamp<std::chrono::microseconds>(*deadline - clock_.now(),
                                                     std::chrono::milliseconds(10), wait);
      }
      // Capped, because the wall clock may be set while we wait.
      co_await time_passes_.wait(
          std::min<std::chrono::microseconds>(wait, std::chrono::seconds(30)));
    }
  }

  // --- how it is ------------------------------------------------------------------------------------------------------

  status::AgentStatus take_stock() {
    report_.seen.watches = watches_.size();
    report_.unread_bytes.clear();
    report_.seen.readers.clear();
    for (const auto& reader : readers_) {
      for (const auto& host : reader->hosts()) {
        report_.seen.readers.push_back({host, reader->hangs(), reader->looked_at()});
      }
      for (const auto& [service, bytes] : reader->unread_bytes()) {
        report_.unread_bytes[service] += bytes;
      }
    }
    return report_.take(book_, pipeline_, deliveries_, clock_.now());
  }

  // --- delivering and stopping ------------------------------------------------------------------------------------------

  asio::awaitable<void> delivery_loop(Delivery& delivery) {
    co_await delivery.run();
    --running_deliveries_;
    ended_.set();
  }

  asio::awaitable<void> stop_sequence(asio::signal_set& signals) {
    while (running_readers_ > 0) {
      co_await ended_.wait(std::chrono::hours(1));
    }
    // The readers have ended: no new decisions. Save them, deliver them, save what was delivered.
    if (!reloading_) {
      say(sinks::service_stopped(stop_reason_));
    }
    saving_.finish();
    co_await saving_.finished(kStopPatience);
    const auto deadline = steady_clock::now() + kStopPatience;
    for (auto& delivery : deliveries_) {
      delivery->finish(deadline, reloading_);
    }
    while (running_deliveries_ > 0 && steady_clock::now() < deadline) {
      co_await ended_.wait(deadline - steady_clock::now());
    }
    co_await saving_.commit();
    // Now everything that still waits ends by itself, and run() with the last of it. Not io_.stop(): on Windows the event
    // loop's destructor waits for whatever was left suspended.
    signals.cancel();
    watches_.cancel();
  }

  AgentConfig config_;
  const signatures::SignatureSet& set_;
  const base::Clock& clock_;
  Diary diary_;
  MachineFacts facts_;
  incidents::IncidentBook book_;
  Pipeline pipeline_;
  std::optional<base::Error> book_error_;  // before the reader: without incidents it begins anew

  asio::io_context io_{1};
  Signal ended_{io_.get_executor()};
  Signal ask_{io_.get_executor()};
  Signal backlogs_limit_{io_.get_executor()};
  Signal everything_read_{io_.get_executor()};
  Signal time_passes_{io_.get_executor()};
  Deliveries deliveries_;
  StateKeeper keeper_{book_, pipeline_, deliveries_};
  StatusReport report_;

  std::vector<std::unique_ptr<LogReader>> readers_;  // the first: of this machine
  FolderWatches watches_{io_.get_executor(),
                         [this](const std::vector<std::string>& paths, bool everything) {
                           changed(paths, everything);
                         }};
  Saving saving_;
  Stocktaking stocktaking_{io_.get_executor(), config_, clock_, [this] { return take_stock(); },
                           [this](const sinks::Notice& notice) { say(notice); }};

  std::set<std::string> missing_;  // required services without a log
  // Logs and folders of which an earlier agent told that they cannot be read, until all have been looked at.
  std::set<std::string> told_before_;
  bool settled_ = false;
  signatures::ServiceStates services_;
  bool caught_up_ = false;
  bool backlogs_end_alone_ = false;
  std::optional<base::Time> looked_at_;  // everything written before it has been read
  steady_clock::time_point last_steady_ = steady_clock::now();
  base::Time last_wall_ = clock_.now();

  bool stopping_ = false;
  bool reloading_ = false;   // another agent will go on
  int running_readers_ = 0;  // 0: no new decisions
  int running_deliveries_ = 0;
  std::string stop_reason_;

  asio::thread_pool wish_worker_{
      1};  // reads packs, which may take long; an alert must not wait for it
};

Agent::Agent(AgentConfig config, const signatures::SignatureSet& set, store::Opened state,
             std::vector<std::unique_ptr<sinks::Sink>> sinks, const base::Clock& clock, Diary diary)
    : impl_(std::make_unique<Impl>(std::move(config), set, std::move(state), std::move(sinks),
                                   clock, std::move(diary))) {}

Agent::~Agent() = default;

Agent::End Agent::run(const std::function<void()>& running) {
  return impl_->run(running);
}

void Agent::stop(const std::string& reason) {
  impl_->stop(reason);
}

void Agent::ask_for_wishes() {
  impl_->ask_for_wishes();
}

std::vector<std::string> Agent::unread() const {
  return impl_->unread();
}

store::Opened Agent::take_state() {
  return impl_->take_state();
}

HandedOver Agent::hand_over() {
  return impl_->hand_over();
}

}  // namespace cmgmon::engine
