#include "service/workspace.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "engine/pack_files.h"
#include "engine/rule_settings.h"

namespace cmgmon::service {

void print(const base::Complaints& complaints, const Console& console, std::size_t limit) {
  const std::size_t shown = std::min(limit, complaints.size());
  for (std::size_t i = 0; i < shown; ++i) {
    console.err << base::printable(base::describe(complaints[i])) << '\n';
  }
  if (shown < complaints.size()) {
    console.err << "... and " << complaints.size() - shown << " more\n";
  }
}

void print(const base::Error& error, const Console& console) {
  console.err << "cmgmon: " << base::printable(error.message) << '\n';
  if (!error.remedy.empty()) {
    console.err << "  " << base::printable(error.remedy) << '\n';
  }
}

ExitCode exit_code_of(const base::Error& error) {
  return error.kind == base::ErrorKind::kAccessDenied ? ExitCode::kAccessDenied
                                                      : ExitCode::kFailure;
}

std::optional<settings::Settings> load_settings(const CommonOptions& common, const Console& console,
                                                ExitCode& failure) {
  auto loaded = settings::load_settings(settings::this_machine(), common.overrides);
  if (loaded.unreadable) {
    print(*loaded.unreadable, console);
    failure = loaded.unreadable->kind == base::ErrorKind::kAccessDenied ? ExitCode::kAccessDenied
                                                                        : ExitCode::kUsage;
    return std::nullopt;
  }
  print(loaded.complaints, console);
  failure = ExitCode::kUsage;
  return std::move(loaded.settings);
}

std::vector<std::string> pack_shelves(const settings::Settings& settings) {
  std::vector<std::string> folders;
  for (const auto& folder : settings.packs) {
    folders.push_back(folder.path);
  }
  return folders;
}

std::optional<signatures::SignatureSet> load_signatures(const settings::Settings& settings,
                                                        const Console& console,
                                                        base::Complaints* ignored) {
  base::Complaints complaints;
  auto set = engine::load_pack_folders(pack_shelves(settings), complaints);
  if (set) {
    complaints = engine::apply_rule_settings(settings, *set);
    if (ignored != nullptr) {
      *ignored = std::move(complaints);
      return set;
    }
  }
  print(complaints, console);
  return set;
}

bool service_known(const signatures::SignatureSet& set, const std::string& service,
                   const std::string& where, const Console& console) {
  if (set.find_service(service) != nullptr) {
    return true;
  }
  std::vector<std::string> names;
  for (const auto& known : set.services) {
    names.push_back(known.name);
  }
  const auto near = base::nearest(service, names);
  console.err << fmt::format("{}there is no log service '{}'; {}\n", where,
                             base::printable(service),
                             near ? "did you mean '" + *near + "'?"
                                  : fmt::format("known are: {}", fmt::join(names, ", ")));
  return false;
}

bool services_known(const settings::Settings& settings, const signatures::SignatureSet& set,
                    const Console& console) {
  bool known = true;
  for (const auto& source : settings.sources) {
    const auto& origin = source.origin;
    const std::string where =
        origin.line > 0 ? fmt::format("{}:{}:{}: ", origin.file, origin.line, origin.column)
                        : "cmgmon: --source: ";
    known &= service_known(set, source.service, where, console);
  }
  return known;
}

const signatures::Signature* find_signature(const signatures::SignatureSet& set,
                                            const std::string& name, const Console& console) {
  std::vector<std::string> names;
  for (const auto& signature : set.signatures) {
    if (base::equals_ignore_case(signature.name, name) ||
        std::to_string(signature.event_id) == name) {
      return &signature;
    }
    names.push_back(signature.name);
  }
  const auto similar = base::nearest(name, names);
  console.err << fmt::format(
      "cmgmon: there is no signature '{}'; {}\n", base::printable(name),
      similar ? "did you mean " + *similar + "?" : "'cmgmon rules list' shows them all");
  return nullptr;
}

}  // namespace cmgmon::service
