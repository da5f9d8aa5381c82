#include "signatures/correlation_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/words.h"
#include "signatures/field_names.h"
#include "signatures/hints.h"

namespace cmgmon::signatures {

namespace {

using Type = Correlation::Type;

constexpr std::array<Type, 4> kTypes = {Type::kEventCount, Type::kValueCount, Type::kTemporal,
                                        Type::kTemporalOrdered};

constexpr std::array<std::pair<std::string_view, CountTest::Operator>, 6> kOperators = {{
    {"gt", CountTest::Operator::kGreater},
    {"gte", CountTest::Operator::kGreaterEqual},
    {"lt", CountTest::Operator::kLess},
    {"lte", CountTest::Operator::kLessEqual},
    {"eq", CountTest::Operator::kEqual},
    {"neq", CountTest::Operator::kNotEqual},
}};

bool is_temporal(const Correlation& correlation) {
  return correlation.type == Type::kTemporal || correlation.type == Type::kTemporalOrdered;
}

// False: not known.
bool read_type(base::Mapping& mapping, Correlation& correlation) {
  const std::string text = mapping.required_text("type");
  const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                 [&](Type known) { return name_of(known) == text; });
  if (type != kTypes.end()) {
    correlation.type = *type;
    return true;
  }
  if (!text.empty()) {
    const std::vector<std::string> names = {"event_count", "value_count", "temporal",
                                            "temporal_ordered"};
    mapping.complain(
        *mapping.child("type"),
        base::with_hint(fmt::format("'{}' is none of {}", shown(text), fmt::join(names, ", ")),
                        text, names));
  }
  return false;
}

void read_rules(base::Mapping& mapping, const Place& place, Correlation& correlation) {
  const std::size_t before = place.complaints->size();
  correlation.rules = mapping.texts("rules");
  if (place.complaints->size() != before) {
    return;
  }
  if (correlation.rules.empty()) {
    mapping.complain("the correlation has no 'rules'");
  } else if (correlation.rules.size() > kMaxCorrelatedRules) {
    mapping.complain(*mapping.child("rules"),
                     fmt::format("a correlation takes at most {} rules", kMaxCorrelatedRules));
  } else if (is_temporal(correlation) && correlation.rules.size() < 2) {
    mapping.complain(
        *mapping.child("rules"),
        fmt::format("'{}' needs at least two rules; event_count counts the matches of one",
                    name_of(correlation.type)));
  }
}

void read_group(base::Mapping& mapping, Signature& signature) {
  signature.group_by = mapping.texts("group-by");
  std::set<std::string> seen;
  for (const auto& name : signature.group_by) {
    if (!seen.insert(name).second) {
      mapping.complain(*mapping.child("group-by"),
                       fmt::format("'group-by' names '{}' twice", shown(name)));
    }
    if (name == kEventCountField || name == kValueCountField) {
      mapping.complain(*mapping.child("group-by"),
                       fmt::format("'{}' is what the correlation itself tells", name));
    }
  }
}

// From how many on it can hold, and whether it is decided then.
void check_condition(base::Mapping& condition, const Correlation& correlation) {
  const std::uint64_t most =
      is_temporal(correlation) ? correlation.rules.size() : kMaxCorrelatedEvents;
  bool ever = false;
  bool always = true;
  for (std::uint64_t count = 1; count <= most; ++count) {
    const bool holds = correlation.holds(count);
    ever = ever || holds;
    always = always && holds;
  }
  if (!ever) {
    condition.complain(
        correlation.holds(0)
            ? std::string("'condition' asks for something that does not happen, and only what is "
                          "logged is counted; an absence rule finds what is missing")
            : fmt::format("no count from 1 to {} satisfies 'condition'", most));
  } else if (correlation.holds(1) && !always) {
    condition.complain(
        "'condition' holds with the first event, before it is known how many follow; say from how "
        "many on it is a failure, with gte or gt");
  }
}

void read_condition(base::Mapping& mapping, const Place& place, bool known_type,
                    Correlation& correlation) {
  const auto* node = mapping.child("condition");
  if (!node) {
    if (is_temporal(correlation)) {
      correlation.condition = {{CountTest::Operator::kGreaterEqual, correlation.rules.size()}};
    } else if (known_type) {
      mapping.complain("the correlation has no 'condition', like {gte: 10}");
    }
    return;
  }
  base::Mapping condition(*node, place.file, *place.complaints, "the condition of the correlation");
  if (!condition.valid()) {
    return;
  }
  const std::size_t before = place.complaints->size();
  if (correlation.type == Type::kValueCount) {
    if (!condition.has("field")) {
      condition.complain("value_count needs 'field', whose values are counted, in 'condition'");
    }
    correlation.field = condition.text("field").value_or("");
  } else if (condition.has("field")) {
    condition.complain(*condition.child("field"),
                       "'field' belongs to value_count; the other types count matches");
  }
  for (const auto& [name, op] : kOperators) {
    const auto value = condition.integer(std::string(name), 0, kMaxCorrelatedEvents);
    if (value) {
      correlation.condition.push_back({op, static_cast<std::uint64_t>(*value)});
    }
  }
  condition.finish();
  if (place.complaints->size() != before) {
    return;
  }
  if (correlation.condition.empty()) {
    condition.complain("'condition' needs one of gt, gte, lt, lte, eq, neq with a number");
    return;
  }
  check_condition(condition, correlation);
}

void read_aliases(base::Mapping& mapping, const Place& place, const Signature& signature,
                  Correlation& correlation) {
  const auto* node = mapping.child("aliases");
  if (!node) {
    return;
  }
  if (!node->is_map()) {
    mapping.complain(*node, "'aliases' must be a mapping of names to {RULE: field}");
    return;
  }
  for (const auto entry : node->entries()) {
    const std::string& alias = entry.key.text;
    if (!is_snake_case(alias) || alias == kEventCountField || alias == kValueCountField) {
      place.complain(entry.key, fmt::format("the alias '{}' must be made of small letters, digits "
                                            "and '_', and not be the name of a count",
                                            shown(alias)));
    }
    const auto& group = signature.group_by;
    if (std::find(group.begin(), group.end(), alias) == group.end() && alias != correlation.field) {
      place.complain(entry.key,
                     fmt::format("nothing uses the alias '{}'; name it in group-by", shown(alias)));
    }
    if (!entry.value.is_map() || entry.value.size() == 0) {
      place.complain(entry.value, fmt::format("the alias '{}' must be a mapping of rules to their "
                                              "fields, like {{RULE: field}}",
                                              shown(alias)));
      continue;
    }
    for (const auto field : entry.value.entries()) {
      if (field.value.is_scalar() && !field.value.text.empty()) {
        correlation.aliases[alias][field.key.text] = field.value.text;
      } else {
        place.complain(field.value, "the name of a field is expected");
      }
    }
  }
}

}  // namespace

