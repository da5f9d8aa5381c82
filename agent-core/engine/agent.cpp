#include "engine/agent.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <variant>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/path.h"
#include "engine/delivery.h"
#include "engine/facts.h"
#include "engine/pipeline.h"
#include "engine/signal.h"
#include "engine/state_keeper.h"
#include "engine/status_report.h"
#include "engine/worker.h"
#include "platform/directory_watch.h"
#include "platform/files.h"
#include "sinks/notices.h"
#include "status/heartbeat.h"
#include "status/metrics.h"
#include "tail/follower.h"

namespace cmgmon::engine {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kPollBytes = 1U << 20U;
constexpr std::chrono::milliseconds kCommitAtMostEvery{250};
constexpr std::chrono::seconds kCommitAgain{1};  // while the disk refuses
constexpr std::chrono::seconds kStopPatience{3};
constexpr std::chrono::minutes kActiveFor{10};
constexpr std::chrono::minutes kClockWasSet{1};  // smaller steps do no harm
constexpr std::chrono::minutes kStoodStill{2};   // the time loop never waits that long
constexpr std::chrono::seconds kAskEvery{60};
constexpr std::chrono::seconds kAskAgain{2};  // a pack is copied file by file
// How often the agent takes stock of itself: while somebody looks, and otherwise. The file is written as often as the
// latter, and at once when an alert begins or ends.
constexpr std::chrono::seconds kStatusWatched{1};
constexpr std::chrono::seconds kStatusUnwatched{15};

// What the reader worker brings back.
struct Look {
  tail::PollOutcome outcome;
  base::Time at{};  // when it began, by either clock
  steady_clock::time_point began{};
  std::map<std::string, std::uint64_t> unread_bytes;
  // Only after a look at everything:
  std::vector<std::string> folders;  // to be watched
  signatures::ServiceStates services;
};

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
        store_(std::move(state.store)),
        facts_(set, config_.connection_points, config_.host, clock),
        book_(set, config_.book, [this] { return facts_(); }),
        pipeline_(set, book_, config_.host),
        book_error_(load_book(book_, state)),
        follower_(config_.sources, checkpoints_of(state.snapshot)),
        services_(signatures::services_asked_for(set), config_.query_service),
        look_(io_.get_executor()),
        commit_wanted_(io_.get_executor()),
        committed_(io_.get_executor()),
        ended_(io_.get_executor()),
        ask_(io_.get_executor()) {
    for (auto& sink : sinks) {
      deliveries_.push_back(std::make_unique<Delivery>(
          io_.get_executor(), std::move(sink), clock_,
          Delivery::Callbacks{[this] { want_commit(true); },
                              [this](const sinks::Notice& notice) { say(notice); }}));
    }
    report_.seen.version = config_.version;
    report_.seen.host = config_.host;
    report_.seen.started = config_.process_started;
    report_.seen.loaded = clock_.now();
    report_.seen.change_refused = config_.change_refused;
    has_network_source_ =
        std::any_of(config_.sources.begin(), config_.sources.end(), [](const tail::Source& source) {
          return source.glob.starts_with("\\\\") || source.glob.starts_with("//");
        });
    restore(state);
  }

  ~Impl() {
    reader_.join();
    store_worker_.join();
    status_worker_.join();
    wish_worker_.join();
  }

