#include "matches/literal_scanner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "literal_promise.h"
#include "support/literal_texts.h"

namespace cmgmon::matches {
namespace {

// 500 literals, and a text of which every window belongs to many of them.
std::vector<std::string> alike_literals() {
  std::vector<std::string> literals;
  for (int i = 0; i < 500; ++i) {
    std::string literal;
    for (int bit = 0; bit < 12; ++bit) {
      literal += (i >> bit) % 2 == 0 ? "ab" : "ba";
    }
    literals.push_back(literal);
  }
  return literals;
}
std::string hostile_text(std::size_t bytes) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < bytes) {
    text += random() % 2 == 0 ? "abba" : "baab";
    if (random() % 4 == 0) {
      text += "x";
    }
  }
  return text;
}
std::string healthy_text(std::size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) {
    text += "Received request number " + std::to_string(i) + " and answered it with success.\n";
  }
  return text;
}

TEST(LiteralScanner, TakesLiteralsOfAnyLength) {
  LiteralScanner scanner({"x", "literal"});
  LiteralHits hits;
  EXPECT_EQ(scanner.find("ab LITERAL x", 0), 9U);
  scanner.collect("ab X", hits);
  EXPECT_EQ(hits.ids(), (std::vector<LiteralId>{0}));
  EXPECT_TRUE(LiteralScanner({}).empty());
  EXPECT_EQ(LiteralScanner({}).find("text", 0), std::string::npos);
}

TEST(LiteralScanner, HitsAreReusable) {
  LiteralScanner scanner({"the first", "the second"});
  LiteralHits hits;
  scanner.collect("the first the second", hits);
  EXPECT_EQ(hits.ids().size(), 2U);
  scanner.collect("the second", hits);
  EXPECT_EQ(hits.ids(), (std::vector<LiteralId>{1}));
  scanner.collect("none", hits);
  EXPECT_TRUE(hits.ids().empty());
}

TEST(LiteralScanner, LeavesAHostileLogToTheAutomatonAndComesBack) {
  LiteralScanner scanner(alike_literals());
  const std::string hostile = hostile_text(300U << 10U);
  const std::string healthy = healthy_text(2U << 20U);
  scanner.learn(hostile);
  EXPECT_EQ(scanner.counters().trainings, 1U);
  const auto search_all = [&](const std::string& text) {
    for (std::size_t at = 0; (at = scanner.find(text, at)) != std::string::npos; ++at) {
    }
  };
  search_all(hostile);
  EXPECT_EQ(scanner.counters().fallbacks, 1U);
  search_all(hostile);
  EXPECT_EQ(scanner.counters().fallbacks, 1U) << "the automaton has it for a while";
  search_all(healthy);
  search_all(hostile);
  EXPECT_EQ(scanner.counters().fallbacks, 2U) << "it was back with the filter in between";
}

TEST(LiteralScanner, TrainsAgainWhenTheLogChanges) {
  LiteralScanner scanner({"cmgconnector_forbidden", "cmgconnector_unauthorized"});
  scanner.learn(healthy_text(100U << 10U));
  std::string changed;
  while (changed.size() < (5U << 20U)) {
    changed += "cmgconnector_forbidde cmgconnector_unauthorize\n";
  }
  scanner.learn(changed);
  EXPECT_EQ(scanner.counters().trainings, 1U) << "not before it has shown to be slow";
  scanner.find(changed, 0);
  scanner.learn(changed);
  EXPECT_EQ(scanner.counters().trainings, 2U);
}

// In whatever order texts come, hostile ones too.
TEST(LiteralScanner, AgreesWithASearchForEach) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  test::LiteralTexts texts(seed);
  const std::string hostile = hostile_text(80U << 10U);
  for (int round = 0; round < 30; ++round) {
    auto literals = round % 3 == 0 ? alike_literals() : texts.literals(30);
    LiteralScanner scanner(literals);
    for (int i = 0; i < 4; ++i) {
      if (texts.number(0, 2) == 0) {
        scanner.learn(hostile);
      }
      if (texts.number(0, 2) == 0) {
        scanner.find(hostile, 0);
      }
      const std::string text =
          texts.number(0, 1) == 0 ? texts.text(literals, 300) : hostile.substr(0, 300);
      const auto all = test::every_occurrence(literals, text);
      for (std::size_t from = 0; from <= text.size(); from += texts.number(1, 20)) {
        ASSERT_NO_FATAL_FAILURE(expect_kept_promise(all, from, scanner.find(text, from)))
            << "text: " << text;
      }
    }
  }
}

// Text in which every character, also those that are not ASCII, is two bytes.
std::string in_pairs(const std::string& text, CharacterForm form) {
  std::string result;
  for (const char c : text) {
    result += form == CharacterForm::kLowHigh ? std::string{c, '\0'} : std::string{'\0', c};
  }
  return result;
}

TEST(LiteralScanner, FindsTwoByteCharactersAsWell) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  test::LiteralTexts texts(seed);
  for (int round = 0; round < 30; ++round) {
    const auto form = round % 2 == 0 ? CharacterForm::kLowHigh : CharacterForm::kHighLow;
    const auto literals = round % 3 == 0 ? alike_literals() : texts.literals(30);
    LiteralScanner scanner(literals, form);
    for (int i = 0; i < 3; ++i) {
      if (i > 0) {
        const std::string sample = i == 1 ? hostile_text(40U << 10U) : healthy_text(40U << 10U);
        scanner.learn(in_pairs(sample, form));
      }
      std::string text = texts.text(literals, 300);
      auto all = test::every_occurrence(literals, text);
      for (auto& one : all) {
        one.start *= 2;
        one.end *= 2;
      }
      text = in_pairs(text, form);
      for (std::size_t from = 0; from <= text.size(); from += 2 * texts.number(1, 10)) {
        ASSERT_NO_FATAL_FAILURE(expect_kept_promise(all, from, scanner.find(text, from)));
      }
    }
  }
}

}  // namespace
}  // namespace cmgmon::matches
