#pragma once
// Do the names in rules mean something? First within one rule (fields, contexts, flags), then across all packs
// (signatures, log services, facts).
//
// Tests: tests/unit/signatures/loader_test.cpp

#include <string>
#include <vector>

#include "base/yaml.h"
#include "signatures/detection_reader.h"
#include "signatures/signature.h"

namespace cmgmon::signatures {

// A name that only the whole set can resolve, and where it stands.
struct Reference {
  enum class Kind { kSignature, kService, kFact } kind = Kind::kSignature;
  std::string name;
  base::Complaint where;  // its message is still empty
};

// `document` is where `signature` was read from.
void check_rule(const base::YamlNode& document, const Signature& signature, const Place& place,
                std::vector<Reference>& references);

// References that lead nowhere, and `explains` that goes in a circle.
void check_set(const SignatureSet& set, const std::vector<Reference>& references,
               base::Complaints& complaints);

}  // namespace cmgmon::signatures
