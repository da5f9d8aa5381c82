#include "platform/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/path.h"
#include "platform/files.h"

namespace cmgmon::platform {
namespace {

using ::testing::Contains;

TEST(Machine, HasANameWithoutBlanks) {
  const std::string name = host_name();
  EXPECT_FALSE(name.empty());
  EXPECT_EQ(name.find_first_of(" \t\r\n\0"), std::string::npos) << name;
}

TEST(Machine, KnowsItsAddressesOnce) {
  const std::vector<std::string> addresses = local_addresses();
  EXPECT_THAT(addresses, Contains("127.0.0.1"));
  EXPECT_EQ(std::set<std::string>(addresses.begin(), addresses.end()).size(), addresses.size());
  for (const std::string& address : addresses) {
    EXPECT_EQ(address.find('%'), std::string::npos) << address;
  }
}

TEST(Machine, KnowsItsProgram) {
  EXPECT_TRUE(file_exists(executable_path())) << executable_path();
  EXPECT_TRUE(base::file_name(executable_path()).starts_with("unit_platform"));
}

TEST(Machine, DataFolderIsAbsoluteAndOurs) {
  const std::string folder = default_data_folder();
  EXPECT_TRUE(base::is_absolute_path(folder)) << folder;
  const std::string name(base::file_name(folder));
  EXPECT_TRUE(name == "cmgmon" || name == "CmgHealthMonitor") << name;
}

TEST(ExpandEnvironment, ReplacesKnownNamesOnly) {
  const char* const value = std::getenv("PATH");
  ASSERT_NE(value, nullptr);
  const std::string path = value;
  struct Row {
    const char* name;
    std::string text;
    std::string want;
  };
  const Row rows[] = {
      {"nothing", "", ""},
      {"plain", R"(C:\Logs\a.log)", R"(C:\Logs\a.log)"},
      {"whole", "%PATH%", path},
      {"inside", "<%PATH%>", "<" + path + ">"},
      {"twice", "%PATH%%PATH%", path + path},
      {"unknown", R"(%CMGMON_NONE%\a.log)", R"(%CMGMON_NONE%\a.log)"},
      {"one sign", "100% of %", "100% of %"},
      {"unknown then known", "50% of %PATH%", "50% of " + path},
      {"no name", "%%PATH%", "%" + path},
      {"open at the end", "%PATH%%PATH", path + "%PATH"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(expand_environment(row.text), row.want);
  }
}

}  // namespace
}  // namespace cmgmon::platform
