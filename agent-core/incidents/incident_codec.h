#pragma once
// Incidents and transitions as bytes, for state that must survive a restart. Not for the outside
// world: what others read is the JSON of the sinks.
//
// Errors: kCorrupt for damage, kUnsupported for a newer version; nothing is half read.
// Tests:  tests/unit/incidents/incident_codec_test.cpp

#include <chrono>
#include <string>
#include <string_view>

#include "base/codec.h"
#include "base/result.h"
#include "incidents/incident.h"

namespace cmgmon::incidents {

std::string save_transition(const Transition& transition);
base::Result<Transition> load_transition(std::string_view bytes);

// As parts of a larger state, whose version says whether it has Incident::told.
std::chrono::milliseconds read_milliseconds(base::Reader& reader);  // 10,000 years at most
void write_incident(base::Writer& writer, const Incident& incident);
Incident read_incident(base::Reader& reader, bool has_told);
void write_transition(base::Writer& writer, const Transition& transition);
Transition read_transition(base::Reader& reader, bool has_told);

}  // namespace cmgmon::incidents
