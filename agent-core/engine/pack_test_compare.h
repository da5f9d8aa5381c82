#pragma once
// What a test expects against what it got, as a difference for people.
//
// Lines begin with "-" (expected and not there), "+" (there and not expected) or a blank.
// Tests: tests/unit/engine/pack_test_test.cpp

#include <string>
#include <vector>

#include "engine/pack_test_file.h"
#include "incidents/incident.h"

namespace cmgmon::engine {

// An incident as it stands, or an alert about one.
struct Observed {
  incidents::Incident incident;
  const incidents::Transition* alert = nullptr;
};

// Gives each expectation something of its own, as many as possible. Empty: all of both found a
// partner.
std::string difference(const std::vector<Expectation>& expected, const std::vector<Observed>& got,
                       const std::string& file);

// Everything about them, for comparing two runs.
std::string describe(const std::vector<Observed>& got);

}  // namespace cmgmon::engine
