#include "engine/pack_coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "incidents/diagnosis.h"
#include "matches/matcher.h"

namespace cmgmon::engine {

namespace {

using signatures::Detection;
using signatures::Expression;
using signatures::FieldTest;
using signatures::Signature;

// Where an expression was written: its first test.
const signatures::Origin& origin_of(const Expression& expression) {
  const Expression* at = &expression;
  while (at->kind != Expression::Kind::kTest && !at->children.empty()) {
    at = &at->children.front();
  }
  return at->test.origin;
}

std::string summary(const Expression& expression) {
  const Expression* at = &expression;
  while (at->kind != Expression::Kind::kTest && !at->children.empty()) {
    at = &at->children.front();
  }
  const std::string value = at->test.values.empty() ? "" : at->test.values.front();
  return fmt::format("{}: {}", at->test.field, base::printable(base::prefix_of_bytes(value, 60)));
}

bool holds_literal(const Detection& detection, const records::Record& record) {
  return std::any_of(detection.literals.begin(), detection.literals.end(),
                     [&](const std::string& literal) {
                       return base::find_ignore_case(record.message, literal) != std::string::npos;
                     });
}

}  // namespace

PackCoverage::PackCoverage(const signatures::SignatureSet& set) : set_(set) {
  for (const auto& signature : set.signatures) {
    Detected& rule = detected_[&signature];
    rule.detection = &signature.detection;
    rule.part = add(signature, "rule", "", signature.origin);
    add_branches(signature, signature.detection.condition, false, rule);
    for (const auto& recovery : signature.recoveries) {
      if (signature.absence) {
        break;  // the loader made them
      }
      Detected& detected = detected_[&recovery];
      detected.detection = &recovery.detection;
      detected.part =
          add(signature, "recovery", recovery.name, origin_of(recovery.detection.condition));
      add_branches(signature, recovery.detection.condition, false, detected);
    }
    for (const auto& diagnosis : signature.diagnoses) {
      diagnoses_[&diagnosis] =
          add(signature, "diagnosis", std::string(base::prefix_of_bytes(diagnosis.cause, 60)),
              signature.origin);
    }
  }
}

std::size_t PackCoverage::add(const Signature& signature, std::string kind, std::string what,
                              const signatures::Origin& origin) {
  parts_.push_back({signature.name, std::move(kind), std::move(what), origin, false});
  return parts_.size() - 1;
}

void PackCoverage::add_branches(const Signature& signature, const Expression& expression,
                                bool negated, Detected& detected) {
  if (!expression.selection.empty()) {
    const std::string key =
        fmt::format("{}/{}/{}", signature.name, detected.part, expression.selection);
    const auto known = selections_.find(key);
    const std::size_t part =
        known != selections_.end()
            ? known->second
            : add(signature, "selection", expression.selection, origin_of(expression));
    detected.branches.push_back({expression, negated, part});
    if (known != selections_.end()) {
      return;  // used twice in the condition
    }
    selections_.emplace(key, part);
  }
  if (expression.kind == Expression::Kind::kTest) {
    add_values(signature, expression.test, negated, detected);
  }
  const bool negates = expression.kind == Expression::Kind::kNot;
  for (const auto& child : expression.children) {
    if (expression.kind == Expression::Kind::kOr && child.selection.empty()) {
      const std::size_t part = add(signature, "alternative", summary(child), origin_of(child));
      detected.branches.push_back({child, negated, part});
    }
    add_branches(signature, child, negated != negates, detected);
  }
}

// Each value of a list is an alternative.
void PackCoverage::add_values(const Signature& signature, const FieldTest& test, bool negated,
                              Detected& detected) {
  if (test.all || test.values.size() < 2) {
    return;
  }
  for (std::size_t i = 0; i < test.values.size(); ++i) {
    Expression value;
    value.kind = Expression::Kind::kTest;
    value.test = test;
    value.test.values = {test.values[i]};
    value.test.required = {test.required[i]};
    if (!test.compiled.empty()) {
      value.test.compiled = {test.compiled[i]};
    }
    const std::size_t part = add(signature, "alternative", summary(value), test.origin);
    detected.branches.push_back({std::move(value), negated, part});
  }
}

void PackCoverage::read(const records::Record& record) {
  for (auto& [key, detected] : detected_) {
    const bool has_filter = std::any_of(detected.branches.begin(), detected.branches.end(),
                                        [](const Branch& branch) { return branch.negated; });
    if (!has_filter || !holds_literal(*detected.detection, record) ||
        matches::holds(detected.detection->condition, record)) {
      continue;
    }
    for (const auto& branch : detected.branches) {
      if (branch.negated && !parts_[branch.part].exercised) {
        parts_[branch.part].exercised = matches::holds(branch.expression, record);
      }
    }
  }
}

void PackCoverage::matched(const records::Record& record, const matches::Match& match) {
  const void* key = match.recovery != nullptr ? static_cast<const void*>(match.recovery)
                                              : static_cast<const void*>(match.signature);
  const auto found = detected_.find(key);
  if (found == detected_.end()) {
    return;
  }
  parts_[found->second.part].exercised = true;
  for (const auto& branch : found->second.branches) {
    if (!branch.negated && !parts_[branch.part].exercised) {
      parts_[branch.part].exercised = matches::holds(branch.expression, record);
    }
  }
}

void PackCoverage::told(const incidents::Incident& incident) {
  const Signature* signature = set_.find(incident.signature);
  if (signature == nullptr) {
    return;
  }
  parts_[detected_[signature].part].exercised = true;
  for (const auto& diagnosis : signature->diagnoses) {
    const auto texts = incidents::texts_of(*signature, incident.fields, {&diagnosis});
    if (incident.cause.find(texts.cause) != std::string::npos) {
      parts_[diagnoses_[&diagnosis]].exercised = true;
    }
  }
}

std::vector<PackCoverage::Part> PackCoverage::parts() const {
  return parts_;
}

}  // namespace cmgmon::engine
