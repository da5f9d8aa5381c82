#include "base/yaml_node.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "base/yaml.h"

namespace cmgmon::base {
namespace {

YamlNode read(const std::string& text) {
  Complaints complaints;
  const auto documents = load_yaml(text, "f.yaml", complaints);
  for (const auto& complaint : complaints) {
    ADD_FAILURE() << describe(complaint);
  }
  return documents.empty() ? YamlNode() : documents.front();
}

std::string kind_of(const YamlNode& node) {
  static constexpr const char* kNames[] = {"null", "scalar", "sequence", "map"};
  return kNames[static_cast<int>(node.kind)];
}

// Everything about a node and what is below it.
void tell(const YamlNode& node, std::string& text) {
  text += std::to_string(node.line) + ":" + std::to_string(node.column) + " " + kind_of(node) +
          (node.plain ? " plain" : "") + (node.flow ? " flow" : "") + " <" + node.text + ">\n";
  for (const auto& child : node.children) {
    tell(child, text);
  }
}

void tell(const YAML::Node& node, std::string& text) {
  text += std::to_string(node.Mark().line + 1) + ":" + std::to_string(node.Mark().column + 1);
  text += node.IsNull()       ? " null"
          : node.IsScalar()   ? " scalar"
          : node.IsSequence() ? " sequence"
                              : " map";
  text += node.Tag() == "?" && node.IsScalar() ? " plain" : "";
  text += node.Style() == YAML::EmitterStyle::Flow ? " flow" : "";
  text += " <" + (node.IsScalar() ? node.Scalar() : "") + ">\n";
  for (const auto& entry : node) {
    if (node.IsMap()) {
      tell(entry.first, text);
      tell(entry.second, text);
    } else {
      tell(entry, text);
    }
  }
}

std::string all_of(const std::vector<YamlNode>& documents) {
  std::string text;
  for (const auto& document : documents) {
    tell(document, text);
  }
  return text;
}

std::string all_of(const std::vector<YAML::Node>& documents) {
  std::string text;
  for (const auto& document : documents) {
    tell(document, text);
  }
  return text;
}

class RandomYaml {
 public:
  explicit RandomYaml(unsigned seed) : random_(seed) {}

  std::string text() {
    std::string text = pick({"", "", "", "\xEF\xBB\xBF", "# head\n", "---\n"});
    const auto documents = 1 + random_() % 3;
    for (std::size_t i = 0; i < documents; ++i) {
      YAML::Emitter out;
      value(out, i == 0 ? 0 : 1, true);
      text += (i == 0 ? "" : "\n---\n") + std::string(out.c_str());
    }
    text += pick({"", "\n", "\n\n", " \n", "\n  \n", "\n# end", "\n# it's \"the end\n", "\n---\n"});
    if (random_() % 8 == 0) {
      std::string lines;
      for (const char c : text) {
        lines += c == '\n' ? "\r\n" : std::string(1, c);
      }
      return lines;
    }
    return text;
  }

 private:
  std::string pick(const std::vector<std::string>& choices) {
    return choices[random_() % choices.size()];
  }

  void scalar(YAML::Emitter& out) {
    static const std::vector<std::string> kTexts = {
        "",           "~",   "null",        "true",
        "17",         "a",   "it's",        "a \"b\" c",
        " a",         "a ",  "#a",          "a: b",
        "[a",         "{x}", "C:\\Logs\\a", "\xC3\xA4\xE2\x82\xAC",
        "a\nb",       "a\n", "a\n\n",       "\n a\nb",
        "''",         "'",   "\"",          "\\",
        "- a",        "|",   ">",           "a\tb",
        "a  \n  b\n", "*a",  "!a",          "a long text of words"};
    switch (random_() % 6) {
      case 0:
        out << YAML::SingleQuoted;
        break;
      case 1:
        out << YAML::DoubleQuoted;
        break;
      case 2:
        out << YAML::Literal;
        break;
      default:
        break;
    }
    out << kTexts[random_() % kTexts.size()];
  }

  void value(YAML::Emitter& out, int depth, bool document = false) {
    const auto kind = random_() % (depth < 4 ? 8 : 4);
    if (kind == 0 && !document) {
      out << YAML::Null;
    } else if (kind < 4 && !document) {
      scalar(out);
    } else {
      out << (random_() % 2 == 0 ? YAML::Flow : YAML::Block);
      const auto size = random_() % 4;
      if (kind % 2 == 0) {
        out << YAML::BeginSeq;
        for (std::size_t i = 0; i < size; ++i) {
          value(out, depth + 1);
        }
        out << YAML::EndSeq;
      } else {
        out << YAML::BeginMap;
        for (std::size_t i = 0; i < size; ++i) {
          out << YAML::Key << "k" + std::to_string(i) << YAML::Value;
          value(out, depth + 1);
        }
        out << YAML::EndMap;
      }
    }
  }

