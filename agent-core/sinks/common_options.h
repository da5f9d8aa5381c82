#pragma once
// What the settings of every kind of sink have, and helpers to read their own.
//
// Errors:  every mistake is a Complaint with line and column.   Tests: tests/unit/sinks/sink_options_test.cpp

#include <optional>
#include <string>

#include "base/yaml.h"
#include "signatures/signature.h"

namespace cmgmon::sinks {

struct CommonOptions {
  std::string name;
  bool enabled = true;
  signatures::Level level = signatures::Level::kInformational;  // the lowest that is taken
};

void read_common(base::Mapping& mapping, const std::string& name, CommonOptions& options);

// A path: environment variables expanded, relative ones from the settings file's folder on. nullopt: absent or empty.
std::optional<std::string> read_path(base::Mapping& mapping, const std::string& key);

}  // namespace cmgmon::sinks
