#include "matches/literal_automaton.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/text.h"

namespace cmgmon::matches {
namespace {

using testing::IsEmpty;

std::vector<LiteralId> found(const LiteralAutomaton& filter, std::string_view text,
                             std::size_t literals = 8) {
  LiteralHits hits;
  hits.clear(literals);
  filter.collect(text, 0, hits);
  auto ids = hits.ids();
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST(LiteralAutomaton, FindsWhatOccurs) {
  const LiteralAutomaton filter({"cmgconnector_forbidden", "cmgconnector_", "forbidden", "x"});
  const struct {
    const char* name;
    std::string text;
    std::vector<LiteralId> want;
  } rows[] = {
      {"nothing", "healthy line", {}},
      {"empty text", "", {}},
      {"one in another", "403 CMGConnector_Forbidden", {0, 1, 2}},
      {"prefix only", "CMGConnector_Unauthorized", {1}},
      {"suffix only", "(403) Forbidden", {2}},
      {"any case", "FORBIDDEN", {2}},
      {"each once", "x forbidden x forbidden", {2, 3}},
      {"broken by a byte", "CMGConnector _Forbidde n", {}},
      {"starts again inside", "cmgcmgconnector_", {1}},
      {"bytes above ASCII",
       "\xC3\xA4\xFF\x80"
       "forbidden\xC3",
       {2}},
      {"NUL bytes", std::string("\0forbidden\0", 11), {2}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(found(filter, row.text), row.want);
  }
}

TEST(LiteralAutomaton, OfNothingFindsNothing) {
  EXPECT_THAT(found(LiteralAutomaton({}), "text"), IsEmpty());
}

TEST(LiteralAutomaton, FindsTheFirstEnd) {
  const LiteralAutomaton automaton({"first", "irs", "second"});
  EXPECT_EQ(automaton.find("the first second", 0), 7U);
  EXPECT_EQ(automaton.find("the first second", 4), 7U);
  EXPECT_EQ(automaton.find("the first second", 6), 15U);
  EXPECT_EQ(automaton.find("the first secon", 6), std::string::npos);
}

// Few letters, so that literals overlap and contain each other all the time.
TEST(LiteralAutomaton, AgreesWithASearchForEach) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto word = [&](std::size_t max, const char* letters) {
    std::string text(std::uniform_int_distribution<std::size_t>(1, max)(random), ' ');
    for (char& c : text) {
      c = letters[std::uniform_int_distribution<std::size_t>(0, 3)(random)];
    }
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> literals;
    for (int i = 0; i < 8; ++i) {
      literals.push_back(word(6, "ab_c"));
    }
    const LiteralAutomaton filter(literals);
    for (int i = 0; i < 20; ++i) {
      const std::string text = word(40, "aB_C");
      std::vector<LiteralId> want;
      for (LiteralId id = 0; id < literals.size(); ++id) {
        if (base::to_lower(text).find(literals[id]) != std::string::npos) {
          want.push_back(id);
        }
      }
      ASSERT_EQ(found(filter, text), want) << text;
    }
  }
}

}  // namespace
}  // namespace cmgmon::matches