  std::mt19937 random_;
};

TEST(YamlNode, IsWhatYamlCppBuildsOfTheSameText) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomYaml random(seed);
  int read = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::string text = random.text();
    SCOPED_TRACE(text);
    Complaints complaints;
    const auto documents = load_yaml(text, "f.yaml", complaints);
    if (documents.empty()) {
      continue;  // not everything that yaml-cpp emits can be read
    }
    ++read;
    std::vector<YAML::Node> expected = YAML::LoadAll(text);
    while (expected.size() > 1 && expected.back().IsNull()) {
      expected.pop_back();  // a closing '---'
    }
    ASSERT_EQ(all_of(documents), all_of(expected));
  }
  EXPECT_GT(read, 1500);
}

TEST(YamlNode, KeepsTheEndOfABlockAsItIsWritten) {
  struct Row {
    const char* text;
    const char* value;
  };
  for (const Row& row :
       {Row{"a: |\n  x", "x"}, Row{"a: |\n  x\n", "x\n"}, Row{"a: |\n  x\n\n\n", "x\n"},
        Row{"a: |-\n  x\n\n", "x"}, Row{"a: |+\n  x\n\n", "x\n\n"}, Row{"a: |\n  x  \n", "x  \n"},
        Row{"a: >\n  x\n  y\n", "x y\n"}, Row{"a: 'x'\n\n", "x"}, Row{"a: 'it''s'\n", "it's"},
        Row{"a: \"x\\\"\"  \n", "x\""}, Row{"a: \"x\\\\\"\n", "x\\"}, Row{"a: x\n\n", "x"},
        Row{"\xEF\xBB\xBF"
            "a: 'x'\n",
            "x"},
        Row{"\xC3\xA4: 1\na: 'x'\n", "x"}}) {
    SCOPED_TRACE(row.text);
    const YamlNode document = read(row.text);
    const YamlNode* value = document.find("a");
    ASSERT_NE(value, nullptr);
    EXPECT_EQ(value->text, row.value);
  }
}

TEST(YamlNode, AQuoteThatIsNotClosedIsComplainedAboutWhateverFollows) {
  for (const char* text : {"a: 'x\n", "a: \"x\n\n", "a: 'x''\n", "a: 'x'' \n  ", "a: \"x\\\"\r\n",
                           "- ! 'x\n", "? 'x\n",
                           "\xEF\xBB\xBF"
                           "a: 'x\n",
                           "\xC3\xA4: 1\r\na: 'x\r\n"}) {
    SCOPED_TRACE(text);
    Complaints complaints;
    EXPECT_TRUE(load_yaml(text, "f.yaml", complaints).empty());
    EXPECT_EQ(complaints.size(), 1U);
  }
}

TEST(YamlNode, FindsOnlyInMappings) {
  const YamlNode document = read("{a: 1, ~: 2, c d: 3, b: [a, b]}");
  EXPECT_EQ(document.size(), 4U);
  ASSERT_NE(document.find("a"), nullptr);
  EXPECT_EQ(document.find("a")->text, "1");
  EXPECT_EQ(document.find("c"), nullptr);
  EXPECT_EQ(document.find(""), nullptr);
  const YamlNode* list = document.find("b");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->size(), 2U);
  EXPECT_EQ(list->find("a"), nullptr);
  EXPECT_EQ(list->items().size(), 2U);
  EXPECT_TRUE(document.items().empty());
  for (const auto entry : list->entries()) {
    ADD_FAILURE() << entry.key.text;
  }
}

TEST(ToYaml, IsReadBackAsTheSameValues) {
  for (const char* text :
       {"a: [1, {b: c}, []]\nd:\n  - e: f\n    g: ~\n  - 'h: i'\nj: {}\nk: \"l\\nm\"\n",
        "- [a, b]\n- c: {}\n", "'a: b'\n"}) {
    SCOPED_TRACE(text);
    const std::string written = to_yaml(read(text));
    EXPECT_EQ(to_yaml(read(written)), written);
    YAML::Emitter emitter;
    emitter.SetMapFormat(YAML::Block);
    emitter << YAML::Load(text);
    EXPECT_EQ(written, emitter.c_str());
  }
}

}  // namespace
}  // namespace cmgmon::base
