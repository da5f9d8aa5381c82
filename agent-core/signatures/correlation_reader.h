#pragma once
// The part of a rule document that makes it a correlation -> Signature::correlation. What needs the other rules to be
// judged is left to correlation_check.h.
//
// Tests: tests/unit/signatures/correlation_loader_test.cpp

#include "base/yaml.h"
#include "signatures/detection_reader.h"
#include "signatures/signature.h"

namespace cmgmon::signatures {

// `node` is the value of `correlation`. Sets signature.correlation and signature.group_by.
void read_correlation(const base::YamlNode& node, const Place& place, Signature& signature);
// What only correlations have under x-cmgmon, and what they cannot have there.
void read_correlation_extension(base::Mapping& extension, Signature& signature);

}  // namespace cmgmon::signatures
