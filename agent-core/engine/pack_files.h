#pragma once
// Signature packs from folders on disk.
//
// A pack folder holds pack.yaml, rule files (*.yaml) and tests/. A folder without pack.yaml is a shelf: each folder in
// it that has one is a pack; an empty or absent shelf is fine.
//
// Errors:  everything wrong is a Complaint; also an unreadable file.

#include <optional>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "engine/pack_test.h"
#include "signatures/loader.h"
#include "signatures/signature.h"

namespace cmgmon::engine {

// Folders of the packs found under `folders`, in order, each once.
std::vector<std::string> pack_folders(const std::vector<std::string>& folders);

signatures::Pack read_pack(const std::string& folder, base::Complaints& complaints);

// nullopt: there are complaints, or there is no pack at all (which is one).
std::optional<signatures::SignatureSet> load_pack_folders(const std::vector<std::string>& folders,
                                                          base::Complaints& complaints);

// The test files (*.yaml in the folder tests) of a pack, and how they read the logs beside them.
signatures::Pack read_test_files(const std::string& pack_folder, base::Complaints& complaints);
base::Result<std::string> read_test_log(const std::string& path);

// Runs the tests of the packs.
PackTestReport run_tests_of_packs(const signatures::SignatureSet& set,
                                  const std::vector<std::string>& packs,
                                  base::Complaints& complaints,
                                  const PackTestOptions& options = {});

}  // namespace cmgmon::engine
