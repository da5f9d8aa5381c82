#pragma once
// Texts of a diagnosis with {field} placeholders. Braces around anything that is not a field name (spaces, digits first,
// nothing) are plain text, so that script blocks need no escaping.
//
// Tests: tests/unit/signatures/text_template_test.cpp

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::signatures {

inline constexpr std::string_view kNotLogged = "(not logged)";

// Names of the placeholders, in the order of the text, with repetitions.
std::vector<std::string> placeholders(std::string_view text);

// `value_of` returns nullptr for a field that is not known; it then reads kNotLogged. Values are inserted as they are and
// not looked at again.
using FieldLookup = std::function<const std::string*(const std::string& field)>;
std::string render(std::string_view text, const FieldLookup& value_of);

}  // namespace cmgmon::signatures
