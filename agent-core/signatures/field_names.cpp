#include "signatures/field_names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "signatures/regular_expression.h"

namespace cmgmon::signatures {

namespace {

constexpr std::array<std::string_view, 5> kParts = {"Message", "Component", "Thread", "Type",
                                                    "Source"};

// https://learn.microsoft.com/windows/win32/http/w3c-logging and IIS's own additions.
constexpr std::array<std::string_view, 26> kColumns = {
    "date",           "time",        "s-sitename",   "s-computername", "s-ip",
    "cs-method",      "cs-uri-stem", "cs-uri-query", "s-port",         "cs-username",
    "c-ip",           "c-port",      "cs-version",   "cs(User-Agent)", "cs(Cookie)",
    "cs(Referer)",    "cs-host",     "sc-status",    "sc-substatus",   "sc-win32-status",
    "sc-bytes",       "cs-bytes",    "time-taken",   "s-reason",       "s-queuename",
    "crypt-protocol",
};

bool same(std::string_view a, std::string_view b) {
  return base::equals_ignore_case(a, b);
}

bool is_own_column(std::string_view name) {
  const std::string lower = base::to_lower(name);
  return (lower.starts_with("x-") && lower.size() > 2) || lower.starts_with("crypt-") ||
         ((lower.starts_with("cs(") || lower.starts_with("sc(")) && lower.ends_with(')') &&
          lower.size() > 4);
}

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

}  // namespace

bool is_record_field(std::string_view name) {
  const auto is = [&](std::string_view known) { return same(known, name); };
  return std::any_of(kParts.begin(), kParts.end(), is) ||
         std::any_of(kColumns.begin(), kColumns.end(), is) || is_own_column(name);
}

bool is_in_message(std::string_view name) {
  return is_record_field(name) && std::none_of(kParts.begin() + 1, kParts.end(),
                                               [&](auto part) { return same(part, name); });
}

std::vector<std::string> record_field_names() {
  std::vector<std::string> names(kParts.begin(), kParts.end());
  names.insert(names.end(), kColumns.begin(), kColumns.end());
  return names;
}

bool is_snake_case(std::string_view name) {
  return !name.empty() && is_lower(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '_'; });
}

std::set<std::string> fields_of(const std::vector<Extraction>& extractions) {
  std::set<std::string> fields;
  for (const auto& extraction : extractions) {
    if (extraction.expression != nullptr) {
      for (auto& name : group_names(*extraction.expression)) {
        fields.insert(std::move(name));
      }
    }
    for (const auto& [name, type] : extraction.types) {
      for (const auto& [part, field] : type.parts) {
        fields.insert(field);
      }
    }
  }
  return fields;
}

std::set<std::string> fields_of(const Signature& signature) {
  std::set<std::string> fields = fields_of(signature.extract);
  fields.insert(std::string(kHostField));
  for (const auto& derived : signature.derived) {
    fields.insert(derived.field);
  }
  if (signature.correlation) {
    fields.insert(signature.correlation->fields.begin(), signature.correlation->fields.end());
  }
  if (signature.absence) {
    for (const auto field :
         {kPathField, kLogField, kSilentForField, kLastHeardField, kExpectedEveryField}) {
      fields.emplace(field);
    }
  }
  return fields;
}

std::vector<std::string> built_in_facts() {
  return {"connection_points", "host", "local_addresses"};
}

}  // namespace cmgmon::signatures
