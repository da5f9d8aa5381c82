#include "signatures/detection_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "matches/matcher.h"
#include "signatures/regular_expression.h"

namespace cmgmon::signatures {
namespace {

using testing::ElementsAre;

struct Read {
  Detection detection;
  base::Complaints complaints;
};

Read read(const std::string& yaml, bool short_form = false) {
  Read result;
  const auto documents = base::load_yaml(yaml, "rule.yaml", result.complaints);
  if (!documents.empty()) {
    Expressions expressions;
    const Place place{"rule.yaml", &result.complaints, &expressions};
    result.detection = read_detection(documents.front(), place, "the detection", short_form);
  }
  return result;
}

records::Record with_message(std::string_view message) {
  records::Record record;
  record.message = message;
  record.format = records::Format::kCcm;
  record.component = "Component A";
  return record;
}

TEST(DetectionReader, MeansWhatSigmaMeans) {
  const struct {
    const char* name;
    const char* selection;  // of field tests
    const char* message;
    bool want;
  } rows[] = {
      {"equals ignores case", "{Message: Some Message}", "some MESSAGE", true},
      {"equals is the whole", "{Message: Some Message}", "some message.", false},
      {"contains", "{Message|contains: me mess}", "Some Message", true},
      {"startswith", "{Message|startswith: some message}", "Some message here", true},
      {"startswith is not contains", "{Message|startswith: some message}", "a some message", false},
      {"endswith", "{Message|endswith: message}", "some message", true},
      {"wildcards make contains", "{Message: '*me mess*'}", "Some Message", true},
      {"question mark", "{Message: 'some mess?ge'}", "some messAge", true},
      {"contains with a wildcard inside", "{Message|contains: 'so*message'}", "x some message x",
       true},
      {"escaped star", "{Message|contains: 'message \\*'}", "message *", true},
      {"escaped star is no wildcard", "{Message|contains: 'message \\*'}", "message x", false},
      {"cased", "{Message|contains|cased: Message}", "some message", false},
      {"cased holds", "{Message|contains|cased: Message}", "some Message", true},
      {"list is any", "{Message|contains: [message A, message B]}", "message b", true},
      {"all is every", "{Message|contains|all: [message A, message B]}", "message b", false},
      {"all holds", "{Message|contains|all: [message A, message B]}", "message b, message a", true},
      {"list of mixed wildcards", "{Message: ['begin of it*', '*end of it']}", "the end of it",
       true},
      {"two fields are and", "{Message|contains: message, Component: component a}", "a message",
       true},
      {"two fields, one wrong", "{Message|contains: message, Component: b}", "a message", false},
      {"regular expression", "{Message|contains: message, Message|re: 'm\\w+ge$'}", "a message",
       true},
      {"is case-sensitive", "{Message|contains: message, Message|re: 'M\\w+ge$'}", "a message",
       false},
      {"unless i", "{Message|contains: message, Message|re|i: 'M\\w+ge$'}", "a message", true},
      {"dot is no line break", "{Message|contains: message, Message|re: 'a.message'}", "a\nmessage",
       false},
      {"unless s", "{Message|contains: message, Message|re|s: 'a.message'}", "a\nmessage", true},
      {"line start with m", "{Message|contains: message, Message|re|m: '^message'}", "a\nmessage",
       true},
      {"number", "{Message|contains: message, Thread|gt: 5}", "message", false},
      {"absent field", "{Message|contains: message, c-ip: null}", "message", true},
      {"exists", "{Message|contains: message, c-ip|exists: true}", "message", false},
      {"exists not", "{Message|contains: message, c-ip|exists: false}", "message", true},
      {"star is anything", "{Message|contains: message, Component: '*'}", "message", true},
      {"keyword", "some message", "It is SOME message.", true},
      {"keywords are any", "[other message, some message]", "some message", true},
      {"keywords, all", "{'|all': [message, some mess]}", "some message", true},
      {"keywords, all, one missing", "{'|all': [message, other mess]}", "some message", false},
      {"list of mappings is any", "[{Message: message A}, {Message: message B}]", "message b",
       true},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto result = read(std::string("sel: ") + row.selection + "\ncondition: sel\n");
    for (const auto& complaint : result.complaints) {
      ADD_FAILURE() << base::describe(complaint);
    }
    EXPECT_EQ(matches::holds(result.detection.condition, with_message(row.message)), row.want);
  }
}

TEST(DetectionReader, ShortFormsAreSelections) {
  const struct {
    const char* name;
    const char* yaml;
    const char* message;
    bool want;
  } rows[] = {
      {"mapping", "{Message|contains: message}", "a message", true},
      {"list", "[{Message|contains: message A}, {Message|contains: message B}]", "message b", true},
      {"text", "a message", "it is a message", true},
      {"full form",
       "{a: {Message|contains: message}, b: {Message|contains: not this}, "
       "condition: a and not b}",
       "a message, not this", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto result = read(row.yaml, true);
    for (const auto& complaint : result.complaints) {
      ADD_FAILURE() << base::describe(complaint);
    }
    EXPECT_EQ(matches::holds(result.detection.condition, with_message(row.message)), row.want);
  }
}

TEST(DetectionReader, CollectsTheLiterals) {
  EXPECT_THAT(read("a: {Message|contains: First Literal}\nb: {Message|contains: 'second literal'}\n"
                   "condition: a or b\n")
                  .detection.literals,
              ElementsAre("first literal", "second literal"));
}

TEST(DetectionReader, SaysWhereAndWhat) {
  const struct {
    const char* name;
    const char* yaml;
    const char* complaint;
  } rows[] = {
      {"no condition", "a: {Message|contains: literal}\n",
       "rule.yaml:1:1: the detection has no 'condition'"},
      {"condition is a list", "a: {Message|contains: literal}\ncondition: [a]\n",
       "rule.yaml:2:12: the condition must be one text"},
      {"condition is wrong", "a: {Message|contains: literal}\ncondition: a and b\n",
       "rule.yaml:2:18: condition, character 7: no selection is called 'b'; did you mean 'a'?"},
      {"unused selection",
       "a: {Message|contains: literal}\nb: {Message|contains: literal}\ncondition: a\n",
       "rule.yaml:2:1: selection 'b' is not used in the condition"},
      {"unknown field", "a:\n  Mesage|contains: literal\ncondition: a\n",
       "rule.yaml:2:3: records have no field 'Mesage'; did you mean 'Message'?"},
      {"unknown modifier", "a:\n  Message|contain: literal\ncondition: a\n",
       "rule.yaml:2:3: unknown modifier 'contain'; did you mean 'contains'?"},
      {"unsupported modifier", "a:\n  Message|base64offset: literal\ncondition: a\n",
       "rule.yaml:2:3: unknown modifier 'base64offset'; known are contains, startswith, endswith, "
       "re (with "
       "i, m, s), cased, all, exists, lt, lte, gt, gte"},
      {"two operators", "a:\n  Message|contains|endswith: literal\ncondition: a\n",
       "rule.yaml:2:3: 'endswith' cannot be combined with the operator before it"},
      {"cased expression", "a:\n  Message|re|cased: literal\ncondition: a\n",
       "rule.yaml:2:3: 'cased' goes with texts only (regular expressions are case-sensitive unless "
       "'i' is given)"},
      {"flag without expression", "a:\n  Message|contains|i: literal\ncondition: a\n",
       "rule.yaml:2:3: 'i', 'm' and 's' go with 're' only"},
      {"bad expression", "a:\n  Message|re: 'lit(eral'\ncondition: a\n",
       "rule.yaml:2:15: the regular expression is not valid: missing ): lit(eral in: lit(eral"},
      {"look-around", "a:\n  Message|re: 'literal(?!x)'\ncondition: a\n",
       "rule.yaml:2:15: the regular expression is not valid: invalid perl operator: (?!; "
       "look-around is not "
       "supported (RE2 syntax) in: literal(?!x)"},
      {"too large an expression", "a:\n  Message|re: '((x{100}){100}){100}'\ncondition: a\n",
       "rule.yaml:2:15: the regular expression is not valid: invalid repetition size: {100} in: "
       "((x{100}){100}){100}"},
      {"no number", "a: {Message|contains: literal, Thread|gt: five}\ncondition: a\n",
       "rule.yaml:1:43: 'five' is not a whole number"},
      {"exists what", "a: {Message|contains: literal, Thread|exists: maybe}\ncondition: a\n",
       "rule.yaml:1:47: 'exists' takes true or false"},
      {"empty contains", "a: {Message|contains: ''}\ncondition: a\n",
       "rule.yaml:1:23: this text would be found in everything"},
      {"missing value", "a: {Message|contains: }\ncondition: a\n",
       "rule.yaml:1:23: a value is missing for Message|contains"},
      {"empty list", "a: {Message|contains: []}\ncondition: a\n",
       "rule.yaml:1:23: Message|contains has an empty list of values"},
      {"empty selection", "a: {}\ncondition: a\n",
       "rule.yaml:1:4: an empty selection would hold for every record"},
      {"nested values", "a: {Message|contains: [[literal]]}\ncondition: a\n",
       "rule.yaml:1:24: a text is expected"},
      {"reserved name", "and: {Message|contains: literal}\ncondition: 1 of them\n",
       "rule.yaml:1:1: the name of a selection must be one word, and none of the condition's own"},
      {"timeframe", "a: {Message|contains: literal}\ntimeframe: 5m\ncondition: a\n",
       "rule.yaml:2:1: 'timeframe' is no longer part of Sigma and not supported"},
      {"no literal", "a: {Message|re: 'some literal'}\ncondition: a\n",
       "rule.yaml:1:1: the detection has no literal: a record that satisfies it must hold a plain "
       "text of at "
       "least 7 ASCII characters. Add one to every alternative, for example 'Message|contains: "
       "...' beside "
       "the regular expression"},
      {"six bytes", "a: {Message|contains: sixsix}\ncondition: a\n",
       "rule.yaml:1:1: the detection has no literal: a record that satisfies it must hold a plain "
       "text of at "
       "least 7 ASCII characters. Add one to every alternative, for example 'Message|contains: "
       "...' beside "
       "the regular expression"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto result = read(row.yaml);
    ASSERT_FALSE(result.complaints.empty());
    EXPECT_EQ(base::describe(result.complaints.front()), row.complaint);
  }
}

}  // namespace
}  // namespace cmgmon::signatures
