#include "base/yaml.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace cmgmon::base {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

std::string all(const Complaints& complaints) {
  std::string text;
  for (const Complaint& complaint : complaints) {
    text += describe(complaint) + "\n";
  }
  return text;
}

std::string nested_flow(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

std::string nested_block(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) {
    text += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  }
  return text + std::string(static_cast<std::size_t>(depth), ' ') + "b\n";
}

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) {
    text += part;
  }
  return text;
}

TEST(LoadYaml, RefusesWithPositionAndReason) {
  struct Row {
    const char* name;
    std::string text;
    std::string complaint;  // how it begins
  };
  const std::vector<Row> rows = {
      {"duplicate key", "a: 1\nb: 2\na: 3\n",
       "f.yaml:3:1: 'a' is written twice in the same mapping (first in line 1)"},
      {"duplicate key, quoted", "{a: 1, \"a\": 2}", "f.yaml:1:8: 'a' is written twice"},
      {"duplicate below", "x:\n  - k: 1\n    k: 2\n", "f.yaml:3:5: 'k' is written twice"},
      {"duplicate in the second document", "a: 1\n---\nb: 1\nb: 1\n",
       "f.yaml:4:1: 'b' is written twice"},
      {"anchor", "a: &x 1\n", "f.yaml:1:4: anchors (&name) are not supported"},
      {"alias", "a: *x\n", "f.yaml:1:"},
      {"alias bomb", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "f.yaml:1:4: anchors"},
      {"tag", "a: !!binary xx\n", "f.yaml:1:4: tags ("},
      {"list as key", "? [a]\n: b\n", "f.yaml:1:3: a key must be a text"},
      {"33 flow levels", nested_flow(33), "f.yaml:1:33: nested deeper than 32 levels"},
      {"33 block levels", nested_block(33), "f.yaml:33:33: nested deeper than 32 levels"},
      {"endless flow", std::string(kMaxYamlBytes, '['), "f.yaml:1:100001: too many open brackets"},
      {"endless mappings", std::string(1U << 20U, '{'), "f.yaml:1:100001: too many open brackets"},
      {"brackets closed in comments only", repeated("[[[[ #]]]]\n", 50000),
       "f.yaml:25001:1: too many open brackets"},
      {"50,000 flow levels", nested_flow(50000), "f.yaml:1:33: nested deeper than 32 levels"},
      {"50,000 compact lists", repeated("- ", 50000) + "x",
       "f.yaml:1:65: nested deeper than 32 levels"},
      {"50,000 explicit keys", repeated("? ", 50000) + "x", "f.yaml:1:3: a key must be a text"},
      {"too long", std::string(kMaxYamlBytes + 1, ' '), "f.yaml: larger than 4 MiB"},
      {"not UTF-8", "a: b\nc: \xFF\n", "f.yaml:2:4: not UTF-8"},
      {"UTF-16",
       "\xFF\xFE"
       "a\0:\0"s,
       "f.yaml:1:1: not UTF-8"},
      {"NUL", "a: b\nc: \0d\n"s, "f.yaml:2:4: control character U+0000"},
      {"end of transmission",
       "a: b\n\x04"
       "c: d\n"s,
       "f.yaml:2:1: control character U+0004"},
      {"tab as indentation", "a:\n\t- b\n", "f.yaml:2:"},
      {"unclosed", "a: [1, 2\nb: 3\n", "f.yaml:"},
      {"unclosed quote", "a: 'b\nc: d\n", "f.yaml:"},
      {"nothing but a comma", ",", "f.yaml:1:1: no value can begin here"},
      {"closing bracket too many", "a: 1\n]\n", "f.yaml:2:1:"},
      {"comma behind a value", "- 'a',\n- b\n", "f.yaml:1:6:"},
      {"bad indentation", "a: 1\n  b: 2\n", "f.yaml:2:"},
      {"empty document in the middle", "a: 1\n---\n---\nb: 1\n",
       "f.yaml:3:1: the document before this one is empty"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Complaints complaints;
    EXPECT_TRUE(load_yaml(row.text, "f.yaml", complaints).empty());
    ASSERT_FALSE(complaints.empty());
    EXPECT_EQ(all(complaints).substr(0, row.complaint.size()), row.complaint);
  }
}

TEST(LoadYaml, ReadsAllDocuments) {
  struct Row {
    const char* name;
    std::string text;
    std::size_t documents;
  };
  const std::vector<Row> rows = {
      {"one", "a: 1\n", 1},
      {"two", "a: 1\n---\na: 2\n", 2},
      {"byte order mark",
       "\xEF\xBB\xBF"
       "a: 1\n",
       1},
      {"CRLF", "a: 1\r\nb: 2\r\n", 1},
      {"trailing separator", "a: 1\n---\n", 1},
      {"empty is one null document", "", 1},
      {"comments only too", "# nothing\n# here\n", 1},
      {"32 flow levels", nested_flow(32), 1},
      {"31 levels of mappings and a value", nested_block(31), 1},
      {"same key in different mappings", "a: {k: 1}\nb: {k: 1}\n", 1},
      {"brackets in a block", "a: |\n  <![LOG[x]LOG]!>[[[\n", 1},
      {"many quoted brackets", "a:\n" + repeated("  - '[[CCMHTTP] ERROR [['\n", 20000), 1},
      {"no value", "a:\nb:\n", 1},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Complaints complaints;
    EXPECT_EQ(load_yaml(row.text, "f.yaml", complaints).size(), row.documents);
    EXPECT_EQ(all(complaints), "");
  }
}

TEST(LoadYaml, EveryMistakeOfOneKindIsNamedInOneRun) {
  Complaints complaints;
  load_yaml("a: 1\na: 1\nb: 1\nb: 1\n", "f.yaml", complaints);
  EXPECT_EQ(complaints.size(), 2U);
}

TEST(LoadYaml, RandomTextIsReadOrComplainedAboutNeverBoth) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::string> parts = {
      "a",  "b: ", "- ",  "? ", ": ",       "[",   "]",     "{",    "}",   "\n", "\n  ",
      "'",  "\"",  "# c", "&x", "*x",       "!t ", "---\n", "|",    ">",   ",",  "\t",
      "%x", "@",   "...", "\\", "\xC3\xA4", "~",   "<<: ",  "\r\n", "\xFF"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t i = random() % 20; i > 0; --i) {
      text += parts[random() % parts.size()];
    }
    SCOPED_TRACE(text);
    Complaints complaints;
    const bool read = !load_yaml(text, "f.yaml", complaints).empty();
    EXPECT_EQ(read, complaints.empty());
  }
}

