#pragma once
// Packs on disk -> SignatureSet. A pack is a folder: pack.yaml, rule files *.yaml, and tests/ which is not read here.
//
// Errors:  everything wrong is a Complaint with file, line and column; a set is returned only when there are none.
// Files come through a reader so that tests and fuzzers need no disk.
// Source:  docs/signatures.md.   Tests: tests/unit/signatures/loader_test.cpp

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "signatures/signature.h"

namespace cmgmon::signatures {

struct PackFile {
  std::string path;  // as shown in messages
  std::string text;
};

// The files of one pack: exactly one is named pack.yaml; all others are rules.
using Pack = std::vector<PackFile>;

std::optional<SignatureSet> load_packs(const std::vector<Pack>& packs,
                                       base::Complaints& complaints);

}  // namespace cmgmon::signatures
