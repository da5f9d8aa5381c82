#include "engine/facts.h"

#include <utility>

#include "platform/machine.h"
#include "platform/registry.h"

namespace cmgmon::engine {

namespace {

constexpr auto kFreshness = std::chrono::seconds(5);

}  // namespace

MachineFacts::MachineFacts(const signatures::SignatureSet& set,
                           std::vector<std::string> connection_points, std::string host,
                           const base::Clock& clock)
    : set_(set), clock_(clock) {
  fixed_["connection_points"] = std::move(connection_points);
  fixed_["host"] = {std::move(host)};
}

incidents::Facts MachineFacts::operator()() {
  const base::Time now = clock_.now();
  if (!facts_.empty() && now >= read_at_ && now - read_at_ < kFreshness) {
    return facts_;
  }
  facts_ = fixed_;
  facts_["local_addresses"] = platform::local_addresses();
  for (const auto& fact : set_.facts) {
    if (auto value = platform::read_registry_value(fact.key, fact.value)) {
      facts_[fact.name] = {value->value_or("absent")};
    }
  }
  read_at_ = now;
  return facts_;
}

void MachineFacts::set_services(const signatures::ServiceStates& states) {
  for (const auto& [name, state] : states) {
    const std::string fact = std::string(signatures::kServicePrefix) + name;
    const std::string value(signatures::name_of(state));
    fixed_[fact] = {value};
    if (!facts_.empty()) {
      facts_[fact] = {value};
    }
  }
}

incidents::Facts offline_facts(std::vector<std::string> connection_points) {
  return {{"connection_points", std::move(connection_points)},
          {"local_addresses", platform::local_addresses()}};
}

}  // namespace cmgmon::engine
