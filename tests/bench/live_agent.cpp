#include "live_agent.h"

#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/time.h"
#include "base/yaml.h"
#include "engine/agent.h"
#include "engine/pack_files.h"
#include "platform/files.h"
#include "store/store.h"

namespace cmgmon::bench {

namespace {

constexpr std::chrono::minutes kPatience{1};
constexpr std::chrono::hours kLongAgo{24 * 365 * 100};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "FAILED: %s\n", why.c_str());
  std::fflush(nullptr);
  std::_Exit(1);  // other threads are at work
}

std::string record(const std::string& message) {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(today);
  const std::chrono::hh_mm_ss clock(seconds - today);
  std::array<char, 160> attributes;
  std::snprintf(
      attributes.data(), attributes.size(),
      "<time=\"%02d:%02d:%02d.%03d+000\" date=\"%02u-%02u-%04d\" component=\"CcmMessaging\" "
      "context=\"\" type=\"1\" thread=\"5204\" file=\"ccmhttperror.cpp:320\">\r\n",
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()),
      static_cast<int>(std::chrono::floor<std::chrono::milliseconds>(now - seconds).count()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(date.year()));
  return "<![LOG[" + message + "]LOG]!>" + attributes.data();
}

// What the store has seen of the transitions, by "raised" or "cleared" and the CMG.
class Told {
 public:
  using Names = std::vector<std::string>;

  void committed(const Names& names, bool nothing_left, steady_clock::time_point begin) {
    const std::lock_guard lock(mutex_);
    const auto end = steady_clock::now();
    for (const auto& name : names) {
      if (seen_.try_emplace(name, Decided{begin, end}).second) {
        ++transitions_;
      }
    }
    quiet_ = nothing_left;
    changed_.notify_all();
  }
  Decided await(const std::string& name) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return seen_.contains(name); })) {
      fail(name + " was not decided");
    }
    return seen_.at(name);
  }
  void await_quiet() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return quiet_; })) {
      fail("what was decided is not delivered");
    }
  }
  std::size_t transitions() const {
    const std::lock_guard lock(mutex_);
    return transitions_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Decided> seen_;
  std::size_t transitions_ = 0;
  bool quiet_ = true;
};

// The real store, with a watch beside it.
class TimedStore final : public store::Store {
 public:
  TimedStore(std::unique_ptr<store::Store> store, Told& told)
      : store_(std::move(store)), told_(told) {}

  base::Result<void> commit(const store::Changes& changes) override {
    const auto begin = steady_clock::now();
    Told::Names names;
    for (const auto& transition : changes.told) {
      const auto& group = transition.incident.group;
      const auto cmg = group.find("cmg_host");
      names.push_back(std::string(name_of(transition.kind)) + ' ' +
                      (cmg == group.end() ? "?" : cmg->second));
    }
    auto saved = store_->commit(changes);
    if (!saved) {
      fail("the state cannot be saved: " + saved.error().message);
    }
    waiting_ += changes.outbox.added.size();
    waiting_ -= changes.outbox.removed.size();
    told_.committed(names, waiting_ == 0, begin);
    return saved;
  }

 private:
  std::unique_ptr<store::Store> store_;
  Told& told_;
  std::size_t waiting_ = 0;  // in the outbox
};

// Takes everything at once.
class NoSink final : public sinks::Sink {
 public:
  std::string_view name() const override { return "none"; }
  bool wants_updates() const override { return false; }
  sinks::Delivered deliver(const incidents::Transition&) override { return {}; }
  base::Result<void> notify(const sinks::Notice&, base::Time) override { return {}; }
};

}  // namespace

class LiveAgent::Impl {
 public:
  explicit Impl(const LiveOptions& options) : folder_(options.folder) {
    std::filesystem::remove_all(folder_);
    for (std::size_t i = 0; i < options.clients; ++i) {
      std::filesystem::create_directories(std::filesystem::path(log_of(i)).parent_path());
      append(log_of(i), record("Current AD site of machine is HQ"));
    }
    base::Complaints complaints;
    auto set = engine::load_pack_folders({options.packs}, complaints);
    if (!set) {
      fail("no packs in " + options.packs);
    }
    set_ = std::move(*set);
  }

  ~Impl() {
    if (thread_.joinable()) {
      agent_->stop("the benchmark is over");
      thread_.join();
    }
    agent_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string log_of(std::size_t client) const {
    return folder_ + "/PC" + std::to_string(10000 + client) + "/CcmMessaging.log";
  }

  void start() {
    auto state = store::open_state(folder_ + "/state", {});
    state.store = std::make_unique<TimedStore>(std::move(state.store), told_);
    engine::AgentConfig config;
    config.sources = {{"configmgr_client", folder_ + "/{host}/CcmMessaging.log", false}};
    config.host = "CP01";
    config.book.clear_hold = std::chrono::milliseconds(0);
    config.book.backlog_horizon = kLongAgo;
    config.book.max_cleared = 10;  // an hour's failures are not usually a thousand
    std::vector<std::unique_ptr<sinks::Sink>> sinks;
    sinks.push_back(std::make_unique<NoSink>());
    agent_ = std::make_unique<engine::Agent>(config, set_, std::move(state), std::move(sinks),
                                             clock_, [](const sinks::Notice&) {});
    thread_ = std::thread([this] { agent_->run({}); });
  }

  Told& told() { return told_; }

 private:
  std::string folder_;
  signatures::SignatureSet set_;
  base::SystemClock clock_;
  Told told_;
  std::unique_ptr<engine::Agent> agent_;
  std::thread thread_;
};

LiveAgent::LiveAgent(const LiveOptions& options) : impl_(std::make_unique<Impl>(options)) {}
LiveAgent::~LiveAgent() = default;
std::string LiveAgent::log_of(std::size_t client) const {
  return impl_->log_of(client);
}
void LiveAgent::start() {
  impl_->start();
}
Decided LiveAgent::await_raised(const std::string& cmg) {
  return impl_->told().await("raised " + cmg);
}
Decided LiveAgent::await_cleared(const std::string& cmg) {
  return impl_->told().await("cleared " + cmg);
}
void LiveAgent::await_quiet() {
  impl_->told().await_quiet();
}
std::size_t LiveAgent::transitions() const {
  return impl_->told().transitions();
}

std::string failure_at(const std::string& cmg) {
  return record("[CCMHTTP] ERROR: URL=https://" + cmg +
                "/CCM_Proxy_MutualAuth/72186325152220500/SMS_MP/.sms_aut?SITESIGNCERT, Port=443, "
                "Options=31, Code=0, Text=CCM_E_BAD_HTTP_STATUS_CODE") +
         record(
             "[CCMHTTP] ERROR INFO: StatusCode=403 "
             "StatusText=CMGConnector_Clientcertificaterequired");
}

std::string success_at(const std::string& cmg) {
  return record(
      "OutgoingMessage(Queue='mp_mp_relayendpoint', ID={A9E7A07D-223D-4F5D-93D5-15AF5B72E05C}): "
      "Delivered successfully to host '" +
      cmg + "/CCM_Proxy_MutualAuth/72186325152220500'.");
}

void append(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "ab");
  if (file == nullptr || std::setvbuf(file, nullptr, _IONBF, 0) != 0 ||
      std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fclose(file) != 0) {
    std::perror(path.c_str());
    std::exit(1);
  }
}

}  // namespace cmgmon::bench
