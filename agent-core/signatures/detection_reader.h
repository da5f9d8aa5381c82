#pragma once
// YAML of a detection (Sigma's selections and condition) -> Detection.
//
// Errors:  complaints at the place in the file; the result is then of no use.
// Tests:   tests/unit/signatures/detection_reader_test.cpp

#include <string>

#include "base/yaml.h"
#include "signatures/signature.h"

namespace cmgmon::signatures {

class Expressions;

// Where complaints go, the file they are about, and the expressions of all files.
struct Place {
  std::string file;
  base::Complaints* complaints = nullptr;
  Expressions* expressions = nullptr;

  void complain(const base::YamlNode& at, std::string message) const;
  Origin origin_of(const base::YamlNode& node) const;
};

// A mapping with `condition` is the full form. Where `short_form` is allowed, a mapping without it is one selection and a
// list is any of its selections. `what` names the detection in messages.
Detection read_detection(const base::YamlNode& node, const Place& place, const std::string& what,
                         bool short_form);

}  // namespace cmgmon::signatures
