#include "incidents/diagnosis.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"
#include "signatures/service_state.h"
#include "signatures/text_template.h"

namespace cmgmon::incidents {
namespace {

using signatures::Condition;
using signatures::Diagnosis;
using Kind = signatures::Condition::Kind;

bool any_equals(const std::vector<std::string>& values, std::string_view value) {
  return std::any_of(values.begin(), values.end(), [&](const std::string& candidate) {
    return base::equals_ignore_case(candidate, value);
  });
}

// `flags` reads "NAME|NAME".
bool any_flag_set(const std::vector<std::string>& names, std::string_view flags) {
  while (!flags.empty()) {
    const std::size_t bar = std::min(flags.find('|'), flags.size());
    if (any_equals(names, base::trim(flags.substr(0, bar)))) {
      return true;
    }
    flags.remove_prefix(std::min(bar + 1, flags.size()));
  }
  return false;
}

// A field that is no whole number compares with nothing.
bool compares(const Condition& condition, const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end) {
    return false;
  }
  switch (condition.comparison) {
    case signatures::Operator::kLess:
      return value < condition.number;
    case signatures::Operator::kLessEqual:
      return value <= condition.number;
    case signatures::Operator::kGreater:
      return value > condition.number;
    default:
      return value >= condition.number;
  }
}

const std::string* find_field(const matches::Fields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? nullptr : &found->second;
}

bool fact_holds(const Condition& condition, const Circumstances& circumstances) {
  const bool of_field = condition.kind == Kind::kFieldInFact;
  if (of_field && condition.values.empty()) {
    return false;
  }
  const Facts& facts = circumstances.facts();
  const auto fact = facts.find(of_field ? condition.values.front() : condition.subject);
  if (fact == facts.end()) {
    // That nothing is known of a service is something that can be asked for.
    const bool of_service = !of_field && condition.subject.starts_with(signatures::kServicePrefix);
    return of_service &&
           any_equals(condition.values, name_of(signatures::ServiceState::kUnknown)) !=
               condition.negated;
  }
  if (of_field) {
    const std::string* value = find_field(circumstances.fields, condition.subject);
    return value != nullptr && any_equals(fact->second, *value) != condition.negated;
  }
  const bool equal =
      std::any_of(fact->second.begin(), fact->second.end(),
                  [&](const std::string& value) { return any_equals(condition.values, value); });
  return equal != condition.negated;
}

}  // namespace

bool holds(const Condition& condition, const Circumstances& circumstances) {
  const std::string* field = find_field(circumstances.fields, condition.subject);
  switch (condition.kind) {
    case Kind::kFieldEquals:
    case Kind::kFieldIn:
      return (field != nullptr && any_equals(condition.values, *field)) != condition.negated;
    case Kind::kFlagSet:
      return (field != nullptr && any_flag_set(condition.values, *field)) != condition.negated;
    case Kind::kFieldPresent:
      return (field != nullptr && !field->empty()) != condition.negated;
    case Kind::kFieldNumber:
      return (field != nullptr && compares(condition, *field)) != condition.negated;
    case Kind::kFactEquals:
    case Kind::kFieldInFact:
      return fact_holds(condition, circumstances);
    case Kind::kIncidentOpen:
      return circumstances.is_open(condition.subject) != condition.negated;
  }
  return false;
}

std::vector<const Diagnosis*> applicable(const signatures::Signature& signature,
                                         const Circumstances& circumstances) {
  const auto all_hold = [&](const Diagnosis& diagnosis) {
    return std::all_of(diagnosis.when.begin(), diagnosis.when.end(),
                       [&](const Condition& condition) { return holds(condition, circumstances); });
  };
  std::vector<const Diagnosis*> said;
  std::vector<const Diagnosis*> notes;
  for (const Diagnosis& diagnosis : signature.diagnoses) {
    if (!diagnosis.otherwise && all_hold(diagnosis)) {
      (diagnosis.note ? notes : said).push_back(&diagnosis);
    }
  }
  if (said.empty()) {
    for (const Diagnosis& diagnosis : signature.diagnoses) {
      if (diagnosis.otherwise && all_hold(diagnosis)) {
        said.push_back(&diagnosis);
      }
    }
  }
  said.insert(said.end(), notes.begin(), notes.end());
  return said;
}

signatures::Level level_of(const signatures::Signature& signature,
                           const std::vector<const Diagnosis*>& said) {
  for (const Diagnosis* diagnosis : said) {
    if (diagnosis->level.has_value()) {
      return *diagnosis->level;
    }
  }
  return signature.level;
}

Texts texts_of(const signatures::Signature& signature, const matches::Fields& fields,
               const std::vector<const Diagnosis*>& said) {
  const auto filled_in = [&](const std::string& text) {
    return signatures::render(text,
                              [&](const std::string& name) { return find_field(fields, name); });
  };
  Texts texts;
  for (const Diagnosis* diagnosis : said) {
    if (!diagnosis->cause.empty()) {
      texts.cause += (texts.cause.empty() ? "" : " ") + filled_in(diagnosis->cause);
    }
    for (const std::string& step : diagnosis->resolution) {
      std::string text = filled_in(step);
      // Two flags often share a step; nobody wants to do it twice.
      if (std::find(texts.resolution.begin(), texts.resolution.end(), text) ==
          texts.resolution.end()) {
        texts.resolution.push_back(std::move(text));
      }
    }
  }
  if (texts.cause.empty()) {
    texts.cause = filled_in(signature.description);
  }
  return texts;
}

}  // namespace cmgmon::incidents
