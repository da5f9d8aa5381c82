#include "engine/pack_lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/pack_files.h"
#include "engine/pack_test_file.h"
#include "signatures/lint.h"

namespace cmgmon::engine {

namespace {

// Tests that state that a rule fires, and tests of a file about the rule that state that it does not.
struct Samples {
  int positive = 0;
  int negative = 0;
};

void count(const PackTest& test, std::map<std::string, Samples>& samples) {
  const auto expected = test.expected_signatures();
  for (const auto& name : expected) {
    ++samples[name].positive;
  }
  if (!test.rule.empty() && !expected.contains(test.rule)) {
    ++samples[test.rule].negative;
  }
}

void warn_about_samples(const signatures::SignatureSet& set,
                        std::map<std::string, Samples>& samples, base::Complaints& warnings) {
  for (const auto& signature : set.signatures) {
    if (signature.silenced) {
      continue;  // tests show the correlations that it serves
    }
    const auto& [file, line, column] = signature.origin;
    if (samples[signature.name].positive == 0) {
      warnings.push_back({file, line, column,
                          fmt::format("{}: no test expects it; add one to the pack's folder "
                                      "'tests' with a log that fires it",
                                      signature.name)});
    }
    if (samples[signature.name].negative == 0) {
      warnings.push_back({file, line, column,
                          fmt::format("{0}: no test shows what does not fire it; add one with a "
                                      "near miss to a test file that begins with 'rule: {0}'",
                                      signature.name)});
    }
  }
}

}  // namespace

PackLint lint_packs(const std::vector<std::string>& folders) {
  PackLint lint;
  const auto set = load_pack_folders(folders, lint.mistakes);
  if (!set) {
    return lint;
  }
  lint.signatures = set->signatures.size();
  std::map<std::string, Samples> samples;
  for (const auto& pack : pack_folders(folders)) {
    for (const auto& file : read_test_files(pack, lint.mistakes)) {
      for (const auto& test :
           read_test_file(*set, file.text, file.path, read_test_log, lint.mistakes)) {
        ++lint.tests;
        count(test, samples);
      }
    }
  }
  if (lint.mistakes.empty()) {
    lint.warnings = signatures::warnings_about(*set);
    warn_about_samples(*set, samples, lint.warnings);
    std::stable_sort(lint.warnings.begin(), lint.warnings.end(), [](const auto& a, const auto& b) {
      return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
  }
  return lint;
}

}  // namespace cmgmon::engine
