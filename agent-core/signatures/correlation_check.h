#pragma once
// Correlations among themselves and with the rules they refer to, once all packs have been read: references, circles,
// and whether every rule tells the fields it is grouped by. Completes the signatures: rules given by id get their name,
// Correlation::fields is filled, and rules that only serve correlations are silenced.
//
// Tests: tests/unit/signatures/correlation_loader_test.cpp

#include <set>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "signatures/detection_reader.h"
#include "signatures/signature.h"

namespace cmgmon::signatures {

// Where a correlation was read from.
struct CorrelationSource {
  std::string name;  // of the signature
  base::YamlNode document;
  Place place;
};

// `broken`: names of signatures that have been complained about; their fields, and what depends on them, are not judged.
// Correlations that are complained about here are added.
void check_correlations(const std::vector<CorrelationSource>& sources,
                        std::set<std::string>& broken, SignatureSet& set);

}  // namespace cmgmon::signatures
