#include "service/rule_prose.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "incidents/identity.h"
#include "matches/matcher.h"
#include "signatures/regular_expression.h"
#include "signatures/service_state.h"

namespace cmgmon::service {

namespace {

using signatures::Condition;
using signatures::Detection;
using signatures::Expression;
using signatures::Extraction;
using signatures::FieldTest;
using signatures::Operator;
using signatures::Signature;
using signatures::SignatureSet;

std::string quoted(const std::vector<std::string>& texts, char quote, std::string_view word) {
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    out += i == 0 ? "" : fmt::format(" {} ", word);
    out += quote + base::printable(texts[i]) + quote;
  }
  return out;
}

std::string_view verb_of(Operator op) {
  switch (op) {
    case Operator::kEquals:
      return "is";
    case Operator::kContains:
      return "contains";
    case Operator::kStartsWith:
      return "begins with";
    case Operator::kEndsWith:
      return "ends with";
    case Operator::kRegex:
      return "matches";
    case Operator::kLess:
      return "is below";
    case Operator::kLessEqual:
      return "is at most";
    case Operator::kGreater:
      return "is above";
    case Operator::kGreaterEqual:
      return "is at least";
    case Operator::kExists:
      break;
  }
  return "is there";
}

std::string_view name_of(signatures::ValueType type) {
  static const std::map<signatures::ValueType, std::string_view> names = {
      {signatures::ValueType::kText, "text"},
      {signatures::ValueType::kInteger, "whole number"},
      {signatures::ValueType::kHex, "hexadecimal number"},
      {signatures::ValueType::kFlags, "flags"},
      {signatures::ValueType::kTimestamp, "time"},
      {signatures::ValueType::kUrl, "URL"},
      {signatures::ValueType::kGuid, "GUID"},
      {signatures::ValueType::kThumbprint, "thumbprint"}};
  const auto found = names.find(type);
  return found == names.end() ? "value" : found->second;
}

std::string joined(const std::vector<std::string>& texts, std::string_view between = ", ") {
  return fmt::format("{}", fmt::join(texts, between));
}

// A page of sections, each a heading and paragraphs below it.
class Page {
 public:
  explicit Page(std::size_t width) : width_(std::max<std::size_t>(width, 40)) {}

  void line(std::string_view text) { text_ += std::string(text) + "\n"; }
  void section(std::string_view heading) { text_ += fmt::format("\n{}\n", heading); }
  void say(std::string_view text) { text_ += wrapped(text, width_, 2, "  "); }
  void item(std::string_view text, std::size_t depth = 0, std::string_view mark = "- ") {
    const std::string first = std::string(2 + 2 * depth, ' ') + std::string(mark);
    text_ += wrapped(text, width_, first.size(), first);
  }

  // The tree of a condition; what stands deeper belongs together.
  void expression(const Expression& expression, std::size_t depth = 0) {
    const std::string name =
        expression.selection.empty() ? "" : fmt::format("[{}] ", expression.selection);
    switch (expression.kind) {
      case Expression::Kind::kTest:
        item(name + describe(expression.test), depth);
        return;
      case Expression::Kind::kNot:
        item(name + "not:", depth);
        break;
      case Expression::Kind::kAnd:
        item(name + "all of these:", depth);
        break;
      case Expression::Kind::kOr:
        item(name + "one of these:", depth);
        break;
    }
    for (const auto& child : expression.children) {
      this->expression(child, depth + 1);
    }
  }

  std::string take() { return std::move(text_); }

