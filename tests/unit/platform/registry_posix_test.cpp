#include <gtest/gtest.h>

#include "platform/registry.h"

namespace cmgmon::platform {
namespace {

TEST(Registry, IsUnsupportedHere) {
  const auto value = read_registry_value(R"(HKLM\SOFTWARE\Microsoft\SMS)", "VerboseLogging");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().kind, base::ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace cmgmon::platform
