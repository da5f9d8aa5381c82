#pragma once
// Puts an agent together from the settings and runs it: the same for the console and for the service.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/agent.h"
#include "engine/sinks_from_settings.h"
#include "platform/files.h"
#include "service/console.h"
#include "service/exit_code.h"
#include "service/metrics_endpoint.h"
#include "service/renewal.h"
#include "service/verbs.h"
#include "settings/settings.h"
#include "signatures/signature.h"
#include "sinks/diary.h"
#include "sinks/sink.h"
#include "status/status_board.h"

namespace cmgmon::service {

class AgentHost {
 public:
  // Everything that can fail before logs are read. nullptr: it has been said on console.err (and in the diary, as far
  // as there is one), and `failure` is the exit code. `at_start` are notices to tell once running.
  static std::unique_ptr<AgentHost> make(settings::Settings settings,
                                         const settings::Overrides& overrides, bool once,
                                         const engine::Terminal& terminal,
                                         std::vector<sinks::Notice> at_start,
                                         const Console& console, ExitCode& failure);

  // Until stop(). When settings or signatures change, the agent ends and another one goes on with its state.
  void run(const std::function<void()>& running);
  std::vector<std::string> unread() const { return agent_->unread(); }  // after run()
  void stop(const std::string& reason);                                 // from any thread
  void look_for_changes();                                              // now; from any thread
  // Told after a valid change of the settings file has come into force.
  std::function<void(const settings::Settings&)> on_reload;

 private:
  AgentHost(settings::Settings settings, signatures::SignatureSet set,
            const settings::Overrides& overrides, const engine::Terminal& terminal, bool once);
  void start_agent(store::Opened state, std::vector<std::unique_ptr<sinks::Sink>> sinks,
                   std::vector<sinks::Notice> at_start,
                   std::optional<engine::HandedOver> handed_over);
  void go_on(Renewal::Next next);

  settings::Settings settings_;
  signatures::SignatureSet set_;
  engine::Terminal terminal_;
  bool once_;
  Renewal renewal_;
  base::SystemClock clock_;
  base::Time started_ = clock_.now();
  std::shared_ptr<status::StatusBoard> board_ = std::make_shared<status::StatusBoard>();
  MetricsEndpoint metrics_{board_, clock_};
  std::unique_ptr<sinks::Diary> diary_;
  std::optional<platform::InstanceLock> lock_;
  std::mutex mutex_;  // guards the two below against stop()
  std::optional<std::string> stop_reason_;
  std::unique_ptr<engine::Agent> agent_;  // last: it uses all of the above
};

}  // namespace cmgmon::service