 private:
  std::size_t width_;
  std::string text_;
};

void explain_detection(const Signature& signature, const SignatureSet& set, Page& page) {
  page.section("Where it looks");
  page.say(logs_of(signature.services, set));
  page.section("What fires it");
  page.say("A record for which this holds:");
  page.expression(signature.detection.condition);
  page.say(fmt::format("Only records that hold {} are looked at.",
                       quoted(signature.detection.literals, '\'', "or")));
  if (signature.fallback) {
    page.say("It is tried only on records that no other signature took.");
  }
}

std::string describe_count(const signatures::CountTest& test) {
  using Count = signatures::CountTest::Operator;
  static const std::map<Count, std::string_view> words = {
      {Count::kEqual, "exactly"},     {Count::kNotEqual, "any number but"},
      {Count::kLess, "fewer than"},   {Count::kLessEqual, "at most"},
      {Count::kGreater, "more than"}, {Count::kGreaterEqual, "at least"}};
  return fmt::format("{} {}", words.at(test.op), test.value);
}

// "at least 5 matches", "more than 3 different values of client", "a match of each, in this order"
std::string describe_type(const signatures::Correlation& correlation) {
  using Type = signatures::Correlation::Type;
  std::vector<std::string> counts;
  for (const auto& test : correlation.condition) {
    counts.push_back(describe_count(test));
  }
  switch (correlation.type) {
    case Type::kEventCount:
      return joined(counts, " and ") + " matches of these";
    case Type::kValueCount:
      return fmt::format("{} different values of {} in matches of these", joined(counts, " and "),
                         correlation.field);
    case Type::kTemporal:
      return counts.empty() ? "a match of each of these"
                            : "matches of " + joined(counts, " and ") + " of these";
    case Type::kTemporalOrdered:
      return "a match of each of these, in this order";
  }
  return "matches of these";
}

void explain_correlation(const Signature& signature, const SignatureSet& set, Page& page) {
  const auto& correlation = *signature.correlation;
  page.section("What fires it");
  page.say(fmt::format("Within {}{}, {}:", base::describe_duration(correlation.timespan),
                       signature.group_by.empty()
                           ? std::string()
                           : " and with the same " + joined(signature.group_by, " and "),
                       describe_type(correlation)));
  for (const auto& name : correlation.rules) {
    const auto* rule = set.find(name);
    page.item(rule == nullptr ? name : fmt::format("{}: {}", name, rule->title));
  }
  for (const auto& [name, fields] : correlation.aliases) {
    for (const auto& [rule, field] : fields) {
      page.item(fmt::format("{} is {} in {}", name, field, rule), 1);
    }
  }
  page.say(fmt::format(
      "A match may come {} late. {}", base::describe_duration(correlation.tolerance),
      correlation.generate ? "These rules also raise incidents of their own."
                           : "Of these rules, those of the same pack raise no incidents of their "
                             "own, unless another correlation asks for them."));
}

void explain_absence(const Signature& signature, const SignatureSet& set, Page& page) {
  const auto& absence = *signature.absence;
  page.section("Where it looks");
  page.say(logs_of(signature.services, set));
  page.section("What fires it");
  page.say(fmt::format("Silence: for {} of watched time {} has not written {}",
                       base::describe_duration(absence.every),
                       absence.per_stream ? "a log" : "any of these logs",
                       absence.expect ? "a record for which this holds:" : "anything."));
  if (absence.expect) {
    page.expression(absence.expect->condition);
  }
  using ArmedBy = signatures::Absence::ArmedBy;
  page.say(absence.armed_by == ArmedBy::kAlways ? "It is expected from the start."
           : absence.armed_by == ArmedBy::kServiceRunning
               ? "It is expected as soon as the service " + joined(absence.while_running, " or ") +
                     " runs."
               : "It is expected once it has been written.");
  page.say(fmt::format("The first {} after the start, a suspension or a rollover do not count.",
                       base::describe_duration(absence.grace)));
  if (!absence.while_running.empty()) {
    page.say(fmt::format(
        "Time in which {} is stopped does not count{}.", joined(absence.while_running, " or "),
        absence.stopped_at_most ? ", up to " + base::describe_duration(*absence.stopped_at_most)
                                : std::string()));
  }
  if (!absence.while_open.empty()) {
    page.say(fmt::format("It is expected only while an incident of {} is open.",
                         joined(absence.while_open, " or ")));
  }
}

void explain_context(const Signature& signature, Page& page) {
  if (signature.context.empty()) {
    return;
  }
  page.section("What it looks back for");
  for (const auto& context : signature.context) {
    const std::string bond =
        context.same_thread
            ? fmt::format("written by the same thread, among its last {} records",
                          matches::kContextRecords)
            : fmt::format("on any thread, with the same {} (found by /{}/)", context.same_field,
                          context.same_expression ? context.same_expression->pattern() : "");
    page.item(fmt::format(
        "{}: an earlier record, {}, at most {} KiB of log and {} back{}, for "
        "which this holds:",
        context.name, bond, matches::kContextBytes >> 10U, base::describe_duration(context.within),
        std::string(context.shared ? "; several failures may share it" : "") +
            (context.evidence ? "" : "; it is not quoted")));
    page.expression(context.detection.condition, 1);
  }
}

std::string described(const Extraction& extraction) {
  std::vector<std::string> fields;
  if (extraction.expression != nullptr) {
    for (const auto& name : signatures::group_names(*extraction.expression)) {
      const auto type = extraction.types.find(name);
      std::string field = name;
      if (type != extraction.types.end() && type->second.type != signatures::ValueType::kText) {
        field += fmt::format(" ({}", name_of(type->second.type));
        for (const auto& [part, of_part] : type->second.parts) {
          field += fmt::format("; its {} is {}", part, of_part);
        }
        field += ")";
      }
      fields.push_back(std::move(field));
    }
  }
  return fmt::format("{} from {}{}: /{}/{}{}", joined(fields),
                     extraction.from.empty() ? "the record" : "the context " + extraction.from,
                     extraction.field == "Message" ? "" : ", " + extraction.field,
                     extraction.expression ? base::printable(extraction.expression->pattern()) : "",
                     extraction.each    ? ", an incident for each occurrence"
                     : extraction.every ? ", from every occurrence"
                                        : "",
                     extraction.required ? "; without it there is no match" : "");
}

void explain_fields(const Signature& signature, Page& page) {
  if (signature.extract.empty() && signature.derived.empty()) {
    return;
  }
  page.section("What it takes from them");
  for (const auto& extraction : signature.extract) {
    page.item(described(extraction));
  }
  for (const auto& derived : signature.derived) {
    page.item(derived.kind == signatures::Derived::Kind::kPercent
                  ? fmt::format("{}: {} in percent of {}", derived.field, derived.from, derived.to)
                  : fmt::format("{}: how long it was from {} to {}", derived.field, derived.from,
                                derived.to));
  }
}

void explain_life(const Signature& signature, const SignatureSet& set, Page& page) {
  page.section("When it raises an incident");
  if (signature.silenced) {
    page.say("Never: it only serves correlations.");
    return;
  }
  page.say(signature.hold.count() == 0
               ? "At once."
               : fmt::format("When it has lasted {}.", base::describe_duration(signature.hold)));
  if (signature.suppress.count() != 0) {
    page.say(fmt::format("After a close it is not raised again for {}.",
                         base::describe_duration(signature.suppress)));
  }
  if (signature.keep_firing_for.count() != 0) {
    page.say(fmt::format("Its end is told after {} without it.",
                         base::describe_duration(signature.keep_firing_for)));
  }
  page.say(signature.group_by.empty()
               ? "One incident in all; what comes while it is open is counted."
               : fmt::format("One incident for each {}; what comes while it is open is counted.",
                             joined(signature.group_by, " and ")));
  page.section("What clears it");
  if (signature.absence) {
    page.item("what is expected is written again");
    if (!signature.absence->while_open.empty()) {
      page.item("nobody waits for it any more; the alert says that recovery is not confirmed");
    }
  }
  for (const auto& recovery : signature.recoveries) {
    if (signature.absence) {
      break;  // they are the two above
    }
    page.item(fmt::format("{}: a record of {} {}, for which this holds:", recovery.name,
                          logs_of(recovery.services, set),
                          recovery.on.empty() ? "whatever it is about"
                                              : "with the same " + joined(recovery.on, " and ")));
    page.expression(recovery.detection.condition, 1);
    for (const auto& extraction : recovery.extract) {
      page.item("takes " + described(extraction), 1);
    }
  }
  page.item(signature.quiet ? base::describe_duration(*signature.quiet) +
                                  " without it; the alert then says that recovery is not confirmed"
                            : std::string("never silence"));
}

void explain_relations(const Signature& signature, const SignatureSet& set, Page& page) {
  std::vector<std::string> causes;
  for (const auto& other : set.signatures) {
    if (std::find(other.explains.begin(), other.explains.end(), signature.name) !=
        other.explains.end()) {
      causes.push_back(fmt::format("{} ({}): {}", other.name, name_of(other.level), other.title));
    }
  }
  if (!causes.empty()) {
    page.section("What explains it");
    page.say("While an incident of one of these is open, this one is its symptom:");
    for (const auto& cause : causes) {
      page.item(cause);
    }
  }
  if (!signature.explains.empty()) {
    page.section("What it explains");
    page.say("While it is open, incidents of these are its symptoms:");
    for (const auto& name : signature.explains) {
      const auto* other = set.find(name);
      const auto same = signature.explains_same.find(name);
      page.item((other == nullptr ? name : fmt::format("{}: {}", name, other->title)) +
                (same == signature.explains_same.end()
                     ? std::string()
                     : fmt::format(" (with the same {})", fmt::join(same->second, ", "))));
    }
  }
}

void explain_diagnoses(const Signature& signature, Page& page) {
  if (signature.diagnoses.empty()) {
    return;
  }
  page.section("What it says");
  for (const auto& diagnosis : signature.diagnoses) {
    const std::string level =
        diagnosis.level ? fmt::format(" (level {})", signatures::name_of(*diagnosis.level)) : "";
    page.item(occasion_of(diagnosis) + level + ": " + diagnosis.cause);
    int number = 0;
    for (const auto& step : diagnosis.resolution) {
      page.item(step, 1, fmt::format("{}. ", ++number));
    }
  }
}

}  // namespace

