#pragma once
// What a matcher must find, the slow and obvious way: all records are kept, and every rule is held against every record.
// It shares nothing with agent-core but the value types.
//
// It knows the types text and flags; rules for it use no others. Times, threads and lengths are those of the records.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "records/record.h"
#include "signatures/signature.h"

namespace cmgmon::test {

struct OwnedRecord {
  records::Format format = records::Format::kCcm;
  std::string message;
  std::string component = "test";
  std::string thread = "1";
  std::vector<std::pair<std::string, std::string>> columns;
  std::optional<base::Time> time;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  // Calls use(record) with a view that is valid during the call.
  template <typename Use>
  void with(const Use& use) const {
    const std::vector<records::Column> views(columns.begin(), columns.end());
    records::Record record;
    record.format = format;
    record.message = message;
    record.component = component;
    record.thread = thread;
    record.columns = views;
    record.time = time;
    record.offset = offset;
    record.length = length;
    record.position = offset;  // of a log in one file
    use(record);
  }
};

struct FoundMatch {
  std::size_t record = 0;  // index
  std::string what;        // "SIGNATURE" or "SIGNATURE/recovery"
  std::map<std::string, std::string> fields;
  std::vector<std::uint64_t> evidence;  // offsets

  bool operator==(const FoundMatch&) const = default;
};

struct OracleLimits {
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  base::Duration age{};
};

std::vector<FoundMatch> find_all(const signatures::SignatureSet& set, const std::string& service,
                                 const std::vector<OwnedRecord>& records,
                                 const OracleLimits& limits);

}  // namespace cmgmon::test
