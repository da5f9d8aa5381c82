#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "incidents/identity.h"
#include "service/rules_shared.h"
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

Object::Ptr summary(const Signature& signature) {
  Object::Ptr object = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
  object->set("name", signature.name);
  object->set("title", signature.title);
  object->set("level", std::string(name_of(signature.level)));
  object->set("status", std::string(name_of(signature.status)));
  object->set("event_id", signature.event_id);
  object->set("cleared_event_id", incidents::cleared_event_id(signature.event_id));
  object->set("services", json_texts(signature.services));
  object->set("pack", signature.pack);
  return object;
}

Object::Ptr details(const Signature& signature) {
  Object::Ptr object = summary(signature);
  object->set("id", signature.id);
  object->set("description", signature.description);
  object->set("group_by", json_texts(signature.group_by));
  object->set("fields", json_texts(signature.fields));
  object->set("explains", json_texts(signature.explains));
  object->set("falsepositives", json_texts(signature.falsepositives));
  object->set("references", json_texts(signature.references));
  Array::Ptr diagnoses = new Array;
  for (const auto& diagnosis : signature.diagnoses) {
    Object::Ptr entry = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    entry->set("cause", diagnosis.cause);
    entry->set("resolution", json_texts(diagnosis.resolution));
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
                     incidents::cleared_event_id(signature.event_id));
  if (signature.correlation) {
    out << fmt::format("correlates {} ({} within {})\n", joined(signature.correlation->rules),
                       name_of(signature.correlation->type),
                       base::describe_duration(signature.correlation->timespan));
  } else {
    out << fmt::format("logs       {}{}\n", joined(signature.services),
                       signature.silenced ? ", for correlations only" : "");
  }
  if (signature.absence) {
    out << fmt::format("expects    {} every {}\n",
                       signature.absence->expect ? "a sign of life" : "anything",
                       base::describe_duration(signature.absence->every));
  }
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

}  // namespace

ExitCode rules_list(const CommonOptions& common, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto set = signatures_in_force(common, console, failure);
  if (!set) {
    return failure;
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
  const auto set = signatures_in_force(common, console, failure);
  if (!set) {
    return failure;
  }
  const auto* signature = find_signature(*set, name, console);
  if (signature == nullptr) {
    return ExitCode::kUsage;
  }
  if (common.json) {
    console.out << sinks::json_text(*details(*signature), 2) << '\n';
  } else {
    print_details(*signature, console);
  }
  return ExitCode::kOk;
}

}  // namespace cmgmon::service
