#include <gtest/gtest.h>

#include "platform/service_control.h"

namespace cmgmon::platform {
namespace {

TEST(ServiceControl, IsUnsupportedHere) {
  const std::string name = "CmgHealthMonitor";
  const std::chrono::milliseconds wait{1};
  const base::ErrorKind kinds[] = {install_service({name, name, "", ""}).error().kind,
                                   uninstall_service(name).error().kind,
                                   configure_service(name).error().kind,
                                   start_service(name, wait).error().kind,
                                   stop_service(name, wait).error().kind,
                                   query_service(name).error().kind};
  for (const base::ErrorKind kind : kinds) {
    EXPECT_EQ(kind, base::ErrorKind::kUnsupported);
  }
}

}  // namespace
}  // namespace cmgmon::platform
