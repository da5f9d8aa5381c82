#include <windows.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/machine.h"
#include "platform/service_control.h"

namespace cmgmon::platform {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::milliseconds kWait{10'000};

// A service that is registered and never started; starting one is tested with the SCM host.
class ServiceControl : public ::testing::Test {
 protected:
  ServiceControl() : name_("cmgmon-test-" + std::to_string(::GetCurrentProcessId())) {}
  ~ServiceControl() override {
    base::ignore(uninstall_service(name_), "most tests do it themselves");
  }

  ServiceDefinition definition() const {
    return {name_, "Test of CMG Health Monitor", "Überwachung",
            "\"" + executable_path() + "\" service run"};
  }
  std::string name_;
};

TEST_F(ServiceControl, InstallsOnceAndUninstalls) {
  EXPECT_EQ(query_service(name_)->state, ServiceState::kNotInstalled);
  const auto installed = install_service(definition());
  ASSERT_TRUE(installed) << describe(installed.error());
  const auto status = query_service(name_);
  ASSERT_TRUE(status) << describe(status.error());
  EXPECT_EQ(status->state, ServiceState::kStopped);
  EXPECT_EQ(status->process_id, 0U);

  const auto again = install_service(definition());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, base::ErrorKind::kExists);
  EXPECT_THAT(again.error().message, HasSubstr(name_));

  const auto removed = uninstall_service(name_);
  ASSERT_TRUE(removed) << describe(removed.error());
  EXPECT_EQ(query_service(name_)->state, ServiceState::kNotInstalled);
}

TEST_F(ServiceControl, NamesTheStepsThatTheSystemDoesNotKnow) {
  ASSERT_TRUE(install_service(definition()));
  const auto skipped = configure_service(name_);
  ASSERT_TRUE(skipped) << describe(skipped.error());
  for (const std::string& step : *skipped) {
    EXPECT_THAT(step, HasSubstr("(error 124)"));
  }
  EXPECT_LE(skipped->size(), 4U);
}

TEST_F(ServiceControl, StoppingAStoppedServiceIsFine) {
  ASSERT_TRUE(install_service(definition()));
  const auto stopped = stop_service(name_, kWait);
  EXPECT_TRUE(stopped) << describe(stopped.error());
}

TEST_F(ServiceControl, AbsentServiceIsNotFound) {
  const base::Error errors[] = {uninstall_service(name_).error(), configure_service(name_).error(),
                                start_service(name_, kWait).error(),
                                stop_service(name_, kWait).error()};
  for (const base::Error& error : errors) {
    EXPECT_EQ(error.kind, base::ErrorKind::kNotFound) << describe(error);
    EXPECT_THAT(error.remedy, HasSubstr("service install"));
  }
}

}  // namespace
}  // namespace cmgmon::platform
