#include "signatures/hints.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cmgmon::signatures {

std::string shown(std::string_view text) {
  return base::printable(base::prefix_of_bytes(text, 60));
}

std::string with_hint(std::string message, std::string_view name,
                      const std::vector<std::string>& known) {
  if (const auto meant = base::nearest(name, known)) {
    message += fmt::format("; did you mean '{}'?", *meant);
  }
  return message;
}

}  // namespace cmgmon::signatures
