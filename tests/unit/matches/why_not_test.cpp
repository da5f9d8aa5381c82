#include "matches/why_not.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "matches/matcher.h"
#include "support/rules.h"

namespace cmgmon::matches {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const signatures::SignatureSet& rules() {
  static const signatures::SignatureSet set = test::rules_from(test::rule_head(1) + R"(
detection:
  refused: {Message|contains: was refused, Thread: 7}
  failed: {Message|contains: has failed}
  drill: {Message|contains: a drill}
  condition: (refused or failed) and not drill
x-cmgmon: {version: 1, event_id: 1001}
)");
  return set;
}

// "selection: field value", with a '!' for what holds and must not.
std::vector<std::string> obstacles(std::string_view message, std::string_view thread) {
  records::Record record;
  record.format = records::Format::kCcm;
  record.message = message;
  record.thread = thread;
  std::vector<std::string> found;
  const auto& condition = rules().signatures.front().detection.condition;
  for (const auto& obstacle : why_not(condition, record)) {
    found.push_back((obstacle.under_not ? "!" : "") + obstacle.selection + ": " +
                    obstacle.test->field + " " + obstacle.value.value_or("(absent)"));
  }
  EXPECT_EQ(found.empty(), holds(condition, record));
  return found;
}

TEST(WhyNot, NamesExactlyWhatIsInTheWay) {
  EXPECT_THAT(obstacles("it was refused", "7"), IsEmpty());
  EXPECT_THAT(obstacles("it has failed", "8"), IsEmpty());
  EXPECT_THAT(obstacles("it was refused", "8"),
              ElementsAre("refused: Thread 8", "failed: Message it was refused"));
  EXPECT_THAT(obstacles("it has failed in a drill", "8"),
              ElementsAre("!drill: Message it has failed in a drill"));
  EXPECT_THAT(obstacles("all is well", "7"),
              ElementsAre("refused: Message all is well", "failed: Message all is well"));
}

}  // namespace
}  // namespace cmgmon::matches
