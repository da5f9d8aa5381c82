#pragma once
// What the settings of every kind of sink have, and helpers to read their own.
//
// Errors:  every mistake is a Complaint with line and column.   Tests: tests/unit/sinks/sink_options_test.cpp

#include <optional>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "net/tls.h"
#include "signatures/signature.h"
#include "sinks/secret.h"

namespace cmgmon::sinks {

struct CommonOptions {
  std::string name;
  bool enabled = true;
  signatures::Level level = signatures::Level::kInformational;  // the lowest that is taken
};

void read_common(base::Mapping& mapping, const std::string& name, CommonOptions& options);

// A path: environment variables expanded, relative ones from the settings file's folder on. nullopt: absent or empty.
std::optional<std::string> read_path(base::Mapping& mapping, const std::string& key);

// One of the words, or a complaint and nullopt; absent is nullopt, too.
std::optional<std::string> read_word(base::Mapping& mapping, const std::string& key,
                                     const std::vector<std::string>& words);

// Keys: ca_file certificate_file key_file.
net::TlsOptions read_tls_files(base::Mapping& mapping);
bool names_tls_files(const base::Mapping& mapping);

// Keys: username password, both or none.
struct Credentials {
  std::string username;
  std::optional<Secret> password;
};
Credentials read_credentials(base::Mapping& mapping);

}  // namespace cmgmon::sinks
