#include "matches/recovery_key.h"

#include "base/text.h"

namespace cmgmon::matches {

std::string recovery_key(std::string_view signature, std::size_t recovery,
                         const signatures::Recovery& rule, const Fields& fields) {
  std::string key(signature);
  key += '\n' + std::to_string(recovery);
  for (const std::string& name : rule.on) {
    const auto field = fields.find(name);
    key += '\n';
    if (field != fields.end()) {
      // The length keeps a line end inside a value from looking like the next field.
      key += std::to_string(field->second.size()) + ':' + base::to_lower(field->second);
    }
  }
  return key;
}

}  // namespace cmgmon::matches
