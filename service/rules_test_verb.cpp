#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "engine/pack_files.h"
#include "engine/pack_test.h"
#include "service/excerpt.h"
#include "service/rules_shared.h"
#include "sinks/incident_json.h"

namespace cmgmon::service {

namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

std::string json_of(const std::vector<engine::PackTestResult>& results) {
  Array::Ptr tests = new Array;
  for (const auto& result : results) {
    Object::Ptr entry = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    entry->set("file", sinks::json_string(result.file));
    entry->set("line", result.line);
    entry->set("name", sinks::json_string(result.name));
    entry->set("passed", result.passed);
    entry->set("difference", sinks::json_string(result.difference));
    tests->add(entry);
  }
  Object document(Poco::JSON_PRESERVE_KEY_ORDER);
  document.set("schema", "cmgmon/rules-test/1");
  document.set("tests", tests);
  return sinks::json_text(document, 2);
}

// What is missing is red, what is too much is green, as in any diff.
void print_difference(std::string_view text, const Console& console) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string line = base::printable(text.substr(0, end));
    const char* colour = !console.colour         ? ""
                         : line.starts_with('-') ? "\033[31m"
                         : line.starts_with('+') ? "\033[32m"
                                                 : "";
    console.out << colour << line << (*colour != '\0' ? "\033[0m" : "") << '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void print(const std::vector<engine::PackTestResult>& results, const Console& console) {
  for (const auto& result : results) {
    if (!result.passed) {
      console.out << fmt::format("FAILED {}:{}: {}\n", result.file, result.line,
                                 base::printable(result.name));
      print_difference(result.difference, console);
    }
  }
}

}  // namespace

ExitCode rules_test(const CommonOptions& common, const RulesTestOptions& options,
                    const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto shelves = pack_shelves_of(common, options.folders, console, failure);
  if (!shelves) {
    return failure;
  }
  base::Complaints complaints;
  const auto set = engine::load_pack_folders(*shelves, complaints);
  engine::PackTestReport report;
  if (set) {
    StatusLine line(console);
    std::size_t begun = 0;
    engine::PackTestOptions how;
    how.filter = options.filter;
    how.begins = [&](const std::string& name) {
      line.show(fmt::format("test {}: {}", ++begun, name));
    };
    report = engine::run_tests_of_packs(*set, engine::pack_folders(*shelves), complaints, how);
  }
  print_with_excerpts(complaints, "error", console);
  if (!complaints.empty()) {
    return ExitCode::kFailure;
  }
  const auto& results = report.results;
  const auto failed =
      std::count_if(results.begin(), results.end(),
                    [](const engine::PackTestResult& result) { return !result.passed; });
  if (common.json) {
    console.out << json_of(results) << '\n';
  } else {
    print(results, console);
    console.out << fmt::format("{} tests, {} failed.\n", results.size(), failed);
  }
  if (results.empty()) {
    console.err << (options.filter.empty()
                        ? "cmgmon: no tests found; they are *.yaml files in the folder 'tests' of "
                          "a pack.\n"
                        : "cmgmon: no test has '" + base::printable(options.filter) +
                              "' in its name or the name of its rule.\n");
    return ExitCode::kFailure;
  }
  for (const auto& signature : set->signatures) {
    if (options.filter.empty() && !report.raised.contains(signature.name)) {
      console.err << "cmgmon: note: no test raises " << signature.name << '\n';
    }
  }
  return failed == 0 ? ExitCode::kOk : ExitCode::kFailure;
}

}  // namespace cmgmon::service