  Agent::End run(const std::function<void()>& running) {
    asio::signal_set signals(io_, SIGINT, SIGTERM);
    signals.async_wait([this](boost::system::error_code error, int) {
      if (!error) {
        begin_stop("interrupted");
      }
    });
    // Before the first pass: what happens in between shows as a hint afterwards.
    watch(follower_.folders());
    watch(config_.wish_folders);
    if (running) {
      running();
    }
    if (!config_.reloaded) {
      say(sinks::service_started(config_.version, config_.sources.size(), set_.signatures.size()));
    }
    for (const auto& notice : config_.at_start) {
      say(notice);
    }
    spawn(read_loop());
    spawn(commit_loop());
    if (config_.board != nullptr) {
      spawn(status_loop());
    }
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

  store::Opened take_state() {
    // Whatever was still decided or delivered after the last commit is in the first one of the next agent.
    store::Opened state{std::move(store_), keeper_.snapshot(), true};
    state.told = keeper_.take_told();
    return state;
  }

  void stop(const std::string& reason) {
    asio::post(io_, [this, reason] { begin_stop(reason); });
  }

 private:
  void spawn(asio::awaitable<void> loop) {
    // An exception here is a bug of ours: end the process, recovery restarts it, and the state on disk is whole.
    asio::co_spawn(io_, std::move(loop), [](std::exception_ptr error) {
      if (error) {
        std::rethrow_exception(error);
      }
    });
  }

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
    look_.set();
    time_passes_.set();
    everything_read_.set();
    ask_.set();
    status_wanted_.set();
    status_pause_.set();
  }

  // --- what an earlier run left ---------------------------------------------------------------------------------------

  void restore(const store::Opened& state) {
    if (book_error_) {
      say(sinks::state_quarantined(*book_error_));
    }
    for (const auto& error : keeper_.restore(state)) {
      say(sinks::state_quarantined(error));
    }
    const auto open = book_.told_open();
    for (auto& delivery : deliveries_) {
      delivery->resume(open);
      delivery->release(delivery->added());  // they are on disk
    }
    if (state.quarantined) {
      say(sinks::state_quarantined(*state.quarantined));
    }
    if (state.unread) {
      save_failing_ = true;
      say(sinks::state_not_saved(*state.unread));
    }
    // Better to learn now than at the first incident that nothing can be saved.
    want_commit(true);
  }

  // --- watching and reading -------------------------------------------------------------------------------------------

  void watch(const std::vector<std::string>& folders) {
    for (const auto& folder : folders) {
      if (watched_.contains(folder)) {
        continue;
      }
      auto watch = platform::DirectoryWatch::start(io_.get_executor(), folder);
      if (watch) {
        watched_[folder] = nullptr;
        spawn(watch_loop(folder, std::move(*watch)));
      }  // else: not there yet, or cannot be watched; the poll sees it, and we try again after it
    }
  }

