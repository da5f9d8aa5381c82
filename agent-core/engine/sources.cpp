#include "engine/sources.h"

#include "base/path.h"
#include "platform/machine.h"

namespace cmgmon::engine {

EffectiveSources effective_sources(const settings::Settings& settings,
                                   const signatures::SignatureSet& set) {
  EffectiveSources effective;
  for (const auto& source : settings.sources) {
    effective.sources.push_back({source.service, source.path, source.required});
  }
  if (!settings.default_sources) {
    return effective;
  }
  for (const auto& service : set.services) {
    std::string where;
    for (const auto& folder : service.folders) {
      const std::string expanded = platform::expand_environment(folder);
      if (expanded.find('%') != std::string::npos || !base::is_absolute_path(expanded)) {
        continue;
      }
      where += (where.empty() ? "" : ", ") + expanded;
      for (const auto& name : service.file_names) {
        effective.sources.push_back({service.name, base::join_path(expanded, name), false});
      }
    }
    if (service.required && !where.empty()) {
      effective.required.push_back({service.name, service.title, where});
    }
  }
  return effective;
}

}  // namespace cmgmon::engine
