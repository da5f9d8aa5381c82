#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "engine/pack_coverage.h"
#include "engine/pack_files.h"
#include "service/excerpt.h"
#include "service/rules_shared.h"
#include "sinks/incident_json.h"

namespace cmgmon::service {

namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;
using Part = engine::PackCoverage::Part;

struct Total {
  std::size_t exercised = 0;
  std::size_t all = 0;

  void add(const Part& part) {
    ++all;
    exercised += part.exercised ? 1 : 0;
  }
  double percent() const {
    return all == 0 ? 100.0 : 100.0 * static_cast<double>(exercised) / static_cast<double>(all);
  }
};

std::string json_of(const std::vector<Part>& parts, const Total& total) {
  Array::Ptr unexercised = new Array;
  for (const auto& part : parts) {
    if (part.exercised) {
      continue;
    }
    Object::Ptr entry = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    entry->set("signature", part.signature);
    entry->set("kind", part.kind);
    entry->set("what", sinks::json_string(part.what));
    entry->set("file", sinks::json_string(part.origin.file));
    entry->set("line", part.origin.line);
    unexercised->add(entry);
  }
  Object document(Poco::JSON_PRESERVE_KEY_ORDER);
  document.set("schema", "cmgmon/rules-coverage/1");
  document.set("exercised", total.exercised);
  document.set("parts", total.all);
  document.set("percent", total.percent());
  document.set("unexercised", unexercised);
  return sinks::json_text(document, 2);
}

void print(const std::vector<Part>& parts, const Console& console) {
  std::map<std::string, Total> kinds;
  std::string signature;
  for (const auto& part : parts) {
    kinds[part.kind].add(part);
    if (part.exercised) {
      continue;
    }
    if (part.signature != signature) {
      signature = part.signature;
      console.out << fmt::format("{} is not exercised in\n", signature);
    }
    console.out << fmt::format("  {}:{}: {}{}{}\n", base::printable(part.origin.file),
                               part.origin.line, part.kind, part.what.empty() ? "" : " ",
                               base::printable(part.what));
  }
  for (const auto& [kind, total] : kinds) {
    console.out << fmt::format("{:<12} {:4} of {:4}\n", kind, total.exercised, total.all);
  }
}

}  // namespace

ExitCode rules_coverage(const CommonOptions& common, const RulesCoverageOptions& options,
                        const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto shelves = pack_shelves_of(common, options.folders, console, failure);
  if (!shelves) {
    return failure;
  }
  base::Complaints complaints;
  const auto set = engine::load_pack_folders(*shelves, complaints);
  if (!set) {
    print_with_excerpts(complaints, "error", console);
    return ExitCode::kFailure;
  }
  engine::PackCoverage coverage(*set);
  StatusLine line(console);
  std::size_t begun = 0;
  engine::PackTestOptions how;
  how.observer = &coverage;
  how.once = true;
  how.begins = [&](const std::string& name) {
    line.show(fmt::format("test {}: {}", ++begun, name));
  };
  const auto report =
      engine::run_tests_of_packs(*set, engine::pack_folders(*shelves), complaints, how);
  line.clear();
  if (!complaints.empty()) {
    print_with_excerpts(complaints, "error", console);
    return ExitCode::kFailure;
  }
  const auto parts = coverage.parts();
  Total total;
  for (const auto& part : parts) {
    total.add(part);
  }
  if (common.json) {
    console.out << json_of(parts, total) << '\n';
  } else {
    print(parts, console);
    console.out << fmt::format("{} tests exercise {} of {} parts: {:.1f} %.\n",
                               report.results.size(), total.exercised, total.all, total.percent());
  }
  if (total.percent() < options.fail_under) {
    console.err << fmt::format("cmgmon: coverage is {:.1f} %, below {:g} %\n", total.percent(),
                               options.fail_under);
    return ExitCode::kFailure;
  }
  return ExitCode::kOk;
}

}  // namespace cmgmon::service
