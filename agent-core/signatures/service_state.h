#pragma once
// What is known about a Windows service that a signature asks for: `while-running` of an absence,
// `service.NAME` in a diagnosis.

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "signatures/signature.h"

namespace cmgmon::signatures {

// kStopped: somebody stopped it, or it was never started; also while it starts and stops.
// kFailed: it ended with an error or died. kUnknown: not Windows, or nobody may ask.
enum class ServiceState { kUnknown, kNotInstalled, kStopped, kFailed, kRunning };

inline constexpr std::array<std::string_view, 5> kServiceStateNames = {
    "unknown", "not-installed", "stopped", "failed", "running"};
inline std::string_view name_of(ServiceState state) {
  return kServiceStateNames[static_cast<std::size_t>(state)];
}

using ServiceStates =
    std::map<std::string, ServiceState>;  // a service that is not in it is unknown
ServiceState state_in(const ServiceStates& states, const std::string& service);

// In conditions a service is the fact "service.NAME".
inline constexpr std::string_view kServicePrefix = "service.";

// The services that the set asks about, each once, in the spelling of the rules.
std::vector<std::string> services_asked_for(const SignatureSet& set);

}  // namespace cmgmon::signatures
