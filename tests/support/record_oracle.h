#pragma once
// What the records of a file are, read slowly and from the whole file at once: every line is held against regular
// expressions, every position against every other. Shares nothing with agent-core/records but its value types.
//
// Not for records near kMaxRecordBytes: the oracle knows no limits.

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "records/record.h"

namespace cmgmon::support {

// A records::Record that owns what it says.
struct LogEntry {
  records::Format format = records::Format::kUnknown;
  std::string message;
  std::string component;
  std::string thread;
  std::string type;
  std::string source;
  std::vector<std::pair<std::string, std::string>> columns;
  std::optional<base::Time> time;
  records::TimeConfidence time_confidence = records::TimeConfidence::kNone;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t line = 0;

  bool operator==(const LogEntry&) const = default;
};

LogEntry own(const records::Record& record);
std::ostream& operator<<(std::ostream& out, const LogEntry& entry);

struct LogFile {
  std::vector<LogEntry> entries;
  std::uint64_t malformed = 0;
  records::Format format = records::Format::kUnknown;
  records::Encoding encoding = records::Encoding::kUtf8;
  std::optional<base::Time> newest;

  bool operator==(const LogFile&) const = default;
};

LogFile read_slowly(std::string_view bytes, base::Time now);

}  // namespace cmgmon::support
