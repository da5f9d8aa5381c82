#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <fmt/format.h>

#include "base/text.h"
#include "platform/secret_vault.h"
#include "service/verbs.h"
#include "service/workspace.h"
#include "sinks/incident_json.h"
#include "sinks/secret.h"

namespace cmgmon::service {

namespace {

// Where they are kept; nullopt: has been complained about.
std::optional<std::string> vault(const CommonOptions& common, const Console& console,
                                 ExitCode& failure) {
  const auto settings = load_settings(common, console, failure);
  return settings ? std::optional(sinks::secrets_folder(settings->state_folder)) : std::nullopt;
}

ExitCode refused(const base::Error& error, const Console& console) {
  print(error, console);
  return error.kind == base::ErrorKind::kInvalid ? ExitCode::kUsage : exit_code_of(error);
}

}  // namespace

ExitCode secret_set(const CommonOptions& common, const std::string& name, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto folder = vault(common, console, failure);
  if (!folder) {
    return failure;
  }
  // Never an argument: those show in lists of processes and in the shell's history.
  const auto value = read_hidden_line(console, fmt::format("Secret '{}': ", base::printable(name)));
  if (!value || value->empty()) {
    console.err << "cmgmon: no secret was given\n  Type it, or write it to standard input.\n";
    return ExitCode::kUsage;
  }
  if (const auto kept = platform::keep_secret(*folder, name, *value); !kept) {
    return refused(kept.error(), console);
  }
  console.out << fmt::format("Kept. In cmgmon.yaml refer to it as {{secret: {}}}.\n", name);
  return ExitCode::kOk;
}

ExitCode secret_list(const CommonOptions& common, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto folder = vault(common, console, failure);
  if (!folder) {
    return failure;
  }
  const auto names = platform::kept_secret_names(*folder);
  if (!names) {
    return refused(names.error(), console);
  }
  if (common.json) {
    Poco::JSON::Array::Ptr list = new Poco::JSON::Array;
    for (const auto& name : *names) {
      list->add(name);
    }
    Poco::JSON::Object document(Poco::JSON_PRESERVE_KEY_ORDER);
    document.set("schema", "cmgmon/secrets/1");
    document.set("secrets", list);
    console.out << sinks::json_text(document, 2) << '\n';
    return ExitCode::kOk;
  }
  if (names->empty()) {
    console.out << "No secrets are kept.\n";
  }
  for (const auto& name : *names) {
    console.out << base::printable(name) << '\n';
  }
  return ExitCode::kOk;
}

ExitCode secret_remove(const CommonOptions& common, const std::string& name,
                       const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto folder = vault(common, console, failure);
  if (!folder) {
    return failure;
  }
  if (const auto forgotten = platform::forget_secret(*folder, name); !forgotten) {
    return refused(forgotten.error(), console);
  }
  console.out << "Removed.\n";
  return ExitCode::kOk;
}

}  // namespace cmgmon::service
