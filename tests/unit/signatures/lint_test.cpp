#include "signatures/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/rules.h"

namespace cmgmon::signatures {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kGood = R"(references: [https://example.org]
detection: {a: {Message|contains: it was refused}, condition: a}
x-cmgmon:
  version: 1
  event_id: 1501
  diagnosis: [{otherwise: true, cause: It was refused.}]
  clear: {quiet: 1h}
)";

std::vector<std::string> warnings(const std::string& what, const std::string& by) {
  std::string rule = test::rule_head(1) + kGood;
  const auto at = rule.find(what);
  EXPECT_NE(at, std::string::npos);
  std::vector<std::string> said;
  for (const auto& complaint :
       warnings_about(test::rules_from(rule.replace(at, what.size(), by)))) {
    said.push_back(base::describe(complaint));
  }
  return said;
}

TEST(Lint, HasNothingToSayAboutAGoodRule) {
  EXPECT_THAT(warnings("", ""), IsEmpty());
}

TEST(Lint, SaysWhatIsMostLikelyNotMeant) {
  const struct {
    const char* name;
    const char* what;
    const char* by;
    const char* said;
  } rows[] = {
      {"event id of the product", "1501", "1400", "rule.yaml:1:1: TEST-1001: the event id 1400 "},
      {"no diagnosis", "  diagnosis: [{otherwise: true, cause: It was refused.}]\n", "",
       "will not say why"},
      {"no end", "  clear: {quiet: 1h}\n", "", "nothing ever ends its incidents"},
      {"no reference", "references: [https://example.org]\n", "", "no 'references'"},
      {"forgeable", "it was refused", "It_Was_Refused", "rule.yaml:8:17: 'it_was_refused' can"},
      {"forgeable recovery", "quiet: 1h",
       "recovery: [{name: good, detection: {Message|contains: All_Is_Well}}]",
       "taken for the recovery 'good'"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_THAT(warnings(row.what, row.by), ElementsAre(HasSubstr(row.said)));
  }
}

}  // namespace
}  // namespace cmgmon::signatures
