#include "engine/source_groups.h"

#include <gtest/gtest.h>

namespace cmgmon::engine {
namespace {

tail::Source at(const std::string& glob) {
  return {"connector", glob, false};
}

TEST(SourceGroups, EachServerHasItsOwnAndThisMachineTheFirst) {
  const auto groups =
      group_by_host({at(R"(\\SRV2\logs\a.log)"), at("/var/a.log"), at(R"(\\srv1\logs\a.log)"),
                     at(R"(\\?\UNC\srv2\logs\b.log)"), at(R"(\\?\C:\logs\a.log)")});
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].hosts, std::set<std::string>{""});
  EXPECT_TRUE(groups[0].roots.empty());
  ASSERT_EQ(groups[0].sources.size(), 2U);
  EXPECT_EQ(groups[0].sources[0].glob, "/var/a.log");
  EXPECT_EQ(groups[1].hosts, std::set<std::string>{"srv1"});
  EXPECT_EQ(groups[2].hosts, std::set<std::string>{"srv2"});
  EXPECT_EQ(groups[2].roots, std::set<std::string>{R"(\\SRV2)"}) << "as it is spelled first";
  EXPECT_EQ(groups[2].sources.size(), 2U);
}

TEST(SourceGroups, ThisMachineHasOneWithoutSources) {
  EXPECT_EQ(group_by_host({}).size(), 1U);
  EXPECT_EQ(group_by_host({at("//srv1/logs/a.log")}).size(), 2U);
}

TEST(SourceGroups, ServersBeyondTheLimitShare) {
  std::vector<tail::Source> sources;
  for (char name = 'a'; name <= 'g'; ++name) {
    sources.push_back(at(std::string("//") + name + "/logs/a.log"));
  }
  const auto groups = group_by_host(sources, 3);
  ASSERT_EQ(groups.size(), 4U);
  EXPECT_EQ(groups[1].hosts, (std::set<std::string>{"a", "d", "g"}));
  EXPECT_EQ(groups[2].hosts, (std::set<std::string>{"b", "e"}));
  EXPECT_EQ(groups[3].roots, (std::set<std::string>{"//c", "//f"}));
}

}  // namespace
}  // namespace cmgmon::engine
