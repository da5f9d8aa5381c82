#pragma once
// Everything that can be said about packs without running them: mistakes, which keep them from being loaded or their
// tests from being run, and warnings.
//
// Tests: tests/unit/service/rules_verbs_test.cpp

#include <cstddef>
#include <string>
#include <vector>

#include "base/yaml.h"

namespace cmgmon::engine {

struct PackLint {
  base::Complaints mistakes;
  base::Complaints warnings;  // looked for only where there are no mistakes
  std::size_t signatures = 0;
  std::size_t tests = 0;
};

// `folders` as for load_pack_folders().
PackLint lint_packs(const std::vector<std::string>& folders);

}  // namespace cmgmon::engine
