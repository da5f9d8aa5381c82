// What a rule takes from records: context, extract, derive.

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "base/words.h"
#include "signatures/field_names.h"
#include "signatures/hints.h"
#include "signatures/regular_expression.h"
#include "signatures/rule_reader.h"

namespace cmgmon::signatures {

namespace {

constexpr std::chrono::hours kMaxContextAge{1};

void check_field_name(const base::YamlNode& at, const std::string& name, const Place& place) {
  if (!is_snake_case(name)) {
    place.complain(at, fmt::format("'{}' cannot name a field; use small letters, digits and '_'",
                                   shown(name)));
  } else if (name == kHostField || name == "open") {
    place.complain(at, fmt::format("'{}' has a meaning of its own; use another name", name));
  }
}

std::shared_ptr<const re2::RE2> read_expression(base::Mapping& mapping, const Place& place) {
  const auto* node = mapping.child("re");
  const std::string pattern = mapping.required_text("re");
  if (pattern.empty()) {
    if (node && node->is_scalar()) {
      place.complain(*node, "the regular expression is empty");
    }
    return nullptr;
  }
  auto expression = place.expressions->compile(pattern);
  if (expression.compiled == nullptr) {
    place.complain(*node, expression.error);
  }
  return expression.compiled;
}

std::optional<ValueType> type_named(std::string_view name) {
  static const std::vector<std::pair<std::string_view, ValueType>> types = {
      {"text", ValueType::kText},   {"int", ValueType::kInteger},          {"hex", ValueType::kHex},
      {"flags", ValueType::kFlags}, {"timestamp", ValueType::kTimestamp},  {"url", ValueType::kUrl},
      {"guid", ValueType::kGuid},   {"thumbprint", ValueType::kThumbprint}};
  for (const auto& [known, type] : types) {
    if (known == name) {
      return type;
    }
  }
  return std::nullopt;
}

const std::vector<std::string>& type_names() {
  static const std::vector<std::string> names = {"text",      "int", "hex",  "flags",
                                                 "timestamp", "url", "guid", "thumbprint"};
  return names;
}

const std::vector<std::string>& part_names() {
  static const std::vector<std::string> names = {"scheme", "host",    "port",
                                                 "path",   "segment", "query"};
  return names;
}

bool is_one_of(std::string_view name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string not_among(std::string_view what, std::string_view name,
                      const std::vector<std::string>& names) {
  return base::with_hint(
      fmt::format("'{}' is no {}; known are {}", shown(name), what, fmt::join(names, ", ")), name,
      names);
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  int radix = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    radix = 16;
  }
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, radix);
  return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

void read_bits(const base::YamlNode& node, const Place& place, FieldType& type) {
  if (!node.is_map() || node.size() == 0) {
    place.complain(node, "'bits' must be a mapping of bits to names, like {0x1: CERT_REV_FAILED}");
    return;
  }
  for (const auto entry : node.entries()) {
    const auto bit = number_of(entry.key.text);
    if (!bit || *bit == 0 || (*bit & (*bit - 1)) != 0) {
      place.complain(entry.key,
                     fmt::format("'{}' is not one bit; write it like 0x8", shown(entry.key.text)));
    } else if (!entry.value.is_scalar() || entry.value.text.empty() ||
               entry.value.text.find('|') != std::string::npos) {
      place.complain(entry.value, "a bit needs a name without '|'");
    } else if (!type.bits.emplace(*bit, entry.value.text).second) {
      place.complain(entry.key, "this bit has a name already");
    }
  }
}

void read_parts(const base::YamlNode& node, const Place& place, FieldType& type) {
  if (!node.is_map()) {
    place.complain(node,
                   "'parts' must be a mapping of URL parts to field names, like {host: cmg_host}");
    return;
  }
  for (const auto entry : node.entries()) {
    const std::string& part = entry.key.text;
    if (!is_one_of(part, part_names())) {
      place.complain(entry.key, not_among("part of a URL", part, part_names()));
    } else if (!entry.value.is_scalar()) {
      place.complain(entry.value, "a field name is expected");
    } else {
      check_field_name(entry.value, entry.value.text, place);
      type.parts[part] = entry.value.text;
    }
  }
}

FieldType read_type(const base::YamlNode& node, const Place& place) {
  FieldType type;
  std::string name;
  const base::YamlNode* bits = nullptr;
  const base::YamlNode* parts = nullptr;
  if (node.is_scalar()) {
    name = node.text;
  } else {
    base::Mapping mapping(node, place.file, *place.complaints, "the type of a field");
    name = mapping.required_text("type");
    bits = mapping.child("bits");
    parts = mapping.child("parts");
    mapping.finish();
    if (name.empty()) {
      return type;
    }
  }
  const auto known = type_named(name);
  if (!known) {
    place.complain(node, not_among("type", name, type_names()));
    return type;
  }
  type.type = *known;
  if (bits && type.type != ValueType::kFlags) {
    place.complain(*bits, "'bits' go with the type flags only");
  } else if (bits) {
    read_bits(*bits, place, type);
  } else if (type.type == ValueType::kFlags) {
    place.complain(node, "the type flags needs 'bits', like {0x1: CERT_REV_FAILED}");
  }
  if (parts && type.type != ValueType::kUrl) {
    place.complain(*parts, "'parts' go with the type url only");
  } else if (parts) {
    read_parts(*parts, place, type);
  }
  return type;
}

}  // namespace

Extraction read_extraction(const base::YamlNode& node, const Place& place) {
  Extraction extraction;
  base::Mapping mapping(node, place.file, *place.complaints, "an entry of extract");
  if (!mapping.valid()) {
    return extraction;
  }
  extraction.expression = read_expression(mapping, place);
  extraction.from = mapping.text("from").value_or("");
  if (const auto field = mapping.text("field")) {
    extraction.field = *field;
    if (!is_record_field(*field)) {
      place.complain(*mapping.child("field"),
                     not_among("field of a record", *field, record_field_names()));
    }
  }
  extraction.every = mapping.boolean("every").value_or(false);
  extraction.newest = mapping.boolean("newest").value_or(false);
  if (extraction.newest && (extraction.from.empty() || extraction.every)) {
    place.complain(*mapping.child("newest"),
                   "'newest' needs 'from' with a context, and no 'every': it says that only the "
                   "newest record of "
                   "the context is read");
  }
  extraction.required = mapping.boolean("required").value_or(false);
  extraction.each = mapping.boolean("each").value_or(false);
  if (extraction.each && (extraction.every || !extraction.from.empty())) {
    mapping.complain(*mapping.child("each"),
                     "'each' goes with the record itself, without 'from' and 'every'");
  }
  const auto* types = mapping.child("types");
  mapping.finish();
  if (extraction.expression == nullptr) {
    return extraction;
  }
  const auto groups = group_names(*extraction.expression);
  if (groups.empty()) {
    mapping.complain(*mapping.child("re"),
                     "the regular expression has no named group; write (?P<field>...)");
  }
  for (const auto& group : groups) {
    check_field_name(*mapping.child("re"), group, place);
  }
  if (types && !types->is_map()) {
    place.complain(*types, "'types' must be a mapping of fields to types");
  } else if (types) {
    for (const auto entry : types->entries()) {
      const std::string& name = entry.key.text;
      if (!is_one_of(name, groups)) {
        place.complain(entry.key, not_among("named group of the regular expression", name, groups));
      }
      extraction.types[name] = read_type(entry.value, place);
    }
  }
  return extraction;
}

void check_each(const base::YamlNode& node, const Place& place,
                const std::vector<Extraction>& extractions) {
  const auto count = std::count_if(extractions.begin(), extractions.end(),
                                   [](const Extraction& extraction) { return extraction.each; });
  if (count > 1) {
    place.complain(node, "only one entry of 'extract' can have 'each'");
  }
}

Context read_context(const base::YamlNode& node, const Place& place) {
  Context context;
  base::Mapping mapping(node, place.file, *place.complaints, "an entry of context");
  if (!mapping.valid()) {
    return context;
  }
  context.name = mapping.required_text("name");
  context.evidence = mapping.boolean("evidence").value_or(true);
  context.shared = mapping.boolean("shared").value_or(false);
  context.within = mapping.duration("within").value_or(context.within);
  if (context.within > kMaxContextAge) {
    mapping.complain(*mapping.child("within"), "'within' is at most 1h");
  }
  if (const auto* detection = mapping.child("detection")) {
    context.detection = read_detection(
        *detection, place, fmt::format("the detection of context '{}'", shown(context.name)), true);
  } else {
    mapping.complain("an entry of context has no 'detection'");
  }
  const auto* same = mapping.child("same");
  mapping.finish();
  if (!same || (same->is_scalar() && same->text == "thread")) {
    return context;
  }
  if (!same->is_map()) {
    place.complain(*same, "'same' must be 'thread' or {field: ..., re: ...}");
    return context;
  }
  context.same_thread = false;
  base::Mapping key(*same, place.file, *place.complaints, "same");
  context.same_field = key.required_text("field");
  context.same_expression = read_expression(key, place);
  key.finish();
  if (context.same_expression != nullptr &&
      !is_one_of(context.same_field, group_names(*context.same_expression))) {
    key.complain(*key.child("re"), fmt::format("the regular expression has no group (?P<{}>...)",
                                               shown(context.same_field)));
  }
  return context;
}

std::vector<Derived> read_derived(const base::YamlNode& node, const Place& place) {
  std::vector<Derived> list;
  if (!node.is_map()) {
    place.complain(
        node, "'derive' must be a mapping, like {expired_for: {from: valid_to, to: current_time}}");
    return list;
  }
  for (const auto entry : node.entries()) {
    const std::string& name = entry.key.text;
    check_field_name(entry.key, name, place);
    base::Mapping mapping(entry.value, place.file, *place.complaints, "an entry of derive");
    if (mapping.valid() && (mapping.has("part") || mapping.has("of"))) {
      list.push_back({name, mapping.required_text("part"), mapping.required_text("of"),
                      Derived::Kind::kPercent});
      mapping.finish();
    } else if (mapping.valid()) {
      list.push_back({name, mapping.required_text("from"), mapping.required_text("to")});
      mapping.finish();
    }
  }
  return list;
}

}  // namespace cmgmon::signatures
