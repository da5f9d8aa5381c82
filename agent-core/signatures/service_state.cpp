#include "signatures/service_state.h"

#include <set>

namespace cmgmon::signatures {

ServiceState state_in(const ServiceStates& states, const std::string& service) {
  const auto found = states.find(service);
  return found == states.end() ? ServiceState::kUnknown : found->second;
}

std::vector<std::string> services_asked_for(const SignatureSet& set) {
  std::set<std::string> names;
  for (const auto& signature : set.signatures) {
    if (signature.absence) {
      names.insert(signature.absence->while_running.begin(),
                   signature.absence->while_running.end());
    }
    for (const auto& diagnosis : signature.diagnoses) {
      for (const auto& condition : diagnosis.when) {
        if (condition.kind == Condition::Kind::kFactEquals &&
            condition.subject.starts_with(kServicePrefix)) {
          names.insert(condition.subject.substr(kServicePrefix.size()));
        }
      }
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace cmgmon::signatures
