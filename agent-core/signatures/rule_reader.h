#pragma once
// One YAML document of a rule file -> Signature. What needs other rules to be judged is left to rule_check.h.
//
// Tests: tests/unit/signatures/loader_test.cpp

#include <string>

#include "base/yaml.h"
#include "signatures/detection_reader.h"
#include "signatures/signature.h"

namespace cmgmon::signatures {

inline constexpr int kMinEventId = 1000;
inline constexpr int kMaxEventId = 1999;

Signature read_rule(const base::YamlNode& document, const Place& place, const std::string& pack);

// Its parts, in files of their own.
Extraction read_extraction(const base::YamlNode& node, const Place& place);
// Complains about a second `each` in one list.
void check_each(const base::YamlNode& node, const Place& place,
                const std::vector<Extraction>& extractions);
Context read_context(const base::YamlNode& node, const Place& place);
std::vector<Derived> read_derived(const base::YamlNode& node, const Place& place);
Diagnosis read_diagnosis(const base::YamlNode& node, const Place& place);
void read_explains(const base::YamlNode& node, const Place& place, Signature& signature);
// Adds the recoveries of the absence, which go by group-by.
void read_absence(const base::YamlNode& node, const Place& place, Signature& signature);
void read_clear(const base::YamlNode& node, const Place& place, Signature& signature);

}  // namespace cmgmon::signatures
