#include "sinks/diary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/time.h"
#include "support/temp_folder.h"

namespace cmgmon::sinks {
namespace {

using testing::HasSubstr;
using testing::Not;

DiaryOptions options(const support::TempFolder& folder,
                     const std::string& name = "log/cmgmon.log") {
  DiaryOptions made;
  made.path = folder.file(name);
  return made;
}

TEST(Diary, WritesOneLinePerEntryAtOnce) {
  const support::TempFolder folder;
  auto diary = Diary::open(options(folder));
  ASSERT_TRUE(diary.has_value());
  (*diary)->write(DiaryLevel::kDebug, "not this");
  (*diary)->write(DiaryLevel::kInfo, "started {} %s");
  (*diary)->write(DiaryLevel::kError, "bad\r\nthing \x1b[31m");
  const std::string text = folder.read("log/cmgmon.log");
  EXPECT_TRUE(base::from_rfc3339(text.substr(0, 24)).has_value()) << text;
  EXPECT_EQ(text.substr(24, text.find_first_of("\r\n") - 24), " info    started {} %s");
  EXPECT_THAT(text, HasSubstr("error   bad\\r\\nthing \\u001B[31m"));
  EXPECT_THAT(text, Not(HasSubstr("not this")));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ((*diary)->lost(), 0U);
}

TEST(Diary, GoesOnWhereItWas) {
  const support::TempFolder folder;
  for (const char* entry : {"first", "second"}) {
    auto diary = Diary::open(options(folder));
    ASSERT_TRUE(diary.has_value());
    (*diary)->write(DiaryLevel::kInfo, entry);
  }
  const std::string text = folder.read("log/cmgmon.log");
  EXPECT_LT(text.find("first"), text.find("second"));
  EXPECT_NE(text.find("second"), std::string::npos);
}

TEST(Diary, RotatesBySize) {
  const support::TempFolder folder;
  auto wanted = options(folder);
  wanted.max_size_bytes = 1000;
  wanted.files = 3;
  auto diary = Diary::open(wanted);
  ASSERT_TRUE(diary.has_value());
  for (int i = 0; i < 100; ++i) {
    (*diary)->write(DiaryLevel::kInfo, "entry " + std::to_string(i) + std::string(40, '.'));
  }
  EXPECT_THAT(folder.read("log/cmgmon.log"), HasSubstr("entry 99."));
  EXPECT_LE(folder.read("log/cmgmon.log").size(), 1000U);
  EXPECT_THAT(folder.read("log/cmgmon.1.log"), Not(testing::IsEmpty()));
  EXPECT_THAT(folder.read("log/cmgmon.2.log"), Not(testing::IsEmpty()));
  EXPECT_EQ(folder.read("log/cmgmon.3.log"), "");
}

TEST(Diary, NamesAreUtf8) {
  const support::TempFolder folder;
  auto diary = Diary::open(options(folder, "Protokolle \xc3\xbc\xe2\x82\xac/cmgmon.log"));
  ASSERT_TRUE(diary.has_value());
  (*diary)->write(DiaryLevel::kWarning, "gr\xc3\xbc\xc3\x9f");
  EXPECT_THAT(folder.read("Protokolle \xc3\xbc\xe2\x82\xac/cmgmon.log"),
              HasSubstr("gr\xc3\xbc\xc3\x9f"));
}

TEST(Diary, AnUnusablePathIsAnErrorWithARemedy) {
  const support::TempFolder folder;
  folder.write("log", "a file where the folder should be");
  const auto no_folder = Diary::open(options(folder));
  ASSERT_FALSE(no_folder.has_value());
  folder.write("there/cmgmon.log/inside.txt", "a folder where the file should be");
  const auto no_file = Diary::open(options(folder, "there/cmgmon.log"));
  ASSERT_FALSE(no_file.has_value());
  EXPECT_THAT(no_file.error().message, HasSubstr("cmgmon.log"));
  EXPECT_FALSE(no_file.error().remedy.empty());
}

TEST(DiaryLevel, IsNamed) {
  EXPECT_EQ(diary_level_named("debug"), DiaryLevel::kDebug);
  EXPECT_EQ(diary_level_named("info"), DiaryLevel::kInfo);
  EXPECT_EQ(diary_level_named("warning"), DiaryLevel::kWarning);
  EXPECT_EQ(diary_level_named("error"), DiaryLevel::kError);
  EXPECT_EQ(diary_level_named("loud"), std::nullopt);
}

}  // namespace
}  // namespace cmgmon::sinks
