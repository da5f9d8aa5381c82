#include "sinks/common_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/path.h"
#include "base/text.h"
#include "base/words.h"
#include "platform/machine.h"

namespace cmgmon::sinks {

void read_common(base::Mapping& mapping, const std::string& name, CommonOptions& options) {
  static const std::vector<std::string> kLevels = {"informational", "low", "medium", "high",
                                                   "critical"};
  options.name = name;
  mapping.child("type");
  options.enabled = mapping.boolean("enabled").value_or(options.enabled);
  if (const auto text = mapping.text("level")) {
    if (const auto level = signatures::level_named(*text)) {
      options.level = *level;
    } else {
      mapping.complain(
          *mapping.child("level"),
          base::with_hint("'level' must be informational, low, medium, high or critical", *text,
                          kLevels));
    }
  }
}

std::optional<std::string> read_path(base::Mapping& mapping, const std::string& key) {
  const auto written = mapping.text(key);
  if (!written) {
    return std::nullopt;
  }
  std::string path = platform::expand_environment(*written);
  if (base::trim(path).empty()) {
    mapping.complain(*mapping.child(key), fmt::format("'{}' is empty", key));
    return std::nullopt;
  }
  return base::is_absolute_path(path) ? path
                                      : base::join_path(base::parent_path(mapping.file()), path);
}

std::optional<std::string> read_word(base::Mapping& mapping, const std::string& key,
                                     const std::vector<std::string>& words) {
  auto text = mapping.text(key);
  if (!text || std::find(words.begin(), words.end(), *text) != words.end()) {
    return text;
  }
  mapping.complain(
      *mapping.child(key),
      base::with_hint(fmt::format("'{}' must be {} or {}", key,
                                  fmt::join(words.begin(), words.end() - 1, ", "), words.back()),
                      *text, words));
  return std::nullopt;
}

net::TlsOptions read_tls_files(base::Mapping& mapping) {
  net::TlsOptions options;
  options.ca_file = read_path(mapping, "ca_file").value_or("");
  options.certificate_file = read_path(mapping, "certificate_file").value_or("");
  options.key_file = read_path(mapping, "key_file").value_or("");
  if (mapping.has("key_file") && !mapping.has("certificate_file")) {
    mapping.complain(*mapping.child("key_file"),
                     "'key_file' is the key of a 'certificate_file', which is missing");
  }
  return options;
}

bool names_tls_files(const base::Mapping& mapping) {
  return mapping.has("ca_file") || mapping.has("certificate_file") || mapping.has("key_file");
}

Credentials read_credentials(base::Mapping& mapping) {
  Credentials credentials{mapping.text("username").value_or(""), read_secret(mapping, "password")};
  if (credentials.username.empty() != !credentials.password) {
    mapping.complain("'username' and 'password' belong together; write both or none");
  }
  return credentials;
}

}  // namespace cmgmon::sinks
