#pragma once
// Which rules look at which records of a file, and what keeps them from firing. A microscope for people who write rules:
// every rule is evaluated on its own and slowly, beside a real matcher and a real book that say what really happens.
//
// Errors:  the file cannot be read. Odd bytes are no errors.
// Tests:   tests/unit/service/rules_verbs_test.cpp

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "incidents/diagnosis.h"
#include "records/record.h"
#include "signatures/signature.h"

namespace cmgmon::engine {

// What one rule (or one of its recoveries) made of one record.
struct RuleVerdict {
  std::string signature;
  std::string recovery;  // empty: the rule itself
  std::string literal;   // why it looked at the record
  bool fired = false;
  std::vector<std::string> reasons;          // why not
  std::map<std::string, std::string> group;  // fired: of the incident
  std::uint64_t count = 0;                   // fired: how often it has been seen
};

struct MatchedRecord {
  std::uint64_t line = 0;
  std::uint64_t offset = 0;
  std::optional<base::Time> time;
  std::string thread;
  std::string message;
  std::vector<RuleVerdict> verdicts;  // empty: no rule looks at it
};

struct RuleMatchRequest {
  std::string path;
  std::string service;  // empty: every rule
  std::string rule;     // not empty: only this one is told about
  bool all = false;     // also records that no rule looks at
  incidents::Facts facts;
  // Puts an obstacle into words.
  std::function<std::string(const signatures::FieldTest&)> describe;
};

struct RuleMatchTotals {
  std::uint64_t records = 0;
  std::uint64_t looked_at = 0;
  std::uint64_t fired = 0;
  std::uint64_t malformed = 0;
  records::Format format = records::Format::kUnknown;
};

using MatchedRecordHandler = std::function<void(const MatchedRecord&)>;

base::Result<RuleMatchTotals> match_rules(const signatures::SignatureSet& set,
                                          const RuleMatchRequest& request, base::Time now,
                                          const MatchedRecordHandler& handle);

}  // namespace cmgmon::engine
