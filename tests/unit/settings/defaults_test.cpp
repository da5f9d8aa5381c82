#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/settings.h"
#include "settings_fixture.h"
#include "support/temp_folder.h"

namespace cmgmon::settings {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string existing_folder;
bool is_existing(const std::string& path) {
  return path == existing_folder;
}

TEST(ShippedPacks, StandBesideTheProgramOrInItsOwnBuildTree) {
  struct Row {
    const char* name;
    std::string program;
    std::string existing;
    std::string found;
  };
  const Row rows[] = {
      {"installed", rooted("/opt/cmg/cmgmon"), rooted("/opt/cmg/packs"), rooted("/opt/cmg/packs")},
      {"build tree", rooted("/src/build/release/bin/cmgmon"), rooted("/src/config/packs"),
       rooted("/src/config/packs")},
      {"not every folder three levels up", rooted("/opt/x/y/cmgmon"), rooted("/config/packs"), ""},
      {"bin alone is not enough", rooted("/usr/local/bin/cmgmon"), rooted("/config/packs"), ""},
      {"nothing there", rooted("/opt/cmg/cmgmon"), "", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    existing_folder = row.existing;
    EXPECT_EQ(shipped_packs_folder(row.program, is_existing), row.found);
  }
}

TEST(LoadSettings, WithoutAFileTheBuiltInValuesHold) {
  const support::TempFolder folder;
  Machine machine = test_machine();
  machine.data_folder = folder.path();
  const Loaded loaded = load_settings(machine, {});
  ASSERT_TRUE(loaded.settings.has_value());
  EXPECT_EQ(loaded.file, "");
  EXPECT_EQ(loaded.settings->data_folder, folder.path());
}

TEST(LoadSettings, ReadsTheFileOfTheDataFolder) {
  const support::TempFolder folder;
  Machine machine = test_machine();
  machine.data_folder = folder.path();
  const std::string file = folder.write("cmgmon.yaml", "host: FROMFILE\r\n");
  const Loaded loaded = load_settings(machine, {});
  ASSERT_TRUE(loaded.settings.has_value());
  EXPECT_TRUE(base::same_path(loaded.settings->file, file));
  EXPECT_EQ(loaded.settings->host, "FROMFILE");
}

TEST(LoadSettings, ReadsTheFileOfTheCommandLineInstead) {
  const support::TempFolder folder;
  Machine machine = test_machine();
  machine.data_folder = folder.path();
  folder.write("cmgmon.yaml", "host: [broken\n");
  Overrides overrides;
  overrides.config_file = folder.write("other.yaml", "data_folder: below\n");
  const Loaded loaded = load_settings(machine, overrides);
  ASSERT_TRUE(loaded.settings.has_value());
  EXPECT_TRUE(base::same_path(loaded.settings->data_folder, folder.file("below")));
}

TEST(LoadSettings, RelativePathsOfTheCommandLineStartAtTheWorkingFolder) {
  Overrides overrides;
  overrides.data_folder = "no-such-folder";
  overrides.sources.push_back({"iis", "logs/*.log", true, {}});
  const Loaded loaded = load_settings(test_machine(), overrides);
  ASSERT_TRUE(loaded.settings.has_value());
  EXPECT_TRUE(base::is_absolute_path(loaded.settings->data_folder));
  EXPECT_TRUE(base::is_absolute_path(loaded.settings->sources.at(0).path));
  EXPECT_THAT(loaded.settings->sources[0].path, HasSubstr("*.log"));
}

TEST(LoadSettings, AFileThatWasAskedForMustBeThere) {
  const support::TempFolder folder;
  Overrides overrides;
  overrides.config_file = folder.file("absent.yaml");
  const Loaded loaded = load_settings(test_machine(), overrides);
  EXPECT_FALSE(loaded.settings.has_value());
  ASSERT_TRUE(loaded.unreadable.has_value());
  EXPECT_EQ(loaded.unreadable->kind, base::ErrorKind::kNotFound);
  EXPECT_THAT(loaded.complaints, SizeIs(1));
}

TEST(LoadSettings, AFolderInPlaceOfTheFileIsAnError) {
  const support::TempFolder folder;
  Machine machine = test_machine();
  machine.data_folder = folder.path();
  folder.write("cmgmon.yaml/inside.txt", "x");
  const Loaded loaded = load_settings(machine, {});
  EXPECT_FALSE(loaded.settings.has_value());
  EXPECT_TRUE(loaded.unreadable.has_value());
}

TEST(LoadSettings, MistakesNameTheFile) {
  const support::TempFolder folder;
  Machine machine = test_machine();
  machine.data_folder = folder.path();
  const std::string file = folder.write("cmgmon.yaml", "version: 1\nhost: a\nlogs: {}\n");
  const Loaded loaded = load_settings(machine, {});
  EXPECT_FALSE(loaded.settings.has_value());
  EXPECT_FALSE(loaded.unreadable.has_value());
  ASSERT_THAT(loaded.complaints, SizeIs(1));
  EXPECT_THAT(base::describe(loaded.complaints[0]),
              HasSubstr("cmgmon.yaml:3:1: unknown key 'logs'"));
}

TEST(ThisMachine, HasANameAndADataFolder) {
  const Machine machine = this_machine();
  EXPECT_FALSE(machine.host.empty());
  EXPECT_TRUE(base::is_absolute_path(machine.data_folder));
}

}  // namespace
}  // namespace cmgmon::settings
