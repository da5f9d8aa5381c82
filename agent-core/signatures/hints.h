#pragma once
// How complaints quote what somebody wrote.

#include <string>
#include <string_view>

namespace cmgmon::signatures {

// Printable, and cut to a length that fits a line.
std::string shown(std::string_view text);

}  // namespace cmgmon::signatures
