// What a rule says about an incident: diagnosis and clear.

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "signatures/rule_reader.h"
#include "signatures/service_state.h"

namespace cmgmon::signatures {

namespace {

constexpr std::string_view kFactPrefix = "fact.";

std::vector<std::string> read_values(const base::YamlNode& node, const Place& place) {
  std::vector<std::string> values;
  if (node.is_scalar()) {
    values.push_back(node.text);
  } else if (node.is_sequence() && node.size() > 0) {
    for (const auto& item : node.items()) {
      if (item.is_scalar()) {
        values.push_back(item.text);
      } else {
        place.complain(item, "a text is expected");
      }
    }
  } else {
    place.complain(node, "a text or a list of texts is expected");
  }
  return values;
}

// {lt | lte | gt | gte: number}.
bool read_comparison(base::Mapping& mapping, Condition& condition) {
  static const std::vector<std::pair<std::string, Operator>> comparisons = {
      {"lt", Operator::kLess},
      {"lte", Operator::kLessEqual},
      {"gt", Operator::kGreater},
      {"gte", Operator::kGreaterEqual}};
  for (const auto& [name, comparison] : comparisons) {
    if (const auto number = mapping.integer(name, std::numeric_limits<int>::min(),
                                            std::numeric_limits<int>::max())) {
      condition.kind = Condition::Kind::kFieldNumber;
      condition.comparison = comparison;
      condition.number = *number;
      return true;
    }
  }
  return false;
}

// The right-hand side: a text, a list, or {has | in_fact | present | lt | lte | gt | gte | not: ...}.
void read_test(const base::YamlNode& node, const Place& place, Condition& condition) {
  using Kind = Condition::Kind;
  if (!node.is_map()) {
    condition.values = read_values(node, place);
    if (condition.kind == Kind::kFieldEquals && condition.values.size() > 1) {
      condition.kind = Kind::kFieldIn;
    }
    return;
  }
  base::Mapping mapping(node, place.file, *place.complaints, "a condition");
  const auto* negated = mapping.child("not");
  const bool field = condition.kind == Kind::kFieldEquals || condition.kind == Kind::kFieldIn;
  const auto has = field ? mapping.child("has") : nullptr;
  const auto in_fact = field ? mapping.text("in_fact") : std::nullopt;
  const auto present = field ? mapping.boolean("present") : std::nullopt;
  const bool compared = field && read_comparison(mapping, condition);
  mapping.finish();
  if (node.size() != 1) {
    place.complain(node, "a condition is one of not, has, in_fact, present, lt, lte, gt, gte");
  } else if (compared) {
    return;
  } else if (negated) {
    condition.negated = !condition.negated;
    read_test(*negated, place, condition);
  } else if (has) {
    condition.kind = Kind::kFlagSet;
    condition.values = read_values(*has, place);
  } else if (in_fact) {
    condition.kind = Kind::kFieldInFact;
    condition.values = {*in_fact};
  } else if (present) {
    condition.kind = Kind::kFieldPresent;
    condition.negated = condition.negated != !*present;
  }
}

std::vector<Condition> read_conditions(const base::YamlNode& node, const Place& place) {
  std::vector<Condition> conditions;
  if (!node.is_map() || node.size() == 0) {
    place.complain(node, "'when' must be a mapping of fields to what they must be");
    return conditions;
  }
  for (const auto entry : node.entries()) {
    const std::string& key = entry.key.text;
    Condition condition;
    condition.subject = key;
    if (key == "open") {
      condition.kind = Condition::Kind::kIncidentOpen;
      read_test(entry.value, place, condition);
      if (condition.values.size() == 1) {
        condition.subject = condition.values.front();
      } else if (!condition.values.empty()) {
        place.complain(entry.value, "'open' takes the name of one signature");
      }
      condition.values.clear();
    } else if (key.starts_with(kFactPrefix)) {
      condition.kind = Condition::Kind::kFactEquals;
      condition.subject = key.substr(kFactPrefix.size());
      read_test(entry.value, place, condition);
    } else if (key.starts_with(kServicePrefix)) {
      condition.kind = Condition::Kind::kFactEquals;
      read_test(entry.value, place, condition);
    } else {
      read_test(entry.value, place, condition);
    }
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

Recovery read_recovery(const base::YamlNode& node, const Place& place, const Signature& signature) {
  Recovery recovery;
  base::Mapping mapping(node, place.file, *place.complaints, "an entry of recovery");
  if (!mapping.valid()) {
    return recovery;
  }
  recovery.name = mapping.required_text("name");
  recovery.services = mapping.texts("service");
  if (!mapping.has("service")) {
    recovery.services = signature.services;
    if (signature.correlation) {
      mapping.complain(
          "an entry of recovery has no 'service'; a correlation has no log that it could be found "
          "in");
    }
  }
  if (const auto* detection = mapping.child("detection")) {
    recovery.detection =
        read_detection(*detection, place,
                       fmt::format("the detection of recovery '{}'",
                                   base::printable(base::prefix_of_bytes(recovery.name, 60))),
                       true);
  } else {
    mapping.complain("an entry of recovery has no 'detection'");
  }
  if (const auto* extract = mapping.child("extract")) {
    if (!extract->is_sequence()) {
      place.complain(*extract, "'extract' must be a list");
    } else {
      for (const auto& item : extract->items()) {
        recovery.extract.push_back(read_extraction(item, place));
        if (!recovery.extract.back().from.empty()) {
          place.complain(item, "a recovery has no context; remove 'from'");
        }
      }
      check_each(*extract, place, recovery.extract);
    }
  }
  auto on = mapping.texts("on");
  recovery.on = mapping.has("on") ? std::move(on) : signature.group_by;
  mapping.finish();
  return recovery;
}

}  // namespace

Diagnosis read_diagnosis(const base::YamlNode& node, const Place& place) {
  Diagnosis diagnosis;
  base::Mapping mapping(node, place.file, *place.complaints, "an entry of diagnosis");
  if (!mapping.valid()) {
    return diagnosis;
  }
  if (const auto* when = mapping.child("when")) {
    diagnosis.when = read_conditions(*when, place);
  }
  const auto otherwise = mapping.boolean("otherwise");
  diagnosis.otherwise = otherwise.value_or(false);
  diagnosis.note = mapping.boolean("note").value_or(false);
  if (const auto level = mapping.text("level")) {
    diagnosis.level = level_named(*level);
    if (!diagnosis.level) {
      place.complain(*mapping.child("level"),
                     "'level' is none of informational, low, medium, high, critical");
    }
  }
  diagnosis.cause = mapping.required_text("cause");
  diagnosis.resolution = mapping.texts("resolution");
  mapping.finish();
  if (otherwise && !*otherwise) {
    place.complain(*mapping.child("otherwise"), "'otherwise' can only be true");
  }
  if (diagnosis.otherwise && mapping.has("when")) {
    mapping.complain("'when' and 'otherwise' exclude each other");
  }
  if (diagnosis.otherwise && diagnosis.note) {
    mapping.complain("'note' and 'otherwise' exclude each other");
  }
  if (!diagnosis.otherwise && !diagnosis.note && !mapping.has("when")) {
    mapping.complain("an entry of diagnosis needs 'when' or 'otherwise: true'");
  }
  return diagnosis;
}

void read_explains(const base::YamlNode& node, const Place& place, Signature& signature) {
  const auto read = [&](const base::YamlNode& item) {
    if (item.is_scalar()) {
      signature.explains.push_back(item.text);
      return;
    }
    if (!item.is_map()) {
      place.complain(item, "an entry of explains must be a name or {signature: ..., same: [...]}");
      return;
    }
    base::Mapping mapping(item, place.file, *place.complaints, "an entry of explains");
    const std::string symptom = mapping.required_text("signature");
    auto same = mapping.texts("same");
    if (same.empty()) {
      mapping.complain(
          "an entry of explains needs 'same', the fields in which both agree; else write only the "
          "name");
    }
    mapping.finish();
    signature.explains.push_back(symptom);
    signature.explains_same[symptom] = std::move(same);
  };
  if (node.is_sequence()) {
    for (const auto& item : node.items()) {
      read(item);
    }
  } else {
    read(node);
  }
}

void read_clear(const base::YamlNode& node, const Place& place, Signature& signature) {
  base::Mapping mapping(node, place.file, *place.complaints, "clear");
  if (!mapping.valid()) {
    return;
  }
  if (const auto* recovery = mapping.child("recovery")) {
    if (!recovery->is_sequence()) {
      place.complain(*recovery, "'recovery' must be a list");
    } else {
      for (const auto& item : recovery->items()) {
        signature.recoveries.push_back(read_recovery(item, place, signature));
      }
    }
  }
  const auto* quiet = mapping.child("quiet");
  if (quiet && !(quiet->is_scalar() && quiet->text == "never")) {
    signature.quiet = quiet->is_scalar() ? base::parse_duration(quiet->text) : std::nullopt;
    if (!signature.quiet || signature.quiet->count() == 0) {
      place.complain(*quiet, "'quiet' must be a duration like 24h, or never");
    }
  }
  mapping.finish();
}

}  // namespace cmgmon::signatures
