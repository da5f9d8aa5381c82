#include <string>
#include <vector>

#include "service/agent_host.h"
#include "service/verbs.h"
#include "service/workspace.h"

namespace cmgmon::service {

ExitCode run(const CommonOptions& common, const RunOptions& options, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  auto settings = load_settings(common, console, failure);
  if (!settings) {
    return failure;
  }
  const engine::Terminal terminal{&console.out,
                                  {console.colour, static_cast<std::size_t>(console.width)}};
  const auto host = AgentHost::make(std::move(*settings), common.overrides, options.once, terminal,
                                    {}, console, failure);
  if (!host) {
    return failure;
  }
  host->run([&] {
    if (!options.once) {
      console.err << "cmgmon: following the logs; Ctrl-C ends.\n";
    }
  });
  const auto unread = options.once ? host->unread() : std::vector<std::string>{};
  for (const auto& name : unread) {
    console.err << "cmgmon: " << name << " could not be read; why is in the diary.\n";
  }
  return unread.empty() ? ExitCode::kOk : ExitCode::kPartial;
}

}  // namespace cmgmon::service
