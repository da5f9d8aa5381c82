#pragma once
// The names that rules may use for parts of a record and for what is extracted from it.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "signatures/signature.h"

namespace cmgmon::signatures {

// Parts of a record: Message, Component, Thread, Type, Source, and the columns of W3C logs; letter case is ignored.
// Columns of our own making (X-Forwarded-For, cs(Name)) count as known.
bool is_record_field(std::string_view name);
// Its text stands in Record::message, so that a literal in it is a literal of the message.
bool is_in_message(std::string_view name);
std::vector<std::string> record_field_names();  // the fixed ones, for suggestions

// Extracted fields are snake_case: a letter, then letters, digits and '_'.
bool is_snake_case(std::string_view name);

// "host": always supplied by the agent, never extracted.
inline constexpr std::string_view kHostField = "host";

// What an absence tells: the log, its name, for how long it has been silent, when it was heard last, how often it should be.
inline constexpr std::string_view kPathField = "path";
inline constexpr std::string_view kLogField = "log";
inline constexpr std::string_view kSilentForField = "silent_for";
inline constexpr std::string_view kLastHeardField = "last_heard";
inline constexpr std::string_view kExpectedEveryField = "expected_every";

// Fields that these extractions can set: their named groups and the parts of their URLs.
std::set<std::string> fields_of(const std::vector<Extraction>& extractions);
// Fields that are known once the signature matched: extracted ones, derived ones, host, those of a correlation.
std::set<std::string> fields_of(const Signature& signature);

// Facts that every machine supplies.
std::vector<std::string> built_in_facts();

}  // namespace cmgmon::signatures