std::string describe(const FieldTest& test) {
  if (test.op == Operator::kExists) {
    return test.field + (test.values.front() == "true" ? " is there" : " is not there");
  }
  const bool regex = test.op == Operator::kRegex;
  return fmt::format("{} {} {}{}", test.field, verb_of(test.op),
                     quoted(test.values, regex ? '/' : '\'', test.all ? "and" : "or"),
                     test.cased ? " (letter case counts)" : "");
}

std::string describe(const Condition& condition) {
  const std::string values = joined(condition.values, " or ");
  const bool no = condition.negated;
  switch (condition.kind) {
    case Condition::Kind::kFieldEquals:
    case Condition::Kind::kFieldIn:
      return fmt::format("{} is {}{}", condition.subject, no ? "not " : "", values);
    case Condition::Kind::kFlagSet:
      return fmt::format("{} {} {}", condition.subject, no ? "does not have" : "has", values);
    case Condition::Kind::kFieldPresent:
      return fmt::format("{} is {}", condition.subject, no ? "not known" : "known");
    case Condition::Kind::kFieldNumber:
      return fmt::format("{} is {}{} {}", condition.subject, no ? "not " : "",
                         verb_of(condition.comparison).substr(3), condition.number);
    case Condition::Kind::kFactEquals:
      if (condition.subject.starts_with(signatures::kServicePrefix)) {
        return fmt::format("the service {} is {}{}",
                           condition.subject.substr(signatures::kServicePrefix.size()),
                           no ? "not " : "", values);
      }
      return fmt::format("the machine's {} is {}{}", condition.subject, no ? "not " : "", values);
    case Condition::Kind::kFieldInFact:
      return fmt::format("{} is {}among the machine's {}", condition.subject, no ? "not " : "",
                         values);
    case Condition::Kind::kIncidentOpen:
      return fmt::format("{} incident of {} is open", no ? "no" : "an", condition.subject);
  }
  return condition.subject;
}

