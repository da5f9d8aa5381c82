#pragma once
// Words for people: how a complaint goes on, how many there are, one line out of several.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::base {

// The message, and "; did you mean 'x'?" when one of the known names is near.
std::string with_hint(std::string message, std::string_view word,
                      const std::vector<std::string>& known);

// "1 log", "2 logs".
std::string counted(std::uint64_t count, std::string_view noun);

// Trimmed, and one blank for each run of blanks, tabs and line ends within.
std::string flowing(std::string_view text);

// ASCII only, locale-independent.
std::string to_upper(std::string_view text);

}  // namespace cmgmon::base