void read_correlation(const base::YamlNode& node, const Place& place, Signature& signature) {
  Correlation& correlation = signature.correlation.emplace();
  base::Mapping mapping(node, place.file, *place.complaints, "the correlation");
  if (!mapping.valid()) {
    return;
  }
  const bool known_type = read_type(mapping, correlation);
  read_rules(mapping, place, correlation);
  read_group(mapping, signature);
  const std::size_t before = place.complaints->size();
  correlation.timespan = mapping.duration("timespan").value_or(correlation.timespan);
  if (!mapping.has("timespan")) {
    mapping.complain("the correlation has no 'timespan', like 10m");
  } else if (place.complaints->size() == before &&
             (correlation.timespan < kMinTimespan || correlation.timespan > kMaxTimespan)) {
    mapping.complain(*mapping.child("timespan"), "'timespan' must be between 1s and 31d");
  }
  read_condition(mapping, place, known_type, correlation);
  read_aliases(mapping, place, signature, correlation);
  correlation.generate = mapping.boolean("generate").value_or(false);
  mapping.finish();
}

void read_correlation_extension(base::Mapping& extension, Signature& signature) {
  for (const auto* key : {"context", "extract", "derive", "fallback"}) {
    if (extension.has(key)) {
      extension.complain(*extension.child(key),
                         fmt::format("'{}' has no meaning in a correlation, which reads no log; it "
                                     "belongs into the rules that are correlated",
                                     key));
    }
  }
  if (extension.has("group-by")) {
    extension.complain(*extension.child("group-by"),
                       "'group-by' of a correlation stands under 'correlation'");
  }
  const auto tolerance = extension.duration("tolerance");
  if (tolerance && *tolerance > kMaxTolerance) {
    extension.complain(*extension.child("tolerance"), "'tolerance' must be at most 1h");
  }
  signature.correlation->tolerance = tolerance.value_or(signature.correlation->tolerance);
}

}  // namespace cmgmon::signatures
