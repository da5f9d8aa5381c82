#include "base/hash.h"

#include <gtest/gtest.h>

#include <set>

namespace cmgmon::base {
namespace {

// These values are stored by users and by central monitoring: they may never change.
TEST(StableId, NeverChanges) {
  EXPECT_EQ(stable_id(""), "971bce8641555b768c8e30d9735a4017");
  EXPECT_EQ(stable_id("CMG-CONN-403-CLIENTCERT"), "6ae6aad7c62356068dc4804cf22a4e5e");
}

TEST(StableId, IsThirtyTwoHexDigitsAndDiffersByEveryByte) {
  std::set<std::string> ids;
  for (const std::string& name :
       {std::string("a"), std::string("b"), std::string("a\0", 2), std::string("A")}) {
    const std::string id = stable_id(name);
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 4U);
}

// From the reference test vectors of FNV-1a, 64 bits.
TEST(ContentHash, IsFnv1a) {
  EXPECT_EQ(content_hash(""), 0xcbf29ce484222325U);
  EXPECT_EQ(content_hash("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(content_hash("foobar"), 0x85944171f73967e8U);
}

}  // namespace
}  // namespace cmgmon::base
