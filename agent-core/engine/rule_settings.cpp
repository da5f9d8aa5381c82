#include "engine/rule_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cmgmon::engine {

namespace {

void apply(const settings::RuleSetting& wanted, signatures::Signature& signature) {
  signature.silenced = signature.silenced || !wanted.enabled;
  if (wanted.level) {
    signature.level = signatures::level_named(*wanted.level).value_or(signature.level);
    for (auto& diagnosis : signature.diagnoses) {
      diagnosis.level.reset();
    }
  }
  signature.hold = wanted.hold.value_or(signature.hold);
  signature.suppress = wanted.suppress.value_or(signature.suppress);
  signature.keep_firing_for = wanted.keep_firing_for.value_or(signature.keep_firing_for);
  if (wanted.never_quiet) {
    signature.quiet.reset();
  } else if (wanted.quiet) {
    signature.quiet = wanted.quiet;
  }
}

}  // namespace

base::Complaints apply_rule_settings(const settings::Settings& settings,
                                     signatures::SignatureSet& set) {
  base::Complaints unknown;
  for (const auto& wanted : settings.rules) {
    const auto found =
        std::find_if(set.signatures.begin(), set.signatures.end(),
                     [&](const auto& signature) { return signature.name == wanted.name; });
    if (found != set.signatures.end()) {
      apply(wanted, *found);
      continue;
    }
    std::vector<std::string> names;
    for (const auto& signature : set.signatures) {
      names.push_back(signature.name);
    }
    const auto near = base::nearest(wanted.name, names);
    unknown.push_back(
        {wanted.origin.file, wanted.origin.line, wanted.origin.column,
         fmt::format("no pack has a rule '{}'; {}",
                     base::printable(base::prefix_of_bytes(wanted.name, 64)),
                     near ? "did you mean '" + *near + "'?" : "'cmgmon rules list' shows them")});
  }
  return unknown;
}

}  // namespace cmgmon::engine
