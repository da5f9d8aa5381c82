#include "platform/private_folder.h"

#include <gtest/gtest.h>

#include "platform/files.h"
#include "support/temp_folder.h"

namespace cmgmon::platform {
namespace {

TEST(PrivateFolder, IsMadeWithThoseAboveItAndCanBeUsed) {
  const support::TempFolder folder;
  const std::string path = folder.file("a/b/c");
  ASSERT_TRUE(create_private_folders(path).has_value());
  ASSERT_TRUE(create_private_folders(path).has_value());  // it is there
  EXPECT_TRUE(check_owner(path).has_value());
  EXPECT_TRUE(replace_file(folder.file("a/b/c/file"), "text").has_value());
  EXPECT_EQ(read_small_file(folder.file("a/b/c/file"), 100).value(), "text");
  EXPECT_TRUE(check_owner(folder.file("a/b/c/file")).has_value());
}

TEST(PrivateFolder, WhatIsNotThereIsNobodysAndAFileIsNoFolder) {
  const support::TempFolder folder;
  EXPECT_TRUE(check_owner(folder.file("nothing")).has_value());
  folder.write("file", "text");
  EXPECT_FALSE(create_private_folders(folder.file("file")).has_value());
}

}  // namespace
}  // namespace cmgmon::platform
