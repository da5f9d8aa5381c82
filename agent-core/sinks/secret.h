#pragma once
// A value of the settings that nobody may see: a password, a token, the address of a webhook.
//
//   password: plain text               here, in the settings file (which only administrators may read)
//   password: {file: PATH}             the first line of a file, read anew for each use
//   password: {env: NAME}              a variable of the environment
//   password: {secret: NAME}           kept with 'cmgmon secret set NAME'
//
// Errors:  name the key's source, never the value.
// Tests:   tests/unit/sinks/secret_test.cpp

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/yaml.h"

namespace cmgmon::sinks {

class Secret {
 public:
  enum class From { kText, kFile, kEnvironment, kVault };
  Secret(From from, std::string what) : from_(from), what_(std::move(what)) {}

  // `secrets_folder`: where named secrets are kept.
  base::Result<std::string> value(const std::string& secrets_folder) const;

 private:
  From from_;
  std::string what_;
};

// The folder of named secrets in the state folder.
std::string secrets_folder(const std::string& state_folder);

// nullopt: absent, or wrong and complained about.
std::optional<Secret> read_secret(base::Mapping& mapping, const std::string& key);
// One entry of a mapping or list.
std::optional<Secret> read_secret(base::Mapping& mapping, const base::YamlNode& node,
                                  const std::string& what);

// Whether the value of a sink's key may be shown. Everything else is a secret: also what somebody misspelled.
bool may_be_shown(std::string_view key);

// A copy of a sink's mapping in which every secret is "(secret)"; references to one stay.
base::YamlNode without_secrets(const base::YamlNode& mapping);

}  // namespace cmgmon::sinks
