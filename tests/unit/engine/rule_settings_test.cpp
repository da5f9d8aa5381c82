#include "engine/rule_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine_fixture.h"

namespace cmgmon::engine {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;

settings::RuleSetting about(const std::string& name) {
  settings::RuleSetting rule;
  rule.name = name;
  rule.origin = {settings::Origin::Kind::kFile, "cmgmon.yaml", 7, 3};
  return rule;
}

TEST(RuleSettings, ReplaceWhatTheyName) {
  auto set = test::small_set();
  auto& signature = set.signatures.front();
  signature.diagnoses.front().level = signatures::Level::kCritical;
  signature.quiet = std::chrono::hours(1);
  const auto before = signature;

  settings::Settings settings;
  settings.rules = {about(signature.name)};
  settings.rules[0].level = "low";
  settings.rules[0].hold = minutes(1);
  EXPECT_TRUE(apply_rule_settings(settings, set).empty());
  EXPECT_EQ(signature.level, signatures::Level::kLow);
  EXPECT_FALSE(signature.diagnoses.front().level.has_value());
  EXPECT_EQ(signature.hold, minutes(1));
  EXPECT_EQ(signature.suppress, before.suppress);
  EXPECT_EQ(signature.quiet, before.quiet);
  EXPECT_FALSE(signature.silenced);
}

TEST(RuleSettings, QuietIsATimeOrNever) {
  auto set = test::small_set();
  auto& signature = set.signatures.front();
  settings::Settings settings;
  settings.rules = {about(signature.name)};
  settings.rules[0].quiet = minutes(5);
  apply_rule_settings(settings, set);
  EXPECT_EQ(signature.quiet, minutes(5));
  settings.rules[0].quiet.reset();
  settings.rules[0].never_quiet = true;
  apply_rule_settings(settings, set);
  EXPECT_FALSE(signature.quiet.has_value());
}

TEST(RuleSettings, ForRulesThatNoPackHasAreSaidAndIgnored) {
  auto set = test::small_set();
  settings::Settings settings;
  settings.rules = {about("TEST-40"), about("COMPLETELY-DIFFERENT")};
  const auto unknown = apply_rule_settings(settings, set);
  ASSERT_EQ(unknown.size(), 2U);
  EXPECT_EQ(unknown[0].line, 7);
  EXPECT_EQ(unknown[0].column, 3);
  EXPECT_THAT(unknown[0].message, HasSubstr("did you mean 'TEST-403'?"));
  EXPECT_THAT(unknown[1].message, HasSubstr("rules list"));
}

}  // namespace
}  // namespace cmgmon::engine
