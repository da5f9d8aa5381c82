#pragma once
// Pieces of a match as bytes, for the states of those who keep them.
//
// Errors: what does not fit makes the reader damaged (base/codec.h).
// Tests:  those of the states: incident_codec_test, correlator_test, absence_watch_test

#include "base/codec.h"
#include "matches/match.h"

namespace cmgmon::matches {

void write_evidence(base::Writer& writer, const Evidence& evidence);
Evidence read_evidence(base::Reader& reader);

}  // namespace cmgmon::matches
