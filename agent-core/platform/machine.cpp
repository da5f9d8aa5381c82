#include "platform/machine.h"

#include <cstddef>

#include "platform/environment.h"

namespace cmgmon::platform {

std::string expand_environment(const std::string& text) {
  std::string expanded;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find('%', at);
    const std::size_t close = open == std::string::npos ? open : text.find('%', open + 1);
    if (close == std::string::npos) {
      break;
    }
    expanded.append(text, at, open - at);
    if (const auto value = environment_variable(text.substr(open + 1, close - open - 1))) {
      expanded += *value;
      at = close + 1;
    } else {
      // The second % may open the next name, as in "50% of %TEMP%".
      expanded.append(text, open, close - open);
      at = close;
    }
  }
  return expanded.append(text, at);
}

}  // namespace cmgmon::platform
