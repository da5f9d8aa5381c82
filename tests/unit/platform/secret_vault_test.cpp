#include "platform/secret_vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace cmgmon::platform {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SecretVault : public testing::Test {
 protected:
  support::TempFolder root_;
  std::string folder_ = root_.file("state/secrets");
};

TEST_F(SecretVault, KeepsReplacesAndForgets) {
  EXPECT_THAT(kept_secret_names(folder_).value(), IsEmpty());
  const std::string odd("p\xC3\xA4ss \"word'\0%1\r", 17);
  ASSERT_TRUE(keep_secret(folder_, "smtp", odd));
  ASSERT_TRUE(keep_secret(folder_, "Hook-2_b", "https://example.org/x"));
  EXPECT_EQ(kept_secret(folder_, "smtp").value(), odd);
  ASSERT_TRUE(keep_secret(folder_, "smtp", "other"));
  EXPECT_EQ(kept_secret(folder_, "smtp").value(), "other");
  EXPECT_EQ(kept_secret(folder_, "HOOK-2_B").value(), "https://example.org/x");
  EXPECT_THAT(kept_secret_names(folder_).value(), ElementsAre("hook-2_b", "smtp"));
  ASSERT_TRUE(forget_secret(folder_, "smtp"));
  EXPECT_EQ(kept_secret(folder_, "smtp").error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(forget_secret(folder_, "smtp").error().kind, base::ErrorKind::kNotFound);
}

TEST_F(SecretVault, TakesNoNameThatLeavesItsFolder) {
  for (const char* name : {"", "..", "../x", "a/b", "a\\b", "a.b", "a:b", "caf\xC3\xA9", " "}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(keep_secret(folder_, name, "x").error().kind, base::ErrorKind::kInvalid);
    EXPECT_EQ(kept_secret(folder_, name).error().kind, base::ErrorKind::kInvalid);
    EXPECT_EQ(forget_secret(folder_, name).error().kind, base::ErrorKind::kInvalid);
  }
  EXPECT_FALSE(keep_secret(folder_, std::string(65, 'a'), "x"));
  EXPECT_TRUE(keep_secret(folder_, std::string(64, 'a'), "x"));
}

TEST_F(SecretVault, BoundsAValue) {
  EXPECT_FALSE(keep_secret(folder_, "a", ""));
  EXPECT_FALSE(keep_secret(folder_, "a", std::string(kMaxSecretBytes + 1, 'x')));
  const std::string large(kMaxSecretBytes, 'x');
  ASSERT_TRUE(keep_secret(folder_, "a", large));
  EXPECT_EQ(kept_secret(folder_, "a").value(), large);
}

#ifdef _WIN32
TEST_F(SecretVault, IsEncryptedAndBoundToItsName) {
  ASSERT_TRUE(keep_secret(folder_, "a", "hunter2hunter2"));
  const std::string sealed = root_.read("state/secrets/a.secret");
  EXPECT_THAT(sealed, Not(HasSubstr("hunter2")));
  root_.write("state/secrets/b.secret", sealed);
  const auto renamed = kept_secret(folder_, "b");
  ASSERT_FALSE(renamed);
  EXPECT_THAT(renamed.error().remedy, HasSubstr("cmgmon secret set b"));
  root_.write("state/secrets/a.secret", "garbage");
  EXPECT_FALSE(kept_secret(folder_, "a"));
}
#endif

}  // namespace
}  // namespace cmgmon::platform
