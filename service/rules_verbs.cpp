#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "engine/pack_files.h"
#include "engine/pack_test.h"
#include "platform/files.h"
#include "service/verbs.h"
#include "service/workspace.h"
#include "sinks/incident_json.h"

namespace cmgmon::service {

namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;
using signatures::Signature;

std::string joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

// The folders named, or else the ones in use. nullopt: has been complained about.
std::optional<std::vector<std::string>> shelves(const CommonOptions& common,
                                                const std::vector<std::string>& folders,
                                                const Console& console, ExitCode& failure) {
  if (!folders.empty()) {
    return folders;
  }
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return std::nullopt;
  }
  return pack_shelves(*settings);
}

Object::Ptr summary(const Signature& signature) {
  Object::Ptr object = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
  object->set("name", signature.name);
  object->set("title", signature.title);
  object->set("level", std::string(name_of(signature.level)));
  object->set("status", std::string(name_of(signature.status)));
  object->set("event_id", signature.event_id);
  object->set("cleared_event_id", signature.event_id + 1000);
  Array::Ptr services = new Array;
  for (const auto& service : signature.services) {
    services->add(service);
  }
  object->set("services", services);
  object->set("pack", signature.pack);
  return object;
}

Array::Ptr texts(const std::vector<std::string>& values) {
  Array::Ptr array = new Array;
  for (const auto& value : values) {
    array->add(value);
  }
  return array;
}

Object::Ptr details(const Signature& signature) {
  Object::Ptr object = summary(signature);
  object->set("id", signature.id);
  object->set("description", signature.description);
  object->set("group_by", texts(signature.group_by));
  object->set("fields", texts(signature.fields));
  object->set("explains", texts(signature.explains));
  object->set("falsepositives", texts(signature.falsepositives));
  object->set("references", texts(signature.references));
  Array::Ptr diagnoses = new Array;
  for (const auto& diagnosis : signature.diagnoses) {
    Object::Ptr entry = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    entry->set("cause", diagnosis.cause);
    entry->set("resolution", texts(diagnosis.resolution));
    diagnoses->add(entry);
  }
  object->set("diagnoses", diagnoses);
  object->set("file", sinks::json_string(signature.origin.file));
  object->set("line", signature.origin.line);
  return object;
}

std::string quiet_text(const Signature& signature) {
  return signature.quiet ? base::describe_duration(*signature.quiet) + " without it"
                         : "never by silence";
}

void print_details(const Signature& signature, const Console& console) {
  auto& out = console.out;
  out << fmt::format("{}  {}\n\n", signature.name, signature.title);
  out << fmt::format("level      {} ({})\n", name_of(signature.level), name_of(signature.status));
  out << fmt::format("event      {} raised, {} cleared\n", signature.event_id,
                     signature.event_id + 1000);
  out << fmt::format("logs       {}\n", joined(signature.services));
  out << fmt::format("incident   one per {}\n",
                     signature.group_by.empty() ? "machine" : joined(signature.group_by));
  out << "closes     ";
  for (const auto& recovery : signature.recoveries) {
    out << recovery.name << ", ";
  }
  out << quiet_text(signature) << '\n';
  if (!signature.explains.empty()) {
    out << fmt::format("explains   {}\n", joined(signature.explains));
  }
  out << '\n' << signature.description << '\n';
  for (const auto& diagnosis : signature.diagnoses) {
    out << "\nCause: " << diagnosis.cause << '\n';
    int number = 0;
    for (const auto& step : diagnosis.resolution) {
      out << fmt::format("  {}. {}\n", ++number, step);
    }
  }
  for (const auto& falsepositive : signature.falsepositives) {
    out << "\nNot a failure: " << falsepositive << '\n';
  }
  out << '\n';
  for (const auto& reference : signature.references) {
    out << reference << '\n';
  }
  out << fmt::format("{}:{}\n", signature.origin.file, signature.origin.line);
}

void print_result(const engine::PackTestResult& result, const Console& console) {
  if (result.passed) {
    return;
  }
  console.out << fmt::format("FAILED {}:{}: {}\n{}\n", result.file, result.line,
                             base::printable(result.name), result.difference);
}

}  // namespace