  asio::awaitable<void> watch_loop(std::string folder, platform::DirectoryWatch watch) {
    watched_[folder] = &watch;
    while (!stopping_) {
      auto [error, change] = co_await watch.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error || stopping_) {
        break;
      }
      if (change.everything) {
        ++report_.seen.watch_overruns;
        look_everywhere_ = true;
      }
      for (const auto& name : change.names) {
        std::string path = base::join_path(folder, name);
        if (config_.matters && config_.matters(path)) {
          ask_.set();
        }
        hinted_.insert(std::move(path));
      }
      look_.set();
    }
    watched_.erase(folder);
  }

  bool watches_tell_all() const {
    return platform::DirectoryWatch::exact() && !has_network_source_;
  }

  // How often everything is looked at.
  std::chrono::milliseconds full_interval() const {
    if (watches_tell_all()) {
      return config_.poll_backstop;
    }
    return has_network_source_ ? std::min(config_.poll_idle, config_.poll_network)
                               : config_.poll_idle;
  }

  // What was hinted; where the watches miss what is written into a file that stays open, also the files that are being
  // written to.
  Look look_at(std::set<std::string> hinted, bool everywhere) {
    Look look;
    look.at = clock_.now();
    look.began = steady_clock::now();
    if (everywhere) {
      look.outcome = follower_.poll(kPollBytes, look.at);
      look.folders = follower_.folders();
      look.services = services_.states(steady_clock::now());
    } else {
      if (!watches_tell_all()) {
        hinted.merge(follower_.active_since(look.at - kActiveFor));
      }
      if (!hinted.empty()) {
        look.outcome = follower_.poll(kPollBytes, look.at, hinted);
      }
    }
    if (everywhere || !look.outcome.events.empty()) {
      look.unread_bytes = follower_.unread_bytes();
    }
    return look;
  }

  asio::awaitable<void> read_loop() {
    bool everywhere = true;
    auto next_full_look = steady_clock::now();
    while (!stopping_) {
      auto hinted = std::exchange(hinted_, {});
      if (everywhere) {
        look_everywhere_ = false;
        next_full_look = steady_clock::now() + full_interval();
      }
      auto poll = [this, hinted = std::move(hinted), everywhere] {
        return look_at(hinted, everywhere);
      };
      Look look = co_await run_on(reader_, std::move(poll));
      const bool more = look.outcome.more;
      if (!look.unread_bytes.empty()) {
        report_.unread_bytes.swap(look.unread_bytes);
      }
      absorb(look.outcome);
      if (more) {
        everywhere = everywhere || hinted_.empty();
        continue;
      }
      if (!caught_up_) {
        caught_up_ = true;
        pipeline_.caught_up(clock_.now());
        collect();
        diary_(
            {sinks::Notice::Severity::kInformation, 0, "All logs have been read up to now.", ""});
        spawn(
            time_loop());  // not before: what was written while we were down must not look like silence
        if (config_.wishes) {
          ask_.set();
          spawn(wish_loop());
        }
        if (config_.once) {
          begin_stop("everything there was has been read");
          break;
        }
      }
      if (everywhere) {
        facts_.set_services(look.services);
        last_full_look_ = look.began;
        everything_read_.set();
        pipeline_.looked(look.at, look.services);
        collect();
        watch(look.folders);
        watch(config_.wish_folders);
        report_missing_services();
      }
      const auto now = steady_clock::now();
      const auto next_look =
          watches_tell_all() ? next_full_look : std::min(next_full_look, now + config_.poll_active);
      co_await look_.wait(next_look - now);
      everywhere = look_everywhere_ || steady_clock::now() >= next_full_look;
    }
    read_ended_ = true;
    ended_.set();
  }

  // One event when a service we cannot do without has no log at all, one when it has.
  void report_missing_services() {
    for (const auto& required : config_.required) {
      const bool missing = !pipeline_.follows(required.service);
      if (missing && missing_.insert(required.service).second) {
        say(sinks::input_problem(
            required.title, "no such log in " + required.where,
            "Install the service on a CMG connection point, or name the log in cmgmon.yaml under "
            "sources"));
      } else if (!missing && missing_.erase(required.service) > 0) {
        say(sinks::input_recovered(required.title));
      }
    }
  }

  // One step of the pipeline: nothing else runs in between, so what is saved is always a whole step.
  void absorb(const tail::PollOutcome& outcome) {
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
        say(sinks::input_problem(problem->path, problem->message, problem->remedy));
      } else if (const auto* recovered = std::get_if<tail::InputRecovered>(&event)) {
        report_.unreadable.erase(recovered->path);
        say(sinks::input_recovered(recovered->path));
      }
    }
    static_cast<void>(pipeline_.take_file_reports());  // scan's business
    for (const auto& checkpoint : outcome.checkpoints) {
      keeper_.moved(checkpoint);
    }
    if (!outcome.events.empty() || !outcome.checkpoints.empty()) {
      want_commit(false);
    }
    collect();
    time_passes_.set();  // there may be a nearer deadline now
  }

  // Moves what the book decided into the outboxes.
  void collect() {
    bool decided = false;
    for (const auto& transition : book_.take_transitions()) {
      decided = decided || transition.kind != incidents::TransitionKind::kUpdated;
      keeper_.told(transition);
      for (auto& delivery : deliveries_) {
        delivery->add(transition);
      }
      want_commit(false);
    }
    if (decided) {
      want_commit(true);
      told_ = true;
      status_wanted_.set();
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
        when_saved_.push_back(wishes.cleared);
        want_commit(true);
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
      want_commit(false);
    }
  }

  // After this process has stood still (stopped, suspended), what was written meanwhile decides whether an incident has
  // been quiet.
  asio::awaitable<void> read_everything(steady_clock::time_point since) {
    while (!stopping_ && last_full_look_ < since) {
      look_everywhere_ = true;
      look_.set();
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

  void take_stock() {
    report_.seen.watches = watched_.size();
    latest_ = report_.take(book_, pipeline_, deliveries_, clock_.now());
    config_.board->publish(latest_);
  }

  asio::awaitable<void> write_metrics_file() {
    auto write = [path = config_.metrics_file, status = latest_] {
      return platform::replace_file(path, status::metrics_text(status));
    };
    const auto written = co_await run_on(status_worker_, std::move(write));
    if (!written && !metrics_file_failing_) {
      say(sinks::metrics_file_not_written(written.error()));
    } else if (written && metrics_file_failing_) {
      say(sinks::metrics_file_written_again(config_.metrics_file));
    }
    metrics_file_failing_ = !written;
  }

  asio::awaitable<void> status_loop() {
    status::HeartbeatSchedule heartbeat(config_.heartbeat, config_.host, !config_.reloaded);
    auto next_file = steady_clock::now();
    while (!stopping_) {
      const auto now = steady_clock::now();
      take_stock();
      if (!config_.metrics_file.empty() && (now >= next_file || told_)) {
        told_ = false;
        next_file = now + kStatusUnwatched;
        co_await write_metrics_file();
      }
      // Not before everything that was there has been read: "nothing is open" would be said too early.
      if (caught_up_ && config_.heartbeat.count() > 0 && heartbeat.due(clock_.now())) {
        take_stock();
        say(sinks::heartbeat(status::heartbeat_text(latest_)));
      }
      const bool watched = config_.board->watched();
      co_await status_wanted_.wait(watched || !caught_up_ ? kStatusWatched : kStatusUnwatched);
      const auto earliest = now + kStatusWatched;
      if (!stopping_ && steady_clock::now() < earliest) {
        co_await status_pause_.wait(earliest - steady_clock::now());
      }
    }
  }

  // --- saving -----------------------------------------------------------------------------------------------------------

  void want_commit(bool at_once) {
    dirty_ = true;
    urgent_ = urgent_ || at_once;
    commit_wanted_.set();
  }

  // What an earlier run left undelivered, in a database that could not be read when we started.
  void deliver_found() {
    for (const auto& row : store_->take_found()) {
      for (auto& delivery : deliveries_) {
        if (delivery->name() == row.sink) {
          delivery->add(row.transition);
          want_commit(true);
        }
      }
    }
  }

  asio::awaitable<void> commit_now() {
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
    const auto saved = co_await run_on(store_worker_, std::move(save));
    report_.seen.last_commit =
        std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
    ++(saved ? report_.seen.commits : report_.seen.commit_failures);
    if (!saved) {
      keeper_.not_saved(std::move(*changes));
      when_saved_.insert(when_saved_.begin(), then.begin(), then.end());
    }
    if (!saved && !save_failing_) {
      say(sinks::state_not_saved(saved.error()));
    } else if (saved && save_failing_) {
      say(sinks::state_saved_again());
    }
    save_failing_ = !saved;
    dirty_ = dirty_ || save_failing_;
    deliver_found();
    // Even when the disk refuses: an alert that may come twice is better than one that does not come.
    for (std::size_t i = 0; i < deliveries_.size(); ++i) {
      deliveries_[i]->release(included[i]);
    }
  }

  asio::awaitable<void> commit_loop() {
    auto last = steady_clock::time_point{};
    // What is decided last is committed once more, or at least tried: only then it goes out.
    bool tried_last = false;
    while (!finishing_ || (dirty_ && !tried_last)) {
      if (!dirty_) {
        co_await commit_wanted_.wait(std::chrono::hours(1));
      } else if (save_failing_ && !finishing_) {
        co_await commit_wanted_.wait(kCommitAgain);
      }
      const auto due = last + kCommitAtMostEvery;
      while (dirty_ && !urgent_ && !stopping_ && steady_clock::now() < due) {
        co_await commit_wanted_.wait(due - steady_clock::now());
      }
      if (dirty_) {
        last = steady_clock::now();
        tried_last = finishing_;
        co_await commit_now();
      }
    }
    committed_.set();
  }

  // --- delivering and stopping ------------------------------------------------------------------------------------------

  asio::awaitable<void> delivery_loop(Delivery& delivery) {
    co_await delivery.run();
    --running_deliveries_;
    ended_.set();
  }

  asio::awaitable<void> stop_sequence(asio::signal_set& signals) {
    while (!read_ended_) {
      co_await ended_.wait(std::chrono::hours(1));
    }
    // The read loop has ended: no new decisions. Save them, deliver them, save what was delivered.
    if (!reloading_) {
      say(sinks::service_stopped(stop_reason_));
    }
    finishing_ = true;
    want_commit(true);
    co_await committed_.wait(kStopPatience);
    const auto deadline = steady_clock::now() + kStopPatience;
    for (auto& delivery : deliveries_) {
      delivery->finish(deadline);
    }
    while (running_deliveries_ > 0 && steady_clock::now() < deadline) {
      co_await ended_.wait(deadline - steady_clock::now());
    }
    co_await commit_now();
    // Now everything that still waits ends by itself, and run() with the last of it. Not io_.stop(): on Windows the event
    // loop's destructor waits for whatever was left suspended.
    signals.cancel();
    for (const auto& [folder, watch] : watched_) {
      if (watch != nullptr) {
        watch->cancel();
      }
    }
  }

  AgentConfig config_;
  const signatures::SignatureSet& set_;
  const base::Clock& clock_;
  Diary diary_;
  std::unique_ptr<store::Store> store_;
  MachineFacts facts_;
  incidents::IncidentBook book_;
  Pipeline pipeline_;
  std::optional<base::Error> book_error_;  // before the follower: without incidents it begins anew
  // Used by the reader worker only, one job at a time:
  tail::Follower follower_;
  WatchedServices services_;

  asio::io_context io_{1};
  Signal look_;
  Signal commit_wanted_;
  Signal committed_;
  Signal ended_;
  Signal ask_;
  Signal everything_read_{io_.get_executor()};
  Signal time_passes_{io_.get_executor()};
  Signal status_wanted_{io_.get_executor()};
  Signal status_pause_{io_.get_executor()};
  std::vector<std::unique_ptr<Delivery>> deliveries_;
  StateKeeper keeper_{book_, pipeline_, deliveries_};

  std::map<std::string, platform::DirectoryWatch*> watched_;  // by folder; each belongs to its loop
  std::set<std::string> missing_;                             // required services without a log
  std::set<std::string> hinted_;
  bool has_network_source_ = false;
  bool look_everywhere_ = false;
  bool caught_up_ = false;
  steady_clock::time_point last_full_look_{};  // when the newest that was worked off began
  steady_clock::time_point last_steady_ = steady_clock::now();
  base::Time last_wall_ = clock_.now();

  StatusReport report_;
  status::AgentStatus latest_;  // when it was last taken
  bool told_ = false;           // an alert began or ended since the file was written
  bool metrics_file_failing_ = false;

  std::vector<std::function<void()>> when_saved_;
  bool dirty_ = false;
  bool urgent_ = false;
  bool save_failing_ = false;
  bool stopping_ = false;
  bool reloading_ = false;   // another agent will go on
  bool read_ended_ = false;  // no new decisions
  bool finishing_ = false;   // the last commit before delivery is wanted
  int running_deliveries_ = 0;
  std::string stop_reason_;

  asio::thread_pool reader_{1};
  asio::thread_pool store_worker_{1};
  asio::thread_pool status_worker_{1};
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

store::Opened Agent::take_state() {
  return impl_->take_state();
}

}  // namespace cmgmon::engine
