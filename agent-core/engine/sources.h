#pragma once
// Which files are followed: what the administrator wrote, and the usual places that the packs know.

#include <string>
#include <vector>

#include "settings/settings.h"
#include "signatures/signature.h"
#include "tail/source.h"

namespace cmgmon::engine {

// A log service that must have at least one log somewhere; `where` names the places, for the message when it has none.
struct RequiredService {
  std::string service;
  std::string title;
  std::string where;
};

struct EffectiveSources {
  std::vector<tail::Source> sources;
  std::vector<RequiredService> required;
};

// Folders of packs whose variables mean nothing on this machine (%ProgramFiles% on Linux) are left out.
EffectiveSources effective_sources(const settings::Settings& settings,
                                   const signatures::SignatureSet& set);

}  // namespace cmgmon::engine