std::string occasion_of(const signatures::Diagnosis& diagnosis) {
  std::vector<std::string> conditions;
  for (const auto& condition : diagnosis.when) {
    conditions.push_back(describe(condition));
  }
  if (!conditions.empty()) {
    return "when " + joined(conditions, " and ") + (diagnosis.note ? ", in addition" : "");
  }
  return diagnosis.otherwise ? "otherwise" : "in any case, in addition";
}

std::string ends_of(const Signature& signature) {
  std::vector<std::string> ends;
  for (const auto& recovery : signature.recoveries) {
    // Every absence has both recoveries; one of them is of use only with while-open.
    if (!signature.absence || recovery.confirmed || !signature.absence->while_open.empty()) {
      ends.push_back(recovery.name);
    }
  }
  ends.push_back(signature.quiet ? base::describe_duration(*signature.quiet) + " without it"
                                 : "never by silence");
  return joined(ends);
}

std::string sources_of(const Signature& signature, const SignatureSet& set) {
  return signature.correlation ? "matches of " + joined(signature.correlation->rules)
                               : logs_of(signature.services, set);
}

std::string logs_of(const std::vector<std::string>& services, const SignatureSet& set) {
  std::vector<std::string> logs;
  for (const auto& name : services) {
    const auto* service = set.find_service(name);
    if (service == nullptr || service->file_names.empty()) {
      logs.push_back(name);
      continue;
    }
    constexpr std::size_t kShown = 4;
    auto files = service->file_names;
    const bool more = files.size() > kShown;
    files.resize(std::min(files.size(), kShown));
    logs.push_back(fmt::format("{}{} ({})", joined(files), more ? ", ..." : "", service->title));
  }
  return joined(logs, "; ");
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent,
                    std::string_view first) {
  std::string out;
  std::string line(first);
  bool has_word = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) {
      continue;
    }
    if (has_word && line.size() + 1 + word.size() > width) {
      out += line + "\n";
      line.assign(indent, ' ');
      has_word = false;
    }
    line += has_word ? " " : "";
    line += word;
    has_word = true;
  }
  return out + line + "\n";
}

