#include <fmt/format.h>

#include "base/path.h"
#include "base/text.h"
#include "engine/sinks_from_settings.h"
#include "platform/files.h"
#include "platform/private_folder.h"
#include "service/verbs.h"
#include "service/workspace.h"
#include "settings/render.h"
#include "sinks/secret.h"

namespace cmgmon::service {

ExitCode config_validate(const CommonOptions& common, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return failure;
  }
  base::Complaints complaints = engine::check_sinks(*settings);
  print(complaints, console);
  base::Complaints unknown_rules;
  const auto set = load_signatures(*settings, console, &unknown_rules);
  print(unknown_rules, console);
  if (!complaints.empty() || !set || !unknown_rules.empty() ||
      !services_known(*settings, *set, console)) {
    return ExitCode::kUsage;
  }
  console.out << fmt::format("{} is valid: {} signatures, {} sources, {} sinks.\n",
                             settings->file.empty() ? "The built-in configuration" : settings->file,
                             set->signatures.size(), settings->sources.size(),
                             settings->sinks.size());
  return ExitCode::kOk;
}

ExitCode config_show(const CommonOptions& common, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  auto settings = load_settings(common, console, failure);
  if (!settings) {
    return failure;
  }
  for (auto& sink : settings->sinks) {
    sink.node = sinks::without_secrets(sink.node);
  }
  console.out << settings::render_settings(*settings);
  return ExitCode::kOk;
}

ExitCode config_init(const CommonOptions& common, const std::string& path, bool force,
                     const Console& console) {
  auto machine = settings::this_machine();
  if (common.overrides.data_folder) {
    machine.data_folder = *common.overrides.data_folder;
  }
  const std::string target =
      path.empty() ? base::join_path(machine.data_folder, "cmgmon.yaml") : path;
  if (platform::file_exists(target) && !force) {
    console.err << fmt::format("cmgmon: {} exists already\n  Use --force to replace it.\n",
                               base::printable(target));
    return ExitCode::kFailure;
  }
  if (const auto folder = base::parent_path(target); !folder.empty()) {
    if (const auto made = platform::create_private_folders(std::string(folder)); !made) {
      print(made.error(), console);
      return exit_code_of(made.error());
    }
  }
  if (const auto written = platform::replace_file(target, settings::default_settings_text());
      !written) {
    print(written.error(), console);
    return exit_code_of(written.error());
  }
  console.out << "Wrote " << base::printable(target)
              << ". Every setting in it is commented out and shows its default.\n";
  return ExitCode::kOk;
}

}  // namespace cmgmon::service
