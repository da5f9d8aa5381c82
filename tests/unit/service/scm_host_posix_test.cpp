#include <gtest/gtest.h>

#include "service/scm_host.h"

namespace cmgmon::service {
namespace {

TEST(ScmHost, IsUnsupportedHere) {
  bool ran = false;
  const auto code = run_under_scm("CmgHealthMonitor", [&](ServiceSession&) {
    ran = true;
    return 0;
  });
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().kind, base::ErrorKind::kUnsupported);
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace cmgmon::service
