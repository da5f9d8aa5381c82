#include "signatures/hints.h"

#include "base/text.h"

namespace cmgmon::signatures {

std::string shown(std::string_view text) {
  return base::printable(base::prefix_of_bytes(text, 60));
}

}  // namespace cmgmon::signatures
