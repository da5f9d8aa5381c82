#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <fmt/format.h>

#include "base/words.h"
#include "engine/pack_files.h"
#include "engine/pack_lint.h"
#include "service/excerpt.h"
#include "service/rules_shared.h"
#include "sinks/incident_json.h"

namespace cmgmon::service {

namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

void add(const base::Complaints& complaints, const std::string& severity, Excerpts& excerpts,
         Array& findings) {
  for (const auto& complaint : complaints) {
    Object::Ptr finding = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    finding->set("severity", severity);
    finding->set("file", sinks::json_string(complaint.file));
    finding->set("line", complaint.line);
    finding->set("column", complaint.column);
    finding->set("message", sinks::json_string(complaint.message));
    finding->set("text", sinks::json_string(excerpts.line(complaint)));
    findings.add(finding);
  }
}

std::string json_of(const engine::PackLint& lint) {
  Excerpts excerpts;
  Array::Ptr findings = new Array;
  add(lint.mistakes, "error", excerpts, *findings);
  add(lint.warnings, "warning", excerpts, *findings);
  Object document(Poco::JSON_PRESERVE_KEY_ORDER);
  document.set("schema", "cmgmon/rules-lint/1");
  document.set("signatures", lint.signatures);
  document.set("tests", lint.tests);
  document.set("errors", lint.mistakes.size());
  document.set("warnings", lint.warnings.size());
  document.set("findings", findings);
  return sinks::json_text(document, 2);
}

std::string counted(std::size_t count, std::string_view what) {
  return count == 0 ? fmt::format("no {}s", what) : base::counted(count, what);
}

}  // namespace

ExitCode rules_lint(const CommonOptions& common, const RulesLintOptions& options,
                    const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto shelves = pack_shelves_of(common, options.folders, console, failure);
  if (!shelves) {
    return failure;
  }
  const auto lint = engine::lint_packs(*shelves);
  const bool failed = !lint.mistakes.empty() || (options.strict && !lint.warnings.empty());
  if (common.json) {
    console.out << json_of(lint) << '\n';
    return failed ? ExitCode::kFailure : ExitCode::kOk;
  }
  print_with_excerpts(lint.mistakes, "error", console);
  print_with_excerpts(lint.warnings, "warning", console);
  if (failed) {
    console.err << fmt::format("cmgmon: {}, {}\n", counted(lint.mistakes.size(), "mistake"),
                               counted(lint.warnings.size(), "warning"));
    return ExitCode::kFailure;
  }
  console.out << fmt::format("{} and {} in {}: no mistakes, {}.\n",
                             counted(lint.signatures, "signature"), counted(lint.tests, "test"),
                             fmt::join(engine::pack_folders(*shelves), ", "),
                             counted(lint.warnings.size(), "warning"));
  return ExitCode::kOk;
}

}  // namespace cmgmon::service
