#include "service/operator_requests.h"

#include <algorithm>

#include "base/path.h"
#include "platform/files.h"

namespace cmgmon::service {

namespace {

// The name of the file says it all: a fingerprint and nothing else.
bool is_fingerprint(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
  });
}

}  // namespace

std::string requests_folder(const std::string& state_folder) {
  return base::join_path(state_folder, "requests");
}

base::Result<void> request_clear(const std::string& state_folder, const std::string& fingerprint) {
  const std::string folder = requests_folder(state_folder);
  if (const auto made = platform::create_folders(folder); !made) {
    return made.error();
  }
  return platform::replace_file(base::join_path(folder, fingerprint + std::string(kRequestSuffix)),
                                "");
}

std::vector<std::string> read_requests(const std::string& state_folder) {
  std::vector<std::string> fingerprints;
  const std::string folder = requests_folder(state_folder);
  const auto entries = platform::list_folder(folder);
  if (!entries) {
    return fingerprints;
  }
  for (const auto& entry : *entries) {
    if (entry.kind != platform::EntryKind::kFile || !entry.name.ends_with(kRequestSuffix)) {
      continue;
    }
    const std::string name = entry.name.substr(0, entry.name.size() - kRequestSuffix.size());
    if (is_fingerprint(name)) {
      fingerprints.push_back(name);
    }
  }
  return fingerprints;
}

void forget_requests(const std::string& state_folder,
                     const std::vector<std::string>& fingerprints) {
  const std::string folder = requests_folder(state_folder);
  for (const auto& fingerprint : fingerprints) {
    base::ignore(
        platform::remove_file(base::join_path(folder, fingerprint + std::string(kRequestSuffix))),
        "it is met again with the next look, which does nothing");
  }
}

}  // namespace cmgmon::service
