#include <windows.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "base/path.h"
#include "platform/machine.h"
#include "platform/native_path.h"
#include "platform/service_control.h"
#include "service/scm_host.h"

namespace cmgmon::service {
namespace {

using platform::ServiceState;
using ::testing::HasSubstr;

// The SCM's own patience; a passing test never waits for it.
constexpr std::chrono::milliseconds kWait{30'000};

// scm_probe stands beside the test and is run by the real SCM.
class ScmHost : public ::testing::Test {
 protected:
  // Process ids come again while a service of the last one is still marked for deletion.
  ScmHost()
      : name_("cmgmon-probe-" + std::to_string(::GetCurrentProcessId()) + "-" +
              std::to_string(std::random_device{}())) {}
  ~ScmHost() override {
    base::ignore(platform::uninstall_service(name_), "not every test installs it");
  }

  void install(const std::string& mode) {
    const std::string program =
        base::join_path(base::parent_path(platform::executable_path()), "scm_probe.exe");
    // Display names must be unique, too, and tests run side by side.
    const auto installed = platform::install_service(
        {name_, "Probe " + name_, "", "\"" + program + "\" " + name_ + " " + mode});
    ASSERT_TRUE(installed) << describe(installed.error());
  }

  platform::ServiceStatus status() const { return platform::query_service(name_).value(); }

  std::string name_;
};

TEST_F(ScmHost, StartsRunsAndStops) {
  install("works");
  for (int round = 0; round < 2; ++round) {
    const auto started = platform::start_service(name_, kWait);
    ASSERT_TRUE(started) << describe(started.error());
    EXPECT_EQ(status().state, ServiceState::kRunning);
    EXPECT_NE(status().process_id, 0U);
    const auto again = platform::start_service(name_, kWait);
    EXPECT_TRUE(again) << describe(again.error());
    const auto stopped = platform::stop_service(name_, kWait);
    ASSERT_TRUE(stopped) << describe(stopped.error());
    EXPECT_EQ(status().state, ServiceState::kStopped);
    EXPECT_EQ(status().exit_code, 0U);
  }
}

TEST_F(ScmHost, FailedStartTellsItsExitCode) {
  for (const bool throws : {false, true}) {
    SCOPED_TRACE(throws ? "throws" : "fails");
    install(throws ? "throws" : "fails");
    const auto started = platform::start_service(name_, kWait);
    ASSERT_FALSE(started);
    EXPECT_EQ(status().state, ServiceState::kStopped);
    EXPECT_EQ(status().exit_code, static_cast<unsigned long>(ERROR_SERVICE_SPECIFIC_ERROR));
    EXPECT_EQ(status().specific_exit_code, throws ? 1U : 2U);
    EXPECT_THAT(started.error().message, HasSubstr(throws ? "exit code 1" : "exit code 2"));
    ASSERT_TRUE(platform::uninstall_service(name_));
  }
}

TEST_F(ScmHost, PassesParameterChangesOn) {
  install("works");
  ASSERT_TRUE(platform::start_service(name_, kWait));
  const SC_HANDLE manager = ::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
  const SC_HANDLE service = ::OpenServiceW(manager, platform::to_wide(name_).c_str(),
                                           SERVICE_PAUSE_CONTINUE | SERVICE_QUERY_STATUS);
  SERVICE_STATUS answer{};
  EXPECT_NE(::ControlService(service, SERVICE_CONTROL_PARAMCHANGE, &answer), 0) << ::GetLastError();
  ::CloseServiceHandle(service);
  ::CloseServiceHandle(manager);
  const auto end = std::chrono::steady_clock::now() + kWait;
  while (status().state != ServiceState::kStopped && std::chrono::steady_clock::now() < end) {
    ::SwitchToThread();
  }
  EXPECT_EQ(status().specific_exit_code, 7U);
}

TEST_F(ScmHost, UninstallStopsIt) {
  install("works");
  ASSERT_TRUE(platform::start_service(name_, kWait));
  const auto removed = platform::uninstall_service(name_);
  ASSERT_TRUE(removed) << describe(removed.error());
  EXPECT_EQ(status().state, ServiceState::kNotInstalled);
}

TEST_F(ScmHost, SaysWhenAPersonStartedIt) {
  const auto code = run_under_scm(name_, [](ServiceSession&) { return 0; });
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().kind, base::ErrorKind::kUnsupported);
  EXPECT_EQ(code.error().os_code, ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
  EXPECT_THAT(code.error().remedy, HasSubstr("cmgmon run"));
}

}  // namespace
}  // namespace cmgmon::service
