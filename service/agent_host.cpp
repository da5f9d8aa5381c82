#include "service/agent_host.h"

#include <fmt/format.h>

#include <utility>

#include "base/path.h"
#include "base/text.h"
#include "engine/sources.h"
#include "service/product.h"
#include "service/workspace.h"
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

AgentHost::AgentHost(settings::Settings settings, signatures::SignatureSet set)
    : settings_(std::move(settings)), set_(std::move(set)) {}

std::unique_ptr<AgentHost> AgentHost::make(settings::Settings settings, bool once,
                                           const engine::Terminal& terminal,
                                           std::vector<sinks::Notice> at_start,
                                           const Console& console, ExitCode& failure) {
  failure = ExitCode::kUsage;
  auto set = load_signatures(settings, console);
  if (!set || !services_known(settings, *set, console)) {
    return nullptr;
  }
  auto opened = engine::open_sinks(settings, terminal);
  if (!opened.complaints.empty()) {
    print(opened.complaints, console);
    return nullptr;
  }
  std::unique_ptr<AgentHost> host(new AgentHost(std::move(settings), std::move(*set)));
  const auto& in_force = host->settings_;

  const auto fail = [&](const base::Error& error) {
    print(error, console);
    failure = exit_code_of(error);
    return nullptr;
  };
  for (const auto* folder :
       {&in_force.data_folder, &in_force.state_folder, &in_force.alerts_folder}) {
    if (const auto made = platform::create_folders(*folder); !made) {
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

  auto state = store::open_state_document(base::join_path(in_force.state_folder, "state.json"));
  if (!state) {
    return fail(state.error());
  }
  for (const auto& error : opened.unavailable) {
    print(error, console);
    host->diary_->write(sinks::DiaryLevel::kWarning, base::describe(error));
  }

  auto tell = [diary = host->diary_.get()](const sinks::Notice& notice) {
    diary->write(diary_level_of(notice.severity),
                 notice.remedy.empty() ? notice.message : notice.message + " " + notice.remedy);
  };
  host->agent_ = std::make_unique<engine::Agent>(
      config_of(in_force, host->set_, once, std::move(at_start)), host->set_, std::move(*state),
      std::move(opened.sinks), host->clock_, std::move(tell));
  return host;
}

}  // namespace cmgmon::service
