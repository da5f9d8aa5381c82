#pragma once
// The list of sinks: the one place that knows which kinds there are.

#include <memory>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "settings/settings.h"
#include "sinks/incident_block.h"
#include "sinks/sink.h"

namespace cmgmon::engine {

// Mistakes in the sinks' settings, without opening anything.
base::Complaints check_sinks(const settings::Settings& settings);

// Where the console sink writes. No stream: there is no console (the service), and the sink is left out.
struct Terminal {
  std::ostream* out = nullptr;
  sinks::TextStyle style;
};

struct OpenedSinks {
  std::vector<std::unique_ptr<sinks::Sink>> sinks;
  base::Complaints complaints;           // settings to correct; nothing is opened then
  std::vector<base::Error> unavailable;  // sinks somebody asked for that this machine cannot offer
  std::vector<sinks::Notice> notices;    // to be told at each start
};
OpenedSinks open_sinks(const settings::Settings& settings, const Terminal& terminal);

}  // namespace cmgmon::engine
