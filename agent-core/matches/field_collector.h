#pragma once
// Fields of one match, taken from its records one extraction at a time.
//
// A field that is set is kept (so later extractions are fallbacks), but flags with `every` are united.
// Tests: tests/unit/matches/field_collector_test.cpp

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "matches/match.h"
#include "records/record.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

class FieldCollector {
 public:
  explicit FieldCollector(Fields fields) : fields_(std::move(fields)) {}

  // True when the expression matched and gave at least one valid value (whether or not it was needed).
  // Of an extraction with `each` only the first occurrence at or behind *position counts; *position moves behind it, and to
  // npos when there is none.
  bool apply(const signatures::Extraction& extraction, const records::Record& record,
             std::size_t* position = nullptr);
  // One of the fields that the extraction is for has a value, from wherever.
  bool knows_one_of(const signatures::Extraction& extraction) const;
  // Takes a part of the record as a field, if it is not set yet and the record has it.
  void take_record_field(const std::string& name, const records::Record& record);
  // How long from one timestamp to the other, when both are known and in this order; how many percent one number is of the
  // other.
  void derive(const signatures::Derived& derived);

  const Fields& fields() const { return fields_; }
  Fields release() { return std::move(fields_); }

 private:
  bool store(const std::string& name, const signatures::FieldType& type, bool unite,
             std::string_view text);
  void set(const std::string& name, std::string_view value);
  void derive_percent(const std::string& field, std::string_view part, std::string_view whole);

  Fields fields_;
  std::map<std::string, std::map<std::uint64_t, std::string>> flags_;  // by field
};

}  // namespace cmgmon::matches
