#include "service/agent_host.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "base/path.h"
#include "engine/patient_store.h"
#include "engine/sources.h"
#include "platform/private_folder.h"
#include "service/product.h"
#include "service/workspace.h"
#include "sinks/notices.h"
#include "store/store.h"

namespace cmgmon::service {

namespace {

engine::AgentConfig config_of(const settings::Settings& settings,
                              const signatures::SignatureSet& set, bool once,
                              std::vector<sinks::Notice> at_start) {
  auto sources = engine::effective_sources(settings, set);
  engine::AgentConfig config;
  config.sources = std::move(sources.sources);
  config.required = std::move(sources.required);
  config.connection_points = settings.connection_points;
  config.host = settings.host;
  config.book.clear_hold = settings.clear_hold;
  config.book.backlog_horizon = settings.backlog_horizon;
  config.poll_active = settings.poll_active;
  config.poll_idle = settings.poll_idle;
  config.poll_network = settings.poll_network;
  config.poll_backstop = settings.poll_backstop;
  config.once = once;
  config.version = kVersion;
  config.at_start = std::move(at_start);
  return config;
}

store::HistoryLimits history_limits(const settings::Settings& settings) {
  return {std::chrono::days(settings.history_days),
          static_cast<std::uint64_t>(settings.history_max_size_mib) << 20U};
}

std::string listed(const base::Complaints& complaints) {
  std::string text;
  for (const auto& complaint : complaints) {
    text += (text.empty() ? "" : "; ") + base::describe(complaint);
  }
  return text;
}

sinks::DiaryLevel diary_level_of(sinks::Notice::Severity severity) {
  switch (severity) {
    case sinks::Notice::Severity::kInformation:
      return sinks::DiaryLevel::kInfo;
    case sinks::Notice::Severity::kWarning:
      return sinks::DiaryLevel::kWarning;
    case sinks::Notice::Severity::kError:
      break;
  }
  return sinks::DiaryLevel::kError;
}

}  // namespace

AgentHost::AgentHost(settings::Settings settings, signatures::SignatureSet set,
                     const settings::Overrides& overrides, const engine::Terminal& terminal,
                     bool once)
    : settings_(std::move(settings)),
      set_(std::move(set)),
      terminal_(terminal),
      once_(once),
      renewal_(settings::this_machine(), overrides, settings_) {}

std::unique_ptr<AgentHost> AgentHost::make(settings::Settings settings,
                                           const settings::Overrides& overrides, bool once,
                                           const engine::Terminal& terminal,
                                           std::vector<sinks::Notice> at_start,
                                           const Console& console, ExitCode& failure) {
  failure = ExitCode::kUsage;
  base::Complaints ignored;
  auto set = load_signatures(settings, console, &ignored);
  if (!set || !services_known(settings, *set, console)) {
    return nullptr;
  }
  auto opened = engine::open_sinks(settings, terminal);
  if (!opened.complaints.empty()) {
    print(opened.complaints, console);
    return nullptr;
  }
  std::unique_ptr<AgentHost> host(
      new AgentHost(std::move(settings), std::move(*set), overrides, terminal, once));
  const auto& in_force = host->settings_;

  const auto fail = [&](const base::Error& error) {
    print(error, console);
    failure = exit_code_of(error);
    return nullptr;
  };
  for (const auto* folder :
       {&in_force.data_folder, &in_force.state_folder, &in_force.alerts_folder}) {
    if (const auto made = platform::create_private_folders(*folder); !made) {
      return fail(made.error());
    }
  }
  auto lock =
      platform::InstanceLock::acquire(base::join_path(in_force.state_folder, "cmgmon.lock"));
  if (!lock) {
    auto error = lock.error();
    if (error.kind == base::ErrorKind::kExists) {
      error.message = "another cmgmon uses the state folder " + in_force.state_folder;
      error.remedy =
          "Stop the service ('cmgmon service stop') or use another data folder with --data";
    }
    return fail(error);
  }
  host->lock_ = std::move(*lock);

  auto diary = sinks::Diary::open(
      {base::join_path(in_force.log_folder, "cmgmon.log"),
       sinks::diary_level_named(in_force.log_level).value_or(sinks::DiaryLevel::kInfo),
       static_cast<std::size_t>(in_force.log_max_size_mib) << 20U,
       static_cast<std::size_t>(in_force.log_files)});
  if (!diary) {
    return fail(diary.error());
  }
  host->diary_ = std::move(*diary);

  const auto limits = history_limits(in_force);
  const std::string state_folder = in_force.state_folder;
  auto state = engine::PatientStore::open([=] { return store::open_state(state_folder, limits); },
                                          [=] { return store::unread_state(state_folder, limits); },
                                          engine::kOpeningPatience, engine::kDiskPatience);
  for (const auto& error : opened.unavailable) {
    print(error, console);
    host->diary_->write(sinks::DiaryLevel::kWarning, base::describe(error));
  }

  at_start.insert(at_start.end(), opened.notices.begin(), opened.notices.end());
  if (!ignored.empty()) {
    at_start.push_back(sinks::rule_settings_ignored(listed(ignored)));
  }
  host->start_agent(std::move(state), std::move(opened.sinks), std::move(at_start), std::nullopt);
  return host;
}

void AgentHost::start_agent(store::Opened state, std::vector<std::unique_ptr<sinks::Sink>> sinks,
                            std::vector<sinks::Notice> at_start,
                            std::optional<engine::HandedOver> handed_over) {
  if (!once_) {
    metrics_.follow(settings_, at_start);
  }
  // An agent that starts on the last valid settings says so.
  const bool refused = std::any_of(at_start.begin(), at_start.end(), [](const auto& notice) {
    return notice.event_id == sinks::kConfigurationRejected;
  });
  auto config = config_of(settings_, set_, once_, std::move(at_start));
  config.handed_over = std::move(handed_over);
  config.process_started = started_;
  config.change_refused = refused;
  if (!once_) {
    config.board = board_;
    config.metrics_file = settings_.metrics.textfile;
    config.heartbeat =
        settings_.heartbeat ? settings_.heartbeat_interval : std::chrono::milliseconds(0);
    config.wishes = [this] {
      auto wishes = renewal_.look();
      metrics_.try_again(wishes.notices);
      return wishes;
    };
    config.wish_folders = renewal_.folders();
    config.matters = &Renewal::matters;
  }
  auto tell = [diary = diary_.get()](const sinks::Notice& notice) {
    diary->write(diary_level_of(notice.severity),
                 notice.remedy.empty() ? notice.message : notice.message + " " + notice.remedy);
  };
  auto agent = std::make_unique<engine::Agent>(std::move(config), set_, std::move(state),
                                               std::move(sinks), clock_, std::move(tell));
  const std::scoped_lock lock(mutex_);
  agent_ = std::move(agent);
  if (stop_reason_) {
    agent_->stop(*stop_reason_);
  }
}

void AgentHost::run(const std::function<void()>& running) {
  auto first = running;
  while (agent_->run(std::exchange(first, {})) == engine::Agent::End::kReload) {
    if (auto next = renewal_.take()) {
      go_on(std::move(*next));
    }
  }
}

// Folders of our own stay as they are until the next start: the state in them is in use.
void AgentHost::go_on(Renewal::Next next) {
  store::Opened state = agent_->take_state();
  auto handed_over = agent_->hand_over();
  {
    const std::scoped_lock lock(mutex_);
    agent_.reset();
  }
  next.settings.state_folder = settings_.state_folder;
  next.settings.log_folder = settings_.log_folder;
  settings_ = std::move(next.settings);
  set_ = std::move(next.set);
  state.store->keep_history(history_limits(settings_));
  base::ignore(platform::create_folders(settings_.alerts_folder),
               "the sink that writes there says so, and tries again");
  auto opened = engine::open_sinks(settings_, terminal_);  // checked before; complaints cannot be
  for (const auto& error : opened.unavailable) {
    diary_->write(sinks::DiaryLevel::kWarning, base::describe(error));
  }
  std::vector<sinks::Notice> notices = {sinks::settings_reloaded(
      engine::effective_sources(settings_, set_).sources.size(), set_.signatures.size())};
  notices.insert(notices.end(), opened.notices.begin(), opened.notices.end());
  if (!next.ignored.empty()) {
    notices.push_back(sinks::rule_settings_ignored(listed(next.ignored)));
  }
  if (on_reload) {
    on_reload(settings_);
  }
  start_agent(std::move(state), std::move(opened.sinks), std::move(notices),
              std::move(handed_over));
}

void AgentHost::stop(const std::string& reason) {
  const std::scoped_lock lock(mutex_);
  stop_reason_ = reason;
  if (agent_) {
    agent_->stop(reason);
  }
}

void AgentHost::look_for_changes() {
  const std::scoped_lock lock(mutex_);
  if (agent_) {
    agent_->ask_for_wishes();
  }
}

}  // namespace cmgmon::service