std::string explain(const Signature& signature, const SignatureSet& set, std::size_t width) {
  Page page(width);
  page.line(fmt::format("{}  {}", signature.name, signature.title));
  page.line(fmt::format("{}, {}; event {} when it begins, {} when it is over; pack {}",
                        name_of(signature.level), name_of(signature.status), signature.event_id,
                        incidents::cleared_event_id(signature.event_id), signature.pack));
  if (!signature.description.empty()) {
    page.section("What it is");
    page.say(signature.description);
  }
  if (signature.correlation) {
    explain_correlation(signature, set, page);
  } else if (signature.absence) {
    explain_absence(signature, set, page);
  } else {
    explain_detection(signature, set, page);
  }
  explain_context(signature, page);
  explain_fields(signature, page);
  explain_life(signature, set, page);
  explain_relations(signature, set, page);
  explain_diagnoses(signature, page);
  if (!signature.falsepositives.empty()) {
    page.section("What may look like it");
    for (const auto& text : signature.falsepositives) {
      page.item(text);
    }
  }
  if (!signature.references.empty()) {
    page.section("Read more");
    for (const auto& text : signature.references) {
      page.item(text);
    }
  }
  page.line(fmt::format("\n{}:{}", signature.origin.file, signature.origin.line));
  return page.take();
}

}  // namespace cmgmon::service
