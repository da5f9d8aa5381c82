#include "engine/pack_files.h"

#include <algorithm>
#include <iterator>

#include "base/path.h"
#include "base/text.h"
#include "platform/files.h"

namespace cmgmon::engine {

namespace {

constexpr std::size_t kMaxInputBytes = 64U << 20U;  // of a log that a test reads

bool is_yaml(std::string_view name) {
  const std::string lower = base::to_lower(name);
  return lower.ends_with(".yaml") || lower.ends_with(".yml");
}

void add_once(std::vector<std::string>& folders, const std::string& folder) {
  if (std::none_of(folders.begin(), folders.end(),
                   [&](const std::string& known) { return base::same_path(known, folder); })) {
    folders.push_back(folder);
  }
}

std::vector<platform::FolderEntry> sorted_entries(const std::string& folder) {
  auto listed = platform::list_folder(folder);
  if (!listed) {
    return {};
  }
  std::sort(listed->begin(), listed->end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return *listed;
}

}  // namespace

std::vector<std::string> pack_folders(const std::vector<std::string>& folders) {
  std::vector<std::string> found;
  for (const auto& folder : folders) {
    if (platform::file_exists(base::join_path(folder, "pack.yaml"))) {
      add_once(found, folder);
      continue;
    }
    for (const auto& entry : sorted_entries(folder)) {
      const std::string child = base::join_path(folder, entry.name);
      if (entry.kind == platform::EntryKind::kFolder &&
          platform::file_exists(base::join_path(child, "pack.yaml"))) {
        add_once(found, child);
      }
    }
  }
  return found;
}

signatures::Pack read_pack(const std::string& folder, base::Complaints& complaints) {
  signatures::Pack pack;
  for (const auto& entry : sorted_entries(folder)) {
    if (entry.kind != platform::EntryKind::kFile || !is_yaml(entry.name)) {
      continue;
    }
    const std::string path = base::join_path(folder, entry.name);
    auto text = platform::read_small_file(path, base::kMaxYamlBytes);
    if (text) {
      pack.push_back({path, std::move(*text)});
    } else {
      complaints.push_back({path, 0, 0, base::describe(text.error())});
    }
  }
  return pack;
}

std::optional<signatures::SignatureSet> load_pack_folders(const std::vector<std::string>& folders,
                                                          base::Complaints& complaints) {
  std::vector<signatures::Pack> packs;
  for (const auto& folder : pack_folders(folders)) {
    packs.push_back(read_pack(folder, complaints));
  }
  if (packs.empty()) {
    std::string looked_in;
    for (const auto& folder : folders) {
      looked_in += (looked_in.empty() ? "" : ", ") + folder;
    }
    complaints.push_back(
        {looked_in, 0, 0,
         "no signature pack found; a pack is a folder with a pack.yaml. Name it with --packs, or "
         "reinstall the product"});
  }
  if (!complaints.empty()) {
    return std::nullopt;
  }
  return signatures::load_packs(packs, complaints);
}

signatures::Pack read_test_files(const std::string& pack_folder, base::Complaints& complaints) {
  return read_pack(base::join_path(pack_folder, "tests"), complaints);
}

base::Result<std::string> read_test_log(const std::string& path) {
  return platform::read_small_file(path, kMaxInputBytes);
}

PackTestReport run_tests_of_packs(const signatures::SignatureSet& set,
                                  const std::vector<std::string>& packs,
                                  base::Complaints& complaints, const PackTestOptions& options) {
  PackTestReport all;
  for (const auto& pack : packs) {
    for (const auto& file : read_test_files(pack, complaints)) {
      auto report = run_pack_tests(set, file.text, file.path, read_test_log, complaints, options);
      std::move(report.results.begin(), report.results.end(), std::back_inserter(all.results));
      all.raised.merge(report.raised);
    }
  }
  return all;
}

}  // namespace cmgmon::engine
