#pragma once
// What the matcher found: one failure (or one sign of recovery), with everything that was extracted from it.
//
// Life: owned values; the signature they point to lives as long as the SignatureSet.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "records/record.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

inline constexpr std::size_t kMaxEvidenceBytes = 4096;  // of one quoted message
inline constexpr std::size_t kMaxFieldBytes = 1024;     // of one extracted value

struct Evidence {
  std::string path;
  std::uint64_t line = 0;
  std::uint64_t offset = 0;
  std::optional<base::Time> time;
  records::TimeConfidence time_confidence = records::TimeConfidence::kNone;
  std::string
      message;  // decoded, cut at kMaxEvidenceBytes on a character boundary; not yet escaped for any sink
};

using Fields = std::map<std::string, std::string>;

struct Match {
  const signatures::Signature* signature = nullptr;
  const signatures::Recovery* recovery = nullptr;  // set: this is a sign of recovery, not a failure
  std::optional<base::Time> time;
  Fields fields;                   // extracted, derived; always "host" when known
  std::vector<Evidence> evidence;  // context first (oldest first), the matched record last
};

}  // namespace cmgmon::matches
