#include <windows.h>

#include <gtest/gtest.h>

#include <random>

#include "engine/service_states.h"
#include "platform/machine.h"

namespace cmgmon::engine {
namespace {

using signatures::ServiceState;

TEST(ServiceStates, OfRealServices) {
  const std::string name = "cmgmon-watched-" + std::to_string(::GetCurrentProcessId()) + "-" +
                           std::to_string(std::random_device{}());
  const auto now = [&] {
    WatchedServices services({name});
    return services.states({}).at(name);
  };
  EXPECT_EQ(now(), ServiceState::kNotInstalled);
  const auto installed = platform::install_service(
      {name, "Watched " + name, "", "\"" + platform::executable_path() + "\" --nothing"});
  ASSERT_TRUE(installed) << describe(installed.error());
  EXPECT_EQ(now(), ServiceState::kStopped);
  const auto removed = platform::uninstall_service(name);
  ASSERT_TRUE(removed) << describe(removed.error());
  EXPECT_EQ(now(), ServiceState::kNotInstalled);
  // One that every Windows has, and that runs as long as it does.
  WatchedServices plug_and_play({"PlugPlay"});
  EXPECT_EQ(plug_and_play.states({}).at("PlugPlay"), ServiceState::kRunning);
}

}  // namespace
}  // namespace cmgmon::engine
