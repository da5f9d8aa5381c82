#pragma once
// One test file of a pack, read: the bytes of the logs, the facts and the expected incidents of
// each test.
//
// Errors:  complaints; a test with a complaint is left out.
// Source:  docs/signatures.md, "Tests".      Tests: tests/unit/engine/pack_test_test.cpp

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/yaml.h"
#include "engine/pack_test.h"
#include "incidents/incident_book.h"
#include "signatures/service_state.h"
#include "signatures/signature.h"

namespace cmgmon::engine {

// The moment of "at: 0s". Lines that were copied from real logs have their own times.
inline constexpr base::Time kTestStart =
    std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::hours(10);

struct TestInput {
  std::string service;  // empty: every signature is held against it
  std::string bytes;
};

struct Expectation {
  base::YamlNode node;  // checked: only known keys, of the right kind
  std::string signature;
};

// All incidents at one moment: when everything logged up to it has been read.
struct Checkpoint {
  std::optional<std::chrono::milliseconds> at;  // after the start; nullopt: at the end
  std::vector<Expectation> expected;
};

struct PackTest {
  std::string rule;  // what its file is about; may be empty
  std::string name;
  int line = 0;
  std::vector<TestInput> inputs;
  incidents::Facts facts;
  bool live = false;  // time passes as in the running program, so silence is noticed
  signatures::ServiceStates services;
  std::chrono::milliseconds advance{0};
  std::vector<Checkpoint> checks;                  // in the order of time, the end last
  std::optional<std::vector<Expectation>> alerts;  // all of them, in any order

  std::set<std::string> expected_signatures() const;
};

std::vector<PackTest> read_test_file(const signatures::SignatureSet& set, std::string_view text,
                                     const std::string& file, const PackTestReader& read,
                                     base::Complaints& complaints);

}  // namespace cmgmon::engine
