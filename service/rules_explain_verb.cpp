#include <algorithm>

#include "service/rule_prose.h"
#include "service/rules_shared.h"
#include "service/workspace.h"

namespace cmgmon::service {

namespace {

constexpr int kWidestText = 120;

}  // namespace

ExitCode rules_explain(const CommonOptions& common, const std::string& name,
                       const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto set = signatures_in_force(common, console, failure);
  if (!set) {
    return failure;
  }
  const auto* signature = find_signature(*set, name, console);
  if (signature == nullptr) {
    return ExitCode::kUsage;
  }
  const int width = console.out_is_terminal ? std::min(console.width, kWidestText) : kWidestText;
  console.out << explain(*signature, *set, static_cast<std::size_t>(std::max(width, 40)));
  return ExitCode::kOk;
}

}  // namespace cmgmon::service
