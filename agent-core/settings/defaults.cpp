#include <filesystem>
#include <utility>

#include "base/path.h"
#include "platform/files.h"
#include "platform/machine.h"
#include "settings/settings.h"

namespace cmgmon::settings {

namespace {

bool is_folder(const std::string& path) {
  return platform::list_folder(path).has_value();
}

Overrides with_absolute_paths(Overrides overrides) {
  for (auto* path : {&overrides.config_file, &overrides.data_folder}) {
    if (*path) {
      *path = absolute_path(**path);
    }
  }
  for (auto& folder : overrides.packs) {
    folder = absolute_path(folder);
  }
  for (auto& source : overrides.sources) {
    source.path = absolute_path(source.path);
  }
  return overrides;
}

}  // namespace

std::string absolute_path(const std::string& path) {
  if (path.empty() || base::is_absolute_path(path)) {
    return path;
  }
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(std::u8string(path.begin(), path.end()), failed)
                            .lexically_normal()
                            .u8string();
  return failed ? path : std::string(absolute.begin(), absolute.end());
}

std::string shipped_packs_folder(const std::string& executable_path,
                                 bool (*is_folder)(const std::string&)) {
  const std::string_view folder = base::parent_path(executable_path);
  std::string beside = base::join_path(folder, "packs");
  if (is_folder(beside)) {
    return beside;
  }
  // Only where the folders are called as in our own build tree: looking above an arbitrary folder would let others
  // plant packs, for example in C:\config.
  const std::string_view preset = base::parent_path(folder);
  const std::string_view build = base::parent_path(preset);
  if (base::file_name(folder) == "bin" && base::file_name(build) == "build") {
    std::string in_tree =
        base::join_path(base::join_path(base::parent_path(build), "config"), "packs");
    if (is_folder(in_tree)) {
      return in_tree;
    }
  }
  return {};
}

Machine this_machine() {
  return {platform::host_name(), platform::default_data_folder(),
          shipped_packs_folder(platform::executable_path(), is_folder)};
}

Loaded load_settings(const Machine& machine, const Overrides& overrides) {
  const Overrides absolute = with_absolute_paths(overrides);
  constexpr std::size_t kMaxBytes = base::kMaxYamlBytes;
  Loaded loaded;
  const std::string data_folder = absolute.data_folder.value_or(machine.data_folder);
  const std::string file =
      absolute.config_file.value_or(base::join_path(data_folder, "cmgmon.yaml"));
  auto text = platform::read_small_file(file, kMaxBytes);
  if (!text) {
    if (text.error().kind == base::ErrorKind::kNotFound && !absolute.config_file) {
      loaded.settings = parse_settings("", "", machine, absolute, loaded.complaints);
      return loaded;
    }
    loaded.file = file;
    loaded.unreadable = text.error();
    loaded.complaints.push_back({file, 0, 0, base::describe(text.error())});
    return loaded;
  }
  loaded.file = file;
  loaded.settings = parse_settings(*text, file, machine, absolute, loaded.complaints);
  return loaded;
}

}  // namespace cmgmon::settings
