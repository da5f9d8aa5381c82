#include "matches/literal_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "literal_promise.h"
#include "support/literal_texts.h"

namespace cmgmon::matches {
namespace {

constexpr std::size_t kPlenty = 1U << 30U;

std::size_t found(const LiteralFilter& filter, std::string_view text, std::size_t from) {
  LiteralFilter::Effort effort{kPlenty, 0};
  const auto search = filter.find(text, from, effort);
  return search.outcome == LiteralFilter::Outcome::kFound ? search.at : std::string::npos;
}

std::vector<LiteralId> collected(const LiteralFilter& filter, std::string_view text) {
  LiteralHits hits;
  hits.clear(filter.literals().size());
  LiteralFilter::Effort effort{kPlenty, 0};
  filter.collect(text, hits, effort);
  auto ids = hits.ids();
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST(LiteralFilter, FindsWhatOccurs) {
  const LiteralFilter filter({"cmgconnector_forbidden", "cmgconnector_", "forbidden", " 403 7 "});
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
      {"each once", "x forbidden x forbidden 403 7 ", {2, 3}},
      {"broken by a byte", "CMGConnector _Forbidde n", {}},
      {"starts again inside", "cmgcmgconnector_", {1}},
      {"one byte short", "forbidde", {}},
      {"the same but for bit 0x20", "cmgconnector\x7F", {}},
      {"bytes above ASCII",
       "\xC3\xA4\xFF\x80"
       "forbidden\xC3",
       {2}},
      {"NUL bytes", std::string("\0forbidden\0", 11), {2}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(collected(filter, row.text), row.want);
  }
}

TEST(LiteralFilter, OfNothingFindsNothing) {
  EXPECT_EQ(found(LiteralFilter({}), "text", 0), std::string::npos);
}

TEST(LiteralFilter, StrideFollowsTheShortestLiteral) {
  EXPECT_EQ(LiteralFilter({"literal"}).stride(), 4U);
  EXPECT_GE(LiteralFilter({"a rather long literal", "another long literal"}).stride(), 8U);
}

TEST(LiteralFilter, PrefersWhatIsRareInTheSample) {
  LiteralFilter filter({"statuscode=frozzle", "statuscode=grumble"});
  std::string log;
  for (int i = 0; i < 1000; ++i) {
    log += "request " + std::to_string(i) + " statuscode=200 grum frob\n";
  }
  LiteralFilter::Effort before{kPlenty, 0};
  filter.find(log, 0, before);
  filter.train(log);
  LiteralFilter::Effort after{kPlenty, 0};
  filter.find(log, 0, after);
  EXPECT_LT(after.spent, before.spent / 3);
  EXPECT_LT(filter.expected_effort(), 0.02);
}

TEST(LiteralFilter, GivesUpOnATextThatDefeatsIt) {
  std::vector<std::string> literals;
  std::string endings;
  std::string text;
  for (int i = 0; i < 64; ++i) {
    std::string body;
    for (int bit = 0; bit < 6; ++bit) {
      body += (i >> bit) % 2 == 0 ? "abab" : "baba";
    }
    literals.push_back(body + "zz");
    endings += body.substr(body.size() - 10) + "zz";
    text += body;
  }
  LiteralFilter filter(literals);
  filter.train(endings);  // so that it looks for what comes before
  while (text.size() < 50000) {
    text += text;
  }
  LiteralFilter::Effort effort{100, 0};
  const auto search = filter.find(text, 0, effort);
  ASSERT_EQ(search.outcome, LiteralFilter::Outcome::kGivenUp);
  EXPECT_LT(search.at, text.size() / 2);
}

// Its tables have several sizes.
TEST(LiteralFilter, FindsEachOfHowManySoever) {
  for (const std::size_t count : {1U, 10U, 60U, 400U, 3000U}) {
    SCOPED_TRACE(testing::Message() << count << " literals");
    std::vector<std::string> literals;
    for (std::size_t i = 0; i < count; ++i) {
      literals.push_back("error " + std::to_string(i * 7919 % 100003 + 100000) + " occurred");
    }
    LiteralFilter filter(literals);
    std::string text;
    for (std::size_t i = 0; i < count; i += 1 + count / 100) {
      text += literals[i] + "; error 99999 occurred; ";
    }
    for (int trained = 0; trained < 2; ++trained) {
      std::vector<LiteralId> want;
      for (std::size_t i = 0; i < count; i += 1 + count / 100) {
        want.push_back(static_cast<LiteralId>(i));
      }
      EXPECT_EQ(collected(filter, text), want);
      filter.train(text);
    }
  }
}

// Whatever it was trained with.
TEST(LiteralFilter, AgreesWithASearchForEach) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  test::LiteralTexts texts(seed);
  for (int round = 0; round < 120; ++round) {
    const auto literals = texts.literals(round % 10 == 0 ? 200 : 12);
    LiteralFilter filter(literals);
    for (int i = 0; i < 4; ++i) {
      switch (i) {
        case 1:
          filter.train(texts.text(literals, 500));
          break;
        case 2: {  // the literals themselves: no window is rare
          std::string all;
          for (const auto& literal : literals) {
            all += literal;
          }
          filter.train(all);
          break;
        }
        case 3:
          filter.train(texts.word(100, 1000, "abc_"));
          break;
        default:
          break;
      }
      const std::string text = texts.text(literals, 400);
      const auto all = test::every_occurrence(literals, text);
      for (std::size_t from = 0; from <= text.size(); from += texts.number(1, 9)) {
        ASSERT_NO_FATAL_FAILURE(expect_kept_promise(all, from, found(filter, text, from)))
            << "text: " << text;
      }
      std::vector<LiteralId> want;
      for (const auto& one : all) {
        if (want.empty() || want.back() != one.literal) {
          want.push_back(one.literal);
        }
      }
      ASSERT_EQ(collected(filter, text), want) << "text: " << text;
    }
  }
}

}  // namespace
}  // namespace cmgmon::matches
