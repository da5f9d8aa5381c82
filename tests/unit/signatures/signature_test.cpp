#include "signatures/signature.h"

#include <gtest/gtest.h>

namespace cmgmon::signatures {
namespace {

TEST(Level, NamesGoBothWays) {
  for (const auto level :
       {Level::kInformational, Level::kLow, Level::kMedium, Level::kHigh, Level::kCritical}) {
    EXPECT_EQ(level_named(name_of(level)), level);
  }
  EXPECT_EQ(level_named("High"), std::nullopt);
  EXPECT_LT(Level::kLow, Level::kCritical);
}

TEST(Status, NamesGoBothWays) {
  for (const auto status : {Status::kStable, Status::kTest, Status::kExperimental,
                            Status::kDeprecated, Status::kUnsupported}) {
    EXPECT_EQ(status_named(name_of(status)), status);
  }
  EXPECT_EQ(status_named(""), std::nullopt);
}

TEST(SignatureSet, FindsByName) {
  SignatureSet set;
  set.signatures.resize(2);
  set.signatures[1].name = "B";
  set.services.push_back({"app", "Application", {}, {}, false});
  EXPECT_EQ(set.find("B"), &set.signatures[1]);
  EXPECT_EQ(set.find("b"), nullptr);
  EXPECT_EQ(set.find_service("app"), &set.services[0]);
  EXPECT_EQ(set.find_service("ap"), nullptr);
}

}  // namespace
}  // namespace cmgmon::signatures
