#include "incidents/diagnosis.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/incidents/book_fixture.h"

namespace cmgmon::incidents {
namespace {

using Kind = signatures::Condition::Kind;

// As condition(), with {"gte", "50"} for a comparison with a number.
signatures::Condition made(Kind kind, const std::string& subject,
                           const std::vector<std::string>& values, bool negated) {
  using signatures::Operator;
  auto result = condition(kind, subject, values, negated);
  if (kind == Kind::kFieldNumber) {
    const bool greater = values[0].starts_with("gt");
    const bool or_equal = values[0].ends_with("te");
    result.comparison = greater ? (or_equal ? Operator::kGreaterEqual : Operator::kGreater)
                                : (or_equal ? Operator::kLessEqual : Operator::kLess);
    result.number = std::stoll(values[1]);
  }
  return result;
}

TEST(Condition, HoldsOrNotAndNegated) {
  struct Row {
    const char* name;
    Kind kind;
    std::string subject;
    std::vector<std::string> values;
    bool holds;
    bool negated_holds;
  };
  const Row rows[] = {
      {"equal", Kind::kFieldEquals, "by", {"EKU"}, true, false},
      {"equal to one of several", Kind::kFieldIn, "by", {"issuer", "eku"}, true, false},
      {"not equal", Kind::kFieldEquals, "by", {"issuer"}, false, true},
      {"no such field", Kind::kFieldEquals, "nothing", {"eku"}, false, true},
      {"flag among others", Kind::kFlagSet, "flags", {"invalid_ca"}, true, false},
      {"first flag", Kind::kFlagSet, "flags", {"CERT_REV_FAILED"}, true, false},
      {"part of a flag's name", Kind::kFlagSet, "flags", {"INVALID"}, false, true},
      {"one flag of two", Kind::kFlagSet, "flags", {"X", "INVALID_CA"}, true, false},
      {"no flags", Kind::kFlagSet, "nothing", {"X"}, false, true},
      {"present", Kind::kFieldPresent, "by", {}, true, false},
      {"empty is absent", Kind::kFieldPresent, "empty", {}, false, true},
      {"absent", Kind::kFieldPresent, "nothing", {}, false, true},
      {"fact", Kind::kFactEquals, "verbose", {"1"}, true, false},
      {"fact is something else", Kind::kFactEquals, "verbose", {"0"}, false, true},
      {"unknown fact", Kind::kFactEquals, "weather", {"1"}, false, false},
      {"in fact", Kind::kFieldInFact, "ip", {"local"}, true, false},
      {"not in fact", Kind::kFieldInFact, "by", {"local"}, false, true},
      {"in an empty fact", Kind::kFieldInFact, "ip", {"none"}, false, true},
      {"in an unknown fact", Kind::kFieldInFact, "ip", {"weather"}, false, false},
      {"unknown field in fact", Kind::kFieldInFact, "nothing", {"local"}, false, false},
      {"fact without a name", Kind::kFieldInFact, "ip", {}, false, false},
      {"at least", Kind::kFieldNumber, "percent", {"gte", "50"}, true, false},
      {"more than", Kind::kFieldNumber, "percent", {"gt", "50"}, false, true},
      {"at most", Kind::kFieldNumber, "percent", {"lte", "50"}, true, false},
      {"less than", Kind::kFieldNumber, "percent", {"lt", "51"}, true, false},
      {"less than itself", Kind::kFieldNumber, "percent", {"lt", "50"}, false, true},
      {"a word is no number", Kind::kFieldNumber, "by", {"lt", "50"}, false, true},
      {"no field, no number", Kind::kFieldNumber, "nothing", {"gte", "0"}, false, true},
      {"open", Kind::kIncidentOpen, "A", {}, true, false},
      {"not open", Kind::kIncidentOpen, "B", {}, false, true},
  };
  const matches::Fields fields = {{"by", "eku"},
                                  {"flags", "CERT_REV_FAILED|INVALID_CA|CERT_CN_INVALID"},
                                  {"empty", ""},
                                  {"percent", "50"},
                                  {"ip", "FE80::1"}};
  const Facts facts = {{"verbose", {"1"}}, {"local", {"10.0.0.5", "fe80::1"}}, {"none", {}}};
  const Circumstances circumstances{fields, [&]() -> const Facts& { return facts; },
                                    [](std::string_view name) { return name == "A"; }};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(holds(made(row.kind, row.subject, row.values, false), circumstances), row.holds);
    EXPECT_EQ(holds(made(row.kind, row.subject, row.values, true), circumstances),
              row.negated_holds);
  }
}

TEST(Diagnosis, SaysFindingsThenNotesAndOtherwiseOnlyAlone) {
  auto rule = signature("A", 1001, Level::kMedium);
  const auto when_set = [](const char* field) {
    return std::vector{condition(Kind::kFieldPresent, field)};
  };
  auto note = diagnosis(when_set("note"), "Note.", {"Read it."}, Level::kCritical);
  note.note = true;
  auto otherwise = diagnosis({}, "No idea.", {"Look."});
  otherwise.otherwise = true;
  rule.diagnoses = {note, otherwise,
                    diagnosis(when_set("x"), "X is {x}.", {"Fix {x} at {where}.", "Restart."}),
                    diagnosis(when_set("y"), "Y.", {"Restart."}, Level::kHigh)};
  struct Row {
    const char* name;
    matches::Fields fields;
    std::string cause;
    std::vector<std::string> resolution;
    Level level;
  };
  const Row rows[] = {
      {"nothing", {}, "No idea.", {"Look."}, Level::kMedium},
      {"a note keeps no otherwise away",
       {{"note", "1"}},
       "No idea. Note.",
       {"Look.", "Read it."},
       Level::kCritical},
      {"x", {{"x", "{y}"}}, "X is {y}.", {"Fix {y} at (not logged).", "Restart."}, Level::kMedium},
      {"x and y share a step",
       {{"x", "1"}, {"y", "1"}},
       "X is 1. Y.",
       {"Fix 1 at (not logged).", "Restart."},
       Level::kHigh},
      {"y and a note",
       {{"y", "1"}, {"note", "1"}},
       "Y. Note.",
       {"Restart.", "Read it."},
       Level::kHigh},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Facts facts;
    const auto said = applicable(rule, {row.fields, [&]() -> const Facts& { return facts; },
                                        [](std::string_view) { return false; }});
    const Texts texts = texts_of(rule, row.fields, said);
    EXPECT_EQ(texts.cause, row.cause);
    EXPECT_EQ(texts.resolution, row.resolution);
    EXPECT_EQ(level_of(rule, said), row.level);
  }
  rule.diagnoses.clear();
  EXPECT_EQ(texts_of(rule, {}, {}).cause, "Description of A");
}

}  // namespace
}  // namespace cmgmon::incidents
