#include "matches/recovery_key.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/text.h"
#include "signatures/field_names.h"

namespace cmgmon::matches {

namespace {

using signatures::Extraction;
using signatures::ValueType;

// The value is written as it stands in the record (but for letter case).
bool stays_as_written(const Extraction& extraction, const std::string& field) {
  if (!extraction.from.empty() || extraction.expression == nullptr ||
      !signatures::is_in_message(extraction.field)) {
    return false;
  }
  for (const auto& [name, type] : extraction.types) {
    if (name == field && type.type != ValueType::kText && type.type != ValueType::kUrl) {
      return false;
    }
    for (const auto& [part, of_part] : type.parts) {
      if (of_part == field && part == "port") {
        return false;  // may be known from the scheme
      }
    }
  }
  return true;
}

bool stays_as_written(const signatures::Recovery& rule, const std::string& field) {
  const bool extracted = signatures::fields_of(rule.extract).contains(field);
  return (extracted || signatures::is_in_message(field)) &&
         std::all_of(rule.extract.begin(), rule.extract.end(), [&](const Extraction& extraction) {
           return stays_as_written(extraction, field);
         });
}

}  // namespace

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

std::optional<std::vector<std::string>> recovery_texts(const signatures::Recovery& rule,
                                                       const Fields& fields) {
  std::vector<std::string> texts;
  for (const std::string& name : rule.on) {
    if (name == signatures::kHostField) {
      continue;  // of the stream, not of the record
    }
    const auto field = fields.find(name);
    if (field == fields.end()) {
      return std::nullopt;  // every sign knows it
    }
    const std::string& value = field->second;
    const bool plain =
        std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (plain && stays_as_written(rule, name)) {
      texts.push_back(base::to_lower(value));
    }
  }
  return texts;
}

}  // namespace cmgmon::matches
