#pragma once
// Puts an agent together from the settings and runs it: the same for the console and for the service.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "engine/agent.h"
#include "engine/sinks_from_settings.h"
#include "platform/files.h"
#include "service/console.h"
#include "service/exit_code.h"
#include "service/verbs.h"
#include "settings/settings.h"
#include "signatures/signature.h"
#include "sinks/diary.h"
#include "sinks/sink.h"

namespace cmgmon::service {

class AgentHost {
 public:
  // Everything that can fail before logs are read. nullptr: it has been said on console.err (and in the diary, as far
  // as there is one), and `failure` is the exit code. `at_start` are notices to tell once running.
  static std::unique_ptr<AgentHost> make(settings::Settings settings, bool once,
                                         const engine::Terminal& terminal,
                                         std::vector<sinks::Notice> at_start,
                                         const Console& console, ExitCode& failure);

  void run(const std::function<void()>& running) { agent_->run(running); }
  void stop(const std::string& reason) { agent_->stop(reason); }  // from any thread
  const settings::Settings& settings() const { return settings_; }

 private:
  AgentHost(settings::Settings settings, signatures::SignatureSet set);

  settings::Settings settings_;
  signatures::SignatureSet set_;
  base::SystemClock clock_;
  std::unique_ptr<sinks::Diary> diary_;
  std::optional<platform::InstanceLock> lock_;
  std::unique_ptr<engine::Agent> agent_;  // last: it uses all of the above
};

}  // namespace cmgmon::service
