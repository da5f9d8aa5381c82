#pragma once
// Makes the matches of one signature, or of one sign of recovery, on a record that satisfies its condition: finds the contexts,
// extracts the fields, quotes the evidence.
//
// Tests: tests/unit/matches/matcher_test.cpp, against tests/support/match_oracle.h

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "matches/compiled_plan.h"
#include "matches/context_memory.h"
#include "matches/field_collector.h"
#include "matches/match.h"
#include "matches/matcher.h"
#include "records/record.h"

namespace cmgmon::matches {

// What connects a context record to its failure; "" when it does not say.
std::string key_of(const PlannedContext& planned, std::string_view text);

// Of one signature in one stream; it keeps what it made last. Where a failure repeats itself, its records have been read before
// (Reading::id), and so have the fields been extracted: only time and evidence are new.
class MatchBuilder {
 public:
  MatchBuilder(const PlannedSignature& planned, const std::vector<PlannedContext>& contexts)
      : planned_(planned), contexts_(contexts) {}

  // False: no match. `reading`: id of what is known of the record, or 0.
  bool build(const records::Record& record, std::string_view path, std::uint64_t reading,
             const Fields& base_fields, const ContextMemory& memory, const MatchHandler& handle);

  // Adds everything that belongs to the failure that was built last and to no other, whether or not it told anything.
  void add_used(std::vector<ContextMemory::Handle>& handles) const;

 private:
  struct Subject {
    const records::Record& record;
    std::string_view path;
    std::uint64_t reading;
    const Fields& base_fields;
    const ContextMemory& memory;
  };
  const signatures::Signature& signature() const { return *planned_.signature; }

  void look_back(const Subject& subject);
  void find_keys(const Subject& subject);
  bool is_repeated(const Subject& subject);
  bool take_fields(const Subject& subject, std::size_t& position);
  bool extract(const signatures::Extraction& extraction, const Subject& subject,
               FieldCollector& collector, std::size_t& position) const;
  void quote(const Subject& subject);

  const PlannedSignature& planned_;
  const std::vector<PlannedContext>& contexts_;
  std::vector<std::vector<ContextMemory::Handle>> found_;  // parallel to signature().context
  std::vector<std::string> keys_;      // likewise, of those that the thread does not connect
  std::uint64_t keys_of_ = 0;          // reading
  std::vector<std::uint64_t> of_;      // readings of all that match_.fields are taken from;
  std::vector<std::uint64_t> now_of_;  // empty: one of them is not remembered
  bool complete_ = false;
  std::vector<ContextMemory::Handle> quoted_;
  Match match_;
};

void match_recovery(const PlannedRecovery& planned, const Fields& base_fields,
                    const records::Record& record, std::string_view path,
                    const MatchHandler& handle);

}  // namespace cmgmon::matches
