#pragma once
// Feeds a Framer in every way a file may arrive, and lists what came out.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "support/record_oracle.h"

namespace cmgmon::records {

inline const base::Time kNow = *base::from_rfc3339("2027-01-01T00:00:00Z");

struct Sample {
  std::string name;
  std::string bytes;
  std::vector<std::string> entries;  // as shown() writes them
  std::string summary;               // format, encoding, number of malformed records
};

// Every trap of the formats, once.
std::vector<Sample> samples();

// "ccm|1|2026-09-25T23:35:04.986Z exact|component|thread|type|source|message", W3C with its columns at the end.
std::string shown(const support::LogEntry& entry);
std::string summary(const support::LogFile& file);

// The whole file, `chunk` bytes at a time (0: all at once), then its end.
support::LogFile frame(std::string_view bytes, std::size_t chunk);

// The first `split` bytes; then the state is saved and another Framer reads on from the resume offset.
support::LogFile frame_with_restart(std::string_view bytes, std::size_t split);

std::string to_utf16_bytes(std::string_view utf8, bool big);

}  // namespace cmgmon::records