ExitCode rules_list(const CommonOptions& common, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return failure;
  }
  const auto set = load_signatures(*settings, console);
  if (!set) {
    return ExitCode::kUsage;
  }
  if (common.json) {
    Object document(Poco::JSON_PRESERVE_KEY_ORDER);
    document.set("schema", "cmgmon/rules/1");
    Array::Ptr signatures = new Array;
    for (const auto& signature : set->signatures) {
      signatures->add(summary(signature));
    }
    document.set("signatures", signatures);
    console.out << sinks::json_text(document, 2) << '\n';
    return ExitCode::kOk;
  }
  std::size_t width = 0;
  for (const auto& signature : set->signatures) {
    width = std::max(width, signature.name.size());
  }
  for (const auto& signature : set->signatures) {
    console.out << fmt::format("{:5}  {:<{}}  {:<13}  {}\n", signature.event_id, signature.name,
                               width, name_of(signature.level), signature.title);
  }
  return ExitCode::kOk;
}

ExitCode rules_show(const CommonOptions& common, const std::string& name, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return failure;
  }
  const auto set = load_signatures(*settings, console);
  if (!set) {
    return ExitCode::kUsage;
  }
  std::vector<std::string> names;
  for (const auto& signature : set->signatures) {
    names.push_back(signature.name);
    if (base::equals_ignore_case(signature.name, name) ||
        std::to_string(signature.event_id) == name) {
      if (common.json) {
        console.out << sinks::json_text(*details(signature), 2) << '\n';
      } else {
        print_details(signature, console);
      }
      return ExitCode::kOk;
    }
  }
  const auto similar = base::nearest(name, names);
  console.err << fmt::format(
      "cmgmon: there is no signature '{}'; {}\n", base::printable(name),
      similar ? "did you mean " + *similar + "?" : "'cmgmon rules list' shows them all");
  return ExitCode::kUsage;
}

ExitCode rules_lint(const CommonOptions& common, const std::vector<std::string>& folders,
                    const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto looked_in = shelves(common, folders, console, failure);
  if (!looked_in) {
    return failure;
  }
  base::Complaints complaints;
  const auto set = engine::load_pack_folders(*looked_in, complaints);
  print(complaints, console, complaints.size());
  if (!set) {
    console.err << fmt::format("cmgmon: {} mistake{}\n", complaints.size(),
                               complaints.size() == 1 ? "" : "s");
    return ExitCode::kFailure;
  }
  console.out << fmt::format("{} signatures in {}: no mistakes.\n", set->signatures.size(),
                             joined(engine::pack_folders(*looked_in)));
  return ExitCode::kOk;
}

ExitCode rules_test(const CommonOptions& common, const std::vector<std::string>& folders,
                    const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto looked_in = shelves(common, folders, console, failure);
  if (!looked_in) {
    return failure;
  }
  base::Complaints complaints;
  const auto set = engine::load_pack_folders(*looked_in, complaints);
  engine::PackTestReport report;
  if (set) {
    report = engine::run_tests_of_packs(*set, engine::pack_folders(*looked_in), complaints);
  }
  const auto& results = report.results;
  print(complaints, console, complaints.size());
  if (!complaints.empty()) {
    return ExitCode::kFailure;
  }
  const auto failed =
      std::count_if(results.begin(), results.end(),
                    [](const engine::PackTestResult& result) { return !result.passed; });
  if (common.json) {
    Object document(Poco::JSON_PRESERVE_KEY_ORDER);
    document.set("schema", "cmgmon/rules-test/1");
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
    document.set("tests", tests);
    console.out << sinks::json_text(document, 2) << '\n';
  } else {
    for (const auto& result : results) {
      print_result(result, console);
    }
    console.out << fmt::format("{} tests, {} failed.\n", results.size(), failed);
  }
  if (results.empty()) {
    console.err
        << "cmgmon: no tests found; they are *.yaml files in the folder 'tests' of a pack.\n";
    return ExitCode::kFailure;
  }
  for (const auto& signature : set->signatures) {
    if (!report.raised.contains(signature.name)) {
      console.err << "cmgmon: note: no test raises " << signature.name << '\n';
    }
  }
  return failed == 0 ? ExitCode::kOk : ExitCode::kFailure;
}

}  // namespace cmgmon::service
