#include "service/renewal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/operator_requests.h"
#include "support/temp_folder.h"

namespace cmgmon::service {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kRule = R"(title: Contoso agent refused
id: 6d0f1c1e-6c37-4a0e-9f5b-0c6f5a3c1500
name: CONTOSO-REFUSED
status: stable
level: high
description: for tests
references: [https://example.org]
logsource: {product: contoso, service: agent}
detection:
  refused: {Message|contains: 'refused by the server'}
  condition: refused
x-cmgmon: {version: 1, event_id: 1500, diagnosis: [{otherwise: true, cause: c, resolution: [r]}]}
)";

class RenewalTest : public ::testing::Test {
 protected:
  RenewalTest() {
    folder_.write("packs/contoso/pack.yaml",
                  "pack: contoso\nversion: 1.0.0\nformat: cmgmon/pack/1\n"
                  "services:\n  agent: {title: Agent, files: [Agent.log]}\n");
    folder_.write("packs/contoso/refused.yaml", kRule);
    machine_ = {"CP1", folder_.file("data"), folder_.file("packs")};
    folder_.write("data/cmgmon.yaml", "version: 1\n");
    auto loaded = settings::load_settings(machine_, {});
    EXPECT_TRUE(loaded.settings.has_value());
    renewal_.emplace(machine_, settings::Overrides{}, *loaded.settings);
  }

  // The first look sees that something has changed, the second one judges it.
  engine::Wishes look_twice() {
    const auto first = renewal_->look();
    EXPECT_TRUE(first.ask_again_soon);
    EXPECT_FALSE(first.reload);
    return renewal_->look();
  }

  support::TempFolder folder_;
  settings::Machine machine_;
  std::optional<Renewal> renewal_;
};

TEST_F(RenewalTest, NothingChangedMeansNothing) {
  const auto wishes = renewal_->look();
  EXPECT_FALSE(wishes.reload);
  EXPECT_FALSE(wishes.ask_again_soon);
  EXPECT_THAT(wishes.notices, IsEmpty());
  EXPECT_FALSE(renewal_->take().has_value());
}

TEST_F(RenewalTest, AChangedPackIsReadAnew) {
  folder_.append("packs/contoso/refused.yaml", "author: Contoso\n");
  EXPECT_TRUE(look_twice().reload);
  const auto next = renewal_->take();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->set.signatures.size(), 1U);
  EXPECT_FALSE(renewal_->look().ask_again_soon);  // it is what is in force now
}

TEST_F(RenewalTest, ChangedSettingsAreReadAnewWithTheirRules) {
  folder_.write(
      "data/cmgmon.yaml",
      "version: 1\nrules:\n  CONTOSO-REFUSED: {level: low}\n  CONTOSO-GONE: {level: low}\n");
  EXPECT_TRUE(look_twice().reload);
  const auto next = renewal_->take();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->set.signatures.front().level, signatures::Level::kLow);
  ASSERT_EQ(next->ignored.size(), 1U);
  EXPECT_THAT(next->ignored.front().message, HasSubstr("CONTOSO-GONE"));
}

TEST_F(RenewalTest, OtherPackFoldersAreReadOnceAndWatchedFromThen) {
  folder_.write("more/contoso/pack.yaml", folder_.read("packs/contoso/pack.yaml"));
  folder_.write("more/contoso/refused.yaml", kRule);
  folder_.write("data/cmgmon.yaml", "version: 1\npacks: ['" + folder_.file("more") + "']\n");
  EXPECT_TRUE(look_twice().reload);
  ASSERT_TRUE(renewal_->take().has_value());
  EXPECT_FALSE(renewal_->look().ask_again_soon);  // nothing has changed since
  EXPECT_THAT(renewal_->folders(), Contains(folder_.file("more")));
  folder_.append("more/contoso/refused.yaml", "author: Contoso\n");
  EXPECT_TRUE(look_twice().reload);
}

TEST_F(RenewalTest, WhatIsInvalidIsRefusedOnceAndSaidWhere) {
  struct Row {
    const char* name;
    const char* file;
    std::string text;
    int event_id;
    const char* says;
  };
  const std::string rule = kRule;
  const Row rows[] = {
      {"settings", "data/cmgmon.yaml", "version: 1\nhots: x\n", 310, "cmgmon.yaml:2:1"},
      {"a sink", "data/cmgmon.yaml", "version: 1\nsinks: {x: {type: nothing}}\n", 310, "nothing"},
      {"a log service", "data/cmgmon.yaml",
       "version: 1\nsources: [{service: agnet, path: a.log}]\n", 310, "did you mean 'agent'"},
      {"a rule", "packs/contoso/refused.yaml", rule + "nonsense: 1\n", 311, "refused.yaml:"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string before = folder_.read(row.file);
    folder_.write(row.file, row.text);
    const auto wishes = look_twice();
    EXPECT_FALSE(wishes.reload);
    ASSERT_EQ(wishes.notices.size(), 1U);
    EXPECT_EQ(wishes.notices[0].event_id, row.event_id);
    EXPECT_THAT(wishes.notices[0].message, HasSubstr(row.says));
    EXPECT_TRUE(wishes.change_refused);
    EXPECT_TRUE(renewal_->look().change_refused);
    EXPECT_THAT(renewal_->look().notices, IsEmpty());
    EXPECT_FALSE(renewal_->take().has_value());
    folder_.write(row.file, before);  // as it was: what is in force
    EXPECT_THAT(renewal_->look().notices, IsEmpty());
    EXPECT_FALSE(renewal_->look().reload);
    EXPECT_FALSE(renewal_->look().change_refused);
  }
}

TEST_F(RenewalTest, AnOperatorsRequestIsPassedOn) {
  const std::string state = folder_.file("data/state");
  ASSERT_TRUE(request_clear(state, "0123abcd").has_value());
  for (int look = 0; look < 2; ++look) {  // it stays until it is saved that it was met
    EXPECT_THAT(renewal_->look().to_clear, ElementsAre("0123abcd"));
  }
  const auto wishes = renewal_->look();
  ASSERT_TRUE(wishes.cleared);
  wishes.cleared();
  EXPECT_THAT(renewal_->look().to_clear, IsEmpty());
}

TEST_F(RenewalTest, KnowsWhereChangesAreToBeExpected) {
  EXPECT_THAT(renewal_->folders(), Contains(HasSubstr("contoso")));
  EXPECT_TRUE(Renewal::matters(folder_.file("data/cmgmon.yaml")));
  EXPECT_TRUE(Renewal::matters(folder_.file("data/state/requests/0123abcd.clear")));
  EXPECT_FALSE(Renewal::matters(folder_.file("data/state/state.json")));
}

}  // namespace
}  // namespace cmgmon::service
