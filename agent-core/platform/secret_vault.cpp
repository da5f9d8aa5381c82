#include "platform/secret_vault.h"

#include <algorithm>

#include "base/path.h"
#include "base/text.h"
#include "platform/environment.h"
#include "platform/files.h"
#include "platform/os_error.h"
#include "platform/secret_seal.h"

namespace cmgmon::platform {

namespace {

constexpr std::string_view kEnding = ".secret";
constexpr std::size_t kMaxSealedBytes = 2 * kMaxSecretBytes;

// Letter case does not count: some file systems do not tell it apart.
base::Result<std::string> file_of(const std::string& folder, const std::string& name) {
  const bool good =
      !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
      });
  if (!good) {
    return refusal(
        base::ErrorKind::kInvalid,
        "'" + base::printable(base::prefix_of_bytes(name, 64)) + "' cannot be the name of a secret",
        "A name is 1 to 64 letters, digits, '-' and '_'");
  }
  return base::join_path(folder, base::to_lower(name) + std::string(kEnding));
}

base::Error unknown(const std::string& name) {
  return refusal(
      base::ErrorKind::kNotFound, "there is no secret '" + name + "'",
      "Keep it with 'cmgmon secret set " + name + "'; 'cmgmon secret list' shows the names");
}

}  // namespace

base::Result<void> keep_secret(const std::string& folder, const std::string& name,
                               const std::string& value) {
  const auto file = file_of(folder, name);
  if (!file) {
    return file.error();
  }
  if (value.empty() || value.size() > kMaxSecretBytes) {
    return refusal(base::ErrorKind::kInvalid, "a secret has 1 to 65536 bytes",
                   "Check what was given on standard input");
  }
  if (auto made = protect_folder(folder); !made) {
    return made;
  }
  const auto sealed = seal_secret(base::to_lower(name), value);
  return sealed ? replace_file(*file, *sealed) : sealed.error();
}

base::Result<std::string> kept_secret(const std::string& folder, const std::string& name) {
  const auto file = file_of(folder, name);
  if (!file) {
    return file.error();
  }
  const auto sealed = read_small_file(*file, kMaxSealedBytes);
  if (!sealed) {
    return sealed.error().kind == base::ErrorKind::kNotFound ? unknown(name) : sealed.error();
  }
  return unseal_secret(base::to_lower(name), *sealed);
}

base::Result<std::vector<std::string>> kept_secret_names(const std::string& folder) {
  const auto entries = list_folder(folder);
  std::vector<std::string> names;
  if (!entries) {
    if (entries.error().kind == base::ErrorKind::kNotFound) {
      return names;
    }
    return entries.error();
  }
  for (const auto& entry : *entries) {
    if (entry.kind == EntryKind::kFile && entry.name.ends_with(kEnding)) {
      names.push_back(entry.name.substr(0, entry.name.size() - kEnding.size()));
    }
  }
  return names;
}

base::Result<void> forget_secret(const std::string& folder, const std::string& name) {
  const auto file = file_of(folder, name);
  if (!file) {
    return file.error();
  }
  auto removed = remove_file(*file);
  if (!removed && removed.error().kind == base::ErrorKind::kNotFound) {
    return unknown(name);
  }
  return removed;
}

}  // namespace cmgmon::platform
