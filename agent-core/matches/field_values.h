#pragma once
// Turns the text that a regular expression found into the value of a field, by its type.
//
// Errors:  a text that is not of its type gives nothing.
// Tests:   tests/unit/matches/field_values_test.cpp

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

// kText and kUrl: as it is. kInteger: decimal without leading zeros. kHex: "0x" and lower-case digits, without leading
// zeros. kTimestamp: RFC 3339. kGuid: lower case, no braces. kThumbprint: 40 capital digits, no spaces. kFlags: see
// flags_in().
std::optional<std::string> typed_value(signatures::ValueType type, std::string_view text);

// "M/D/Y h:m:s", optionally with AM or PM (also with '-' between), or ISO 8601; UTC unless it says otherwise.
std::optional<base::Time> parse_timestamp(std::string_view text);

// A number ("0x9", "9") gives its bits, bits without a name read like "0x100"; a text that is the name of a bit
// (ignoring case) gives that bit. Bit -> name.
std::map<std::uint64_t, std::string> flags_in(std::string_view text,
                                              const std::map<std::uint64_t, std::string>& bits);
std::string join_flags(const std::map<std::uint64_t, std::string>& flags);  // "A|B", in bit order

// scheme host port path segment query, each only when the text has it. host and scheme are lower case, port is the
// scheme's default when none is written, segment is the first of the path.
std::map<std::string, std::string> url_parts(std::string_view url);

}  // namespace cmgmon::matches
