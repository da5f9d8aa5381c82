#pragma once
// Files with every trap of the formats, and what comes out of them.

#include <string>
#include <string_view>
#include <vector>

#include "support/record_feeding.h"

namespace cmgmon::records {

using support::frame;
using support::frame_with_restart;
inline const base::Time kNow = support::kReadingTime;

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

std::string to_utf16_bytes(std::string_view utf8, bool big);

}  // namespace cmgmon::records
