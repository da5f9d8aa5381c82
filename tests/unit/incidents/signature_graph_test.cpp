#include "incidents/signature_graph.h"

#include <gtest/gtest.h>

#include <vector>

#include "unit/incidents/book_fixture.h"

namespace cmgmon::incidents {
namespace {

using Rules = std::vector<std::size_t>;

TEST(SignatureGraph, PutsCausesBeforeSymptoms) {
  signatures::SignatureSet set;
  set.signatures = {signature("S", 1001), signature("C", 1002), signature("R", 1003),
                    signature("X", 1004)};
  set.signatures[1].explains = {"S", "S", "C", "unknown"};
  set.signatures[2].explains = {"C"};
  const SignatureGraph graph(set);
  EXPECT_EQ(graph.symptoms(1), Rules{0});
  EXPECT_EQ(graph.explainers(0), Rules{1});
  EXPECT_EQ(graph.causes_first(), (Rules{2, 1, 0, 3}));
  EXPECT_EQ(graph.rank(2), 0U);
  EXPECT_EQ(graph.find("X"), 3U);
  EXPECT_EQ(graph.find("unknown"), std::nullopt);
}

TEST(SignatureGraph, KnowsInWhatCauseAndSymptomAgree) {
  signatures::SignatureSet set;
  set.signatures = {signature("S", 1001), signature("C", 1002), signature("R", 1003)};
  set.signatures[1].explains = {"S"};
  set.signatures[1].explains_same = {{"S", {"g"}}};
  set.signatures[2].explains = {"S", "C"};
  const SignatureGraph graph(set);
  using Fields = std::vector<std::string>;
  EXPECT_EQ(graph.same(1, 0), Fields{"g"});
  EXPECT_EQ(graph.same(2, 0), Fields{});
  EXPECT_EQ(graph.places(0), std::vector<Fields>{{"g"}});
  EXPECT_EQ(graph.places(1), std::vector<Fields>{{"g"}});
  EXPECT_TRUE(graph.places(2).empty());
}

TEST(SignatureGraph, EndsWhereSignaturesExplainEachOther) {
  signatures::SignatureSet set;
  set.signatures = {signature("A", 1001), signature("B", 1002)};
  set.signatures[0].explains = {"B"};
  set.signatures[1].explains = {"A"};
  EXPECT_EQ(SignatureGraph(set).causes_first(), (Rules{1, 0}));
}

TEST(SignatureGraph, KnowsWhoseTextsAskForWhom) {
  signatures::SignatureSet set;
  set.signatures = {signature("A", 1001), signature("B", 1002)};
  using Kind = signatures::Condition::Kind;
  set.signatures[1].diagnoses = {
      diagnosis({condition(Kind::kFieldPresent, "A"), condition(Kind::kIncidentOpen, "A")}, "")};
  const SignatureGraph graph(set);
  EXPECT_EQ(graph.watchers(0), Rules{1});
  EXPECT_TRUE(graph.watches(1));
  EXPECT_FALSE(graph.watches(0));
}

}  // namespace
}  // namespace cmgmon::incidents
