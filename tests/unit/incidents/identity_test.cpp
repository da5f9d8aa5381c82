#include "incidents/identity.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "unit/incidents/book_fixture.h"

namespace cmgmon::incidents {
namespace {

TEST(Identity, DifferentGroupsHaveDifferentFingerprints) {
  using Group = std::map<std::string, std::string>;
  const std::pair<std::string, Group> everything[] = {
      {"A", {}},
      {"B", {}},
      {"A", {{"x", ""}}},
      {"A", {{"x", "1"}}},
      {"A", {{"y", "1"}}},
      {"A", {{"x", "1"}, {"y", "2"}}},
      {"A", {{"x", "1\ny=2"}}},
      {"A", {{"x", "1\\ny=2"}}},
      {"A", {{"x", "1\\ny\\e2"}}},
      {"A", {{"x", "1\\\ny=2"}}},
      {"A", {{"x=1\ny", "2"}}},
      {"A\nx=1", {{"y", "2"}}},
      {"A", {{"x", "a\\"}}},
      {"A", {{"x", "a\\\\"}}},
      {"A", {{"x=", "a"}}},
      {"A", {{"x", "=a"}}},
  };
  std::set<std::string> fingerprints;
  for (const auto& [name, group] : everything) {
    fingerprints.insert(fingerprint_of(name, group));
  }
  EXPECT_EQ(fingerprints.size(), std::size(everything));
}

// What receivers have stored must mean the same after an upgrade.
TEST(Identity, IsTheSameForEver) {
  EXPECT_EQ(fingerprint_of("CMG-CONN-403-CLIENTCERT", {{"endpoint", "SMS_MP"}}),
            base::stable_id("CMG-CONN-403-CLIENTCERT\nendpoint=SMS_MP"));
  EXPECT_EQ(episode_of("f", milliseconds_of(at(milliseconds(1234)))), "f-1795305601234");
  EXPECT_EQ(delivery_id_of("f-1", 2), "f-1:2");
  EXPECT_EQ(milliseconds_of(base::Time(base::Duration(-1))), -1);
}

TEST(Identity, GroupsByTheLoggedFieldsOfTheSignature) {
  auto rule = signature("A", 1001);
  rule.group_by = {"host", "endpoint", "missing"};
  EXPECT_EQ(group_of(rule, {{"endpoint", "SMS_MP"}, {"host", "CP1"}, {"other", "x"}}),
            (std::map<std::string, std::string>{{"endpoint", "SMS_MP"}, {"host", "CP1"}}));
}

TEST(Identity, RecoveryKeysTellFieldsApart) {
  const auto rule = recovery("ok", {"a", "b"});
  const auto key = [&](const matches::Fields& fields) {
    return recovery_key("A", 0, rule, fields);
  };
  const std::string keys[] = {key({}),
                              key({{"a", ""}}),
                              key({{"b", ""}}),
                              key({{"a", "1"}, {"b", "2"}}),
                              key({{"a", "2"}, {"b", "1"}}),
                              key({{"a", "1\n1:2"}}),
                              recovery_key("A", 1, rule, {}),
                              recovery_key("B", 0, rule, {})};
  EXPECT_EQ(std::set<std::string>(std::begin(keys), std::end(keys)).size(), std::size(keys));
  EXPECT_EQ(key({{"a", "SMS_MP"}}), key({{"a", "sms_mp"}, {"c", "not asked"}}));
}

TEST(Identity, WhatBeginsWithOneEventEndsWithAnother) {
  Transition transition;
  transition.incident.event_id = 1002;
  for (const auto& [kind, id] :
       {std::pair(TransitionKind::kRaised, 1002), std::pair(TransitionKind::kUpdated, 1002),
        std::pair(TransitionKind::kCleared, 2002)}) {
    SCOPED_TRACE(name_of(kind));
    transition.kind = kind;
    EXPECT_EQ(event_id_of(transition), id);
  }
}

}  // namespace
}  // namespace cmgmon::incidents