struct Read {
  Complaints complaints;
  std::vector<YamlNode> documents;
  Mapping map;

  explicit Read(const std::string& text, const std::string& what = "the rule")
      : documents(load_yaml(text, "f.yaml", complaints)),
        map(documents.at(0), "f.yaml", complaints, what) {}
};

TEST(Mapping, ReadsEachKind) {
  Read read("t: some text\nn: '17'\nb: true\ni: -5\nd: 24h\nl: [a, b]\none: a\nm: {x: 1}\n");
  EXPECT_TRUE(read.map.valid());
  EXPECT_EQ(read.map.text("t"), "some text");
  EXPECT_EQ(read.map.text("n"), "17");
  EXPECT_EQ(read.map.boolean("b"), true);
  EXPECT_EQ(read.map.integer("i", -10, 10), -5);
  EXPECT_EQ(read.map.duration("d"), 24h);
  EXPECT_EQ(read.map.texts("l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read.map.texts("one"), (std::vector<std::string>{"a"}));
  ASSERT_NE(read.map.child("m"), nullptr);
  EXPECT_TRUE(read.map.child("m")->is_map());
  EXPECT_FALSE(read.map.text("absent").has_value());
  EXPECT_FALSE(read.map.has("absent"));
  read.map.finish();
  EXPECT_EQ(all(read.complaints), "");
}

TEST(Mapping, ComplainsWhereItIsAndSaysWhatInstead) {
  struct Row {
    const char* name;
    const char* text;
    void (*ask)(Mapping&);
    const char* complaint;
  };
  const std::vector<Row> rows = {
      {"no mapping", "- a\n", [](Mapping&) {},
       "f.yaml:1:1: the rule must be a mapping (key: value)\n"},
      {"nothing", "", [](Mapping&) {}, "f.yaml: the rule must be a mapping (key: value)\n"},
      {"text", "x: [1]\n", [](Mapping& m) { m.text("x"); },
       "f.yaml:1:4: 'x' of the rule must be a text\n"},
      {"no text", "x:\n", [](Mapping& m) { m.text("x"); },
       "f.yaml:1:1: 'x' of the rule must be a text\n"},
      {"boolean", "x: yes\n", [](Mapping& m) { m.boolean("x"); },
       "f.yaml:1:4: 'x' of the rule must be true or false\n"},
      {"integer", "x: 5 apples\n", [](Mapping& m) { m.integer("x", 0, 9); },
       "f.yaml:1:4: 'x' of the rule must be a whole number from 0 to 9\n"},
      {"range", "x: 10\n", [](Mapping& m) { m.integer("x", 0, 9); },
       "f.yaml:1:4: 'x' of the rule must be a whole number from 0 to 9\n"},
      {"huge", "x: 99999999999999999999\n", [](Mapping& m) { m.integer("x", 0, 9); },
       "f.yaml:1:4: 'x' of the rule must be a whole number from 0 to 9\n"},
      {"duration", "x: 5\n", [](Mapping& m) { m.duration("x"); },
       "f.yaml:1:4: 'x' of the rule must be a duration: a whole number and ms, s, m, h or d, like "
       "30s or 24h\n"},
      {"list entry", "x:\n  - a\n  - [b]\n", [](Mapping& m) { m.texts("x"); },
       "f.yaml:3:5: each entry of 'x' of the rule must be a text\n"},
      {"list", "x: {a: b}\n", [](Mapping& m) { m.texts("x"); },
       "f.yaml:1:4: 'x' of the rule must be a text or a list of texts\n"},
      {"required", "x: 1\n", [](Mapping& m) { m.text("x"), m.required_text("title"); },
       "f.yaml:1:1: the rule has no 'title'\n"},
      {"unknown key", "titel: a\n", [](Mapping& m) { m.text("title"); },
       "f.yaml:1:1: unknown key 'titel' in the rule; did you mean 'title'?\n"},
      {"unknown key, no idea", "zebra: a\n", [](Mapping& m) { m.text("title"); },
       "f.yaml:1:1: unknown key 'zebra' in the rule\n"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Read read(row.text);
    row.ask(read.map);
    read.map.finish();
    EXPECT_EQ(all(read.complaints), row.complaint);
  }
}

TEST(ParseDuration, TakesAWholeNumberAndAUnit) {
  struct Row {
    const char* text;
    std::optional<std::chrono::milliseconds> value;
  };
  const std::vector<Row> rows = {
      {"250ms", 250ms},
      {"30s", 30s},
      {"10m", 10min},
      {"24h", 24h},
      {"7d", 168h},
      {"0s", 0ms},
      {"", {}},
      {"s", {}},
      {"5", {}},
      {"-5s", {}},
      {"1.5h", {}},
      {"5 s", {}},
      {"5S", {}},
      {"5sec", {}},
      {"+5s", {}},
      {"999999999999d", {}},
      {"99999999999999999999s", {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(parse_duration(row.text), row.value);
  }
}

TEST(LoadYaml, EndsWhereEverythingIsWrong) {
  std::string text;
  for (int i = 0; i < 100000; ++i) {
    text += "a: 1\n";
  }
  Complaints complaints;
  EXPECT_TRUE(load_yaml(text, "a.yaml", complaints).empty());
  ASSERT_EQ(complaints.size(), 101U);
  EXPECT_EQ(describe(complaints.back()), "a.yaml:101:1: too many mistakes to show them all");
}

}  // namespace
}  // namespace cmgmon::base
