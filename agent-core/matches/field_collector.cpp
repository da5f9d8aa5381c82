#include "matches/field_collector.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "matches/field_values.h"

namespace cmgmon::matches {

namespace {

constexpr int kMaxOccurrences = 256;  // of one expression in one record, with `every`
constexpr std::uint64_t kMaxPercentPart = ~std::uint64_t{0} / 100;

}  // namespace

bool FieldCollector::apply(const signatures::Extraction& extraction, const records::Record& record,
                           std::size_t* position) {
  const auto text = record.field(extraction.field);
  if (!text || extraction.expression == nullptr) {
    if (position != nullptr && extraction.each) {
      *position = std::string_view::npos;
    }
    return false;
  }
  static const signatures::FieldType kPlainText;
  const re2::RE2& expression = *extraction.expression;
  const re2::StringPiece subject(text->data(), text->size());
  std::vector<re2::StringPiece> groups(
      static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
  bool found = false;
  const bool one_of_each = extraction.each && position != nullptr;
  std::size_t from = one_of_each ? *position : 0;
  const int occurrences = extraction.every ? kMaxOccurrences : 1;
  for (int i = 0; i < occurrences && from <= subject.size(); ++i) {
    if (!expression.Match(subject, from, subject.size(), re2::RE2::UNANCHORED, groups.data(),
                          static_cast<int>(groups.size()))) {
      from = std::string_view::npos;
      break;
    }
    for (const auto& [name, number] : expression.NamedCapturingGroups()) {
      const re2::StringPiece& group = groups[static_cast<std::size_t>(number)];
      const auto type = extraction.types.find(name);
      found |= store(name, type == extraction.types.end() ? kPlainText : type->second,
                     extraction.every, std::string_view(group.data(), group.size()));
    }
    const auto end = static_cast<std::size_t>(groups[0].data() + groups[0].size() - subject.data());
    from = end > from ? end : from + 1;
  }
  if (one_of_each) {
    *position = from > subject.size() ? std::string_view::npos : from;
  }
  return found;
}

bool FieldCollector::knows_one_of(const signatures::Extraction& extraction) const {
  if (extraction.expression == nullptr) {
    return false;
  }
  const auto& groups = extraction.expression->NamedCapturingGroups();
  return std::any_of(groups.begin(), groups.end(),
                     [&](const auto& group) { return fields_.contains(group.first); });
}

bool FieldCollector::store(const std::string& name, const signatures::FieldType& type, bool unite,
                           std::string_view text) {
  if (text.empty()) {
    return false;
  }
  if (type.type == signatures::ValueType::kFlags) {
    auto flags = flags_in(text, type.bits);
    if (flags.empty()) {
      return false;
    }
    auto known = flags_.find(name);
    if (known == flags_.end() && !fields_.contains(name)) {
      known = flags_.emplace(name, std::move(flags)).first;
    } else if (known != flags_.end() && unite) {
      known->second.merge(flags);
    } else {
      return true;
    }
    fields_[name] = join_flags(known->second);
    return true;
  }
  const auto value = typed_value(type.type, text);
  if (!value) {
    return false;
  }
  set(name, *value);
  if (type.type == signatures::ValueType::kUrl && !type.parts.empty()) {
    const auto parts = url_parts(*value);
    for (const auto& [part, field] : type.parts) {
      const auto known = parts.find(part);
      if (known != parts.end()) {
        set(field, known->second);
      }
    }
  }
  return true;
}

void FieldCollector::set(const std::string& name, std::string_view value) {
  fields_.try_emplace(name, base::prefix_of_bytes(value, kMaxFieldBytes));
}

void FieldCollector::take_record_field(const std::string& name, const records::Record& record) {
  const auto value = record.field(name);
  const bool empty_column = record.format == records::Format::kW3c && value && *value == "-";
  if (value && !value->empty() && !empty_column) {
    set(name, *value);
  }
}

void FieldCollector::derive(const signatures::Derived& derived) {
  const auto from = fields_.find(derived.from);
  const auto to = fields_.find(derived.to);
  if (from == fields_.end() || to == fields_.end()) {
    return;
  }
  if (derived.kind == signatures::Derived::Kind::kPercent) {
    derive_percent(derived.field, from->second, to->second);
    return;
  }
  const auto start = base::from_rfc3339(from->second);
  const auto end = base::from_rfc3339(to->second);
  if (start && end && *start <= *end) {
    set(derived.field, base::describe_duration(*end - *start));
  }
}

void FieldCollector::derive_percent(const std::string& field, std::string_view part,
                                    std::string_view whole) {
  const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && rest == end ? std::optional(value) : std::nullopt;
  };
  const auto a = number(part);
  const auto b = number(whole);
  if (a && b && *b > 0 && *a <= kMaxPercentPart) {
    set(field, std::to_string(*a * 100 / *b));
  }
}

}  // namespace cmgmon::matches
