#include "matches/match_codec.h"

namespace cmgmon::matches {

void write_evidence(base::Writer& writer, const Evidence& evidence) {
  writer.text(evidence.path).number(evidence.line).number(evidence.offset).time(evidence.time);
  writer.number(static_cast<std::uint64_t>(evidence.time_confidence)).text(evidence.message);
}

Evidence read_evidence(base::Reader& reader) {
  Evidence evidence;
  evidence.path = reader.text();
  evidence.line = reader.number();
  evidence.offset = reader.number();
  evidence.time = reader.optional_time();
  evidence.time_confidence = static_cast<records::TimeConfidence>(
      reader.number_up_to(static_cast<std::uint64_t>(records::TimeConfidence::kNone)));
  evidence.message = reader.text();
  return evidence;
}

}  // namespace cmgmon::matches
