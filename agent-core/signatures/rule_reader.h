#pragma once
// One YAML document of a rule file -> Signature. What needs other rules to be judged is left to rule_check.h.
//
// Tests: tests/unit/signatures/loader_test.cpp

#include <string>

#include <yaml-cpp/yaml.h>

#include "base/yaml.h"
#include "signatures/detection_reader.h"
#include "signatures/signature.h"

namespace cmgmon::signatures {

inline constexpr int kMinEventId = 1000;
inline constexpr int kMaxEventId = 1999;

Signature read_rule(const YAML::Node& document, const Place& place, const std::string& pack);

// Its parts, in files of their own.
Extraction read_extraction(const YAML::Node& node, const Place& place);
// Complains about a second `each` in one list.
void check_each(const YAML::Node& node, const Place& place,
                const std::vector<Extraction>& extractions);
Context read_context(const YAML::Node& node, const Place& place);
std::vector<Derived> read_derived(const YAML::Node& node, const Place& place);
Diagnosis read_diagnosis(const YAML::Node& node, const Place& place);
void read_explains(const YAML::Node& node, const Place& place, Signature& signature);
// Adds the recoveries of the absence, which go by group-by.
void read_absence(const YAML::Node& node, const Place& place, Signature& signature);
void read_clear(const YAML::Node& node, const Place& place, Signature& signature);

}  // namespace cmgmon::signatures
