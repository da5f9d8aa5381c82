#pragma once
// How complaints quote what somebody wrote, and the name that was probably meant.

#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::signatures {

// Printable, and cut to a length that fits a line.
std::string shown(std::string_view text);

// The message, and "; did you mean 'x'?" when one of the known names is near.
std::string with_hint(std::string message, std::string_view name,
                      const std::vector<std::string>& known);

}  // namespace cmgmon::signatures
