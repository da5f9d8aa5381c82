#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/path.h"
#include "base/text.h"
#include "base/words.h"
#include "engine/facts.h"
#include "engine/rule_match.h"
#include "service/rule_prose.h"
#include "service/rules_shared.h"
#include "service/workspace.h"
#include "sinks/incident_json.h"
#include "tail/source.h"

namespace cmgmon::service {

namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr std::size_t kMaxRecords = 10000;  // told about

// The log service that a file of this name belongs to; "" when there is none.
std::string service_of(const std::string& path, const signatures::SignatureSet& set) {
  const std::string name = tail::sibling_name(base::file_name(path)).live_name;
  for (const auto& service : set.services) {
    for (const auto& glob : service.file_names) {
      if (tail::match_glob(glob, name)) {
        return service.name;
      }
    }
  }
  return {};
}

std::string group_text(const engine::RuleVerdict& verdict) {
  std::string text;
  for (const auto& [name, value] : verdict.group) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name,
                        value.empty() ? "?" : base::printable(value));
  }
  return text;
}

class Teller {
 public:
  Teller(const Console& console, bool json) : console_(console), json_(json) {}

  void tell(const engine::MatchedRecord& record) {
    if (++told_ > kMaxRecords) {
      return;
    }
    if (json_) {
      records_->add(object_of(record));
    } else {
      print(record);
    }
  }

  std::size_t left_out() const { return told_ - std::min(told_, kMaxRecords); }
  Array::Ptr records() const { return records_; }

 private:
  static Object::Ptr object_of(const engine::MatchedRecord& record) {
    Object::Ptr object = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    object->set("line", record.line);
    object->set("offset", record.offset);
    object->set("time", record.time ? Poco::Dynamic::Var(base::to_rfc3339(*record.time))
                                    : Poco::Dynamic::Var());
    object->set("thread", sinks::json_string(record.thread));
    object->set("message", sinks::json_string(record.message));
    Array::Ptr rules = new Array;
    for (const auto& verdict : record.verdicts) {
      Object::Ptr rule = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
      rule->set("signature", verdict.signature);
      rule->set("recovery", verdict.recovery.empty() ? Poco::Dynamic::Var()
                                                     : Poco::Dynamic::Var(verdict.recovery));
      rule->set("literal", verdict.literal);
      rule->set("fired", verdict.fired);
      rule->set("reasons", json_texts(verdict.reasons));
      Object::Ptr group = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
      for (const auto& [name, value] : verdict.group) {
        group->set(name, sinks::json_string(value));
      }
      rule->set("group", group);
      rule->set("count", verdict.count);
      rules->add(rule);
    }
    object->set("rules", rules);
    return object;
  }

  void print(const engine::MatchedRecord& record) {
    const auto width = static_cast<std::size_t>(std::max(console_.width, 40));
    const std::string head =
        fmt::format("line {}{}{}: ", record.line,
                    record.time ? ", " + base::to_rfc3339(*record.time) : std::string(),
                    record.thread.empty() ? "" : ", thread " + record.thread);
    const std::string message = base::printable(record.message);
    const std::size_t room = std::max<std::size_t>(
        console_.out_is_terminal ? width - std::min(width, head.size()) : 400, 40);
    const auto part = base::prefix_of_bytes(message, room);
    console_.out << base::printable(head) << part << (part.size() < message.size() ? "..." : "")
                 << '\n';
    if (record.verdicts.empty()) {
      console_.out << "  no rule looks at it: it holds no literal of one\n";
    }
    for (const auto& verdict : record.verdicts) {
      print(verdict);
    }
  }

  void print(const engine::RuleVerdict& verdict) {
    const std::string name =
        verdict.recovery.empty()
            ? verdict.signature
            : fmt::format("{}, recovery {}", verdict.signature, verdict.recovery);
    const std::string group = group_text(verdict);
    if (verdict.fired) {
      console_.out << fmt::format(
          "  {}: {}{}{}\n", name, verdict.recovery.empty() ? "fires" : "recovers",
          group.empty() ? "" : ", " + group,
          verdict.recovery.empty() ? ", seen " + base::counted(verdict.count, "time") : "");
      return;
    }
    console_.out << fmt::format("  {}: looked, because of '{}', and does not:\n", name,
                                base::printable(verdict.literal));
    for (const auto& reason : verdict.reasons) {
      console_.out << "    " << reason << '\n';
    }
  }

  const Console& console_;
  bool json_;
  Array::Ptr records_ = new Array;
  std::size_t told_ = 0;
};

}  // namespace

ExitCode rules_match(const CommonOptions& common, const RulesMatchOptions& options,
                     const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return failure;
  }
  const auto set = load_signatures(*settings, console);
  if (!set ||
      (!options.service.empty() && !service_known(*set, options.service, "cmgmon: ", console))) {
    return ExitCode::kUsage;
  }
  engine::RuleMatchRequest request;
  if (!options.rule.empty()) {
    const auto* signature = find_signature(*set, options.rule, console);
    if (signature == nullptr) {
      return ExitCode::kUsage;
    }
    request.rule = signature->name;
  }
  request.path = options.path;
  request.service = options.service.empty() ? service_of(options.path, *set) : options.service;
  request.all = options.all;
  request.facts = engine::offline_facts(settings->connection_points);
  request.describe = [](const signatures::FieldTest& test) { return describe(test); };
  Teller teller(console, common.json);
  const auto totals =
      engine::match_rules(*set, request, base::SystemClock().now(),
                          [&](const engine::MatchedRecord& record) { teller.tell(record); });
  if (!totals) {
    print(totals.error(), console);
    return exit_code_of(totals.error());
  }
  if (common.json) {
    Object document(Poco::JSON_PRESERVE_KEY_ORDER);
    document.set("schema", "cmgmon/rules-match/1");
    document.set("path", sinks::json_string(request.path));
    document.set("service", request.service);
    document.set("format", std::string(name_of(totals->format)));
    document.set("records", totals->records);
    document.set("looked_at", totals->looked_at);
    document.set("fired", totals->fired);
    document.set("malformed_records", totals->malformed);
    document.set("left_out", teller.left_out());
    document.set("lines", teller.records());
    console.out << sinks::json_text(document, 2) << '\n';
    return ExitCode::kOk;
  }
  if (teller.left_out() > 0) {
    console.out << fmt::format("... and {} more records\n", teller.left_out());
  }
  console.out << fmt::format(
      "{}: {} records ({}), held against {}; rules looked at {} of them and fired {} times.\n",
      base::printable(request.path), totals->records, name_of(totals->format),
      request.service.empty() ? "every rule" : "the rules for " + request.service,
      totals->looked_at, totals->fired);
  return ExitCode::kOk;
}

}  // namespace cmgmon::service
