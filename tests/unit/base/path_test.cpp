#include "base/path.h"

#include <gtest/gtest.h>

#include <vector>

namespace cmgmon::base {
namespace {

struct Split {
  const char* path;
  const char* parent;
  const char* name;
  bool absolute;
};

void expect_splits(const std::vector<Split>& rows) {
  for (const Split& row : rows) {
    SCOPED_TRACE(row.path);
    EXPECT_EQ(parent_path(row.path), row.parent);
    EXPECT_EQ(file_name(row.path), row.name);
    EXPECT_EQ(is_absolute_path(row.path), row.absolute);
  }
}

TEST(Path, SplitsIntoParentAndName) {
  expect_splits({
      {"", "", "", false},
      {"a", "", "a", false},
      {"a/b", "a", "b", false},
      {"a/b/", "a", "b", false},
      {"a//b", "a", "b", false},
  });
#if defined(_WIN32)
  expect_splits({
      {R"(C:\)", "", "", true},
      {R"(C:\a)", R"(C:\)", "a", true},
      {R"(C:\a\b.log)", R"(C:\a)", "b.log", true},
      {R"(C:/a/b.log)", R"(C:/a)", "b.log", true},
      {R"(C:a)", "C:", "a", false},
      {R"(\a)", R"(\)", "a", false},
      {R"(\\server\share)", "", "", true},
      {R"(\\server\share\a)", R"(\\server\share)", "a", true},
      {R"(\\server\share\a\b)", R"(\\server\share\a)", "b", true},
      {R"(\\?\C:\a)", R"(\\?\C:\)", "a", true},
      {R"(\\?\UNC\server\share\a)", R"(\\?\UNC\server\share)", "a", true},
      {R"(\\)", "", "", true},
  });
#else
  expect_splits({
      {"/", "", "", true},
      {"/a", "/", "a", true},
      {"/a/b.log", "/a", "b.log", true},
      {"/a/b.log//", "/a", "b.log", true},
      {R"(a\b)", "", R"(a\b)", false},
      {R"(C:\a)", "", R"(C:\a)", false},
  });
#endif
}

TEST(Path, KnowsTheServerOfAShare) {
  struct Row {
    const char* path;
    const char* root;
    const char* host;
  };
  const Row rows[] = {
      {R"(\\SRV1\Logs\a.log)", R"(\\SRV1)", "srv1"},
      {R"(\\srv1.corp.example\c$\a.log)", R"(\\srv1.corp.example)", "srv1.corp.example"},
      {R"(\\srv1)", R"(\\srv1)", "srv1"},
      {"//srv1/logs/a.log", "//srv1", "srv1"},
      {R"(\/srv1\logs)", R"(\/srv1)", "srv1"},
      {R"(\\10.1.2.3\logs)", R"(\\10.1.2.3)", "10.1.2.3"},
      {R"(\\?\UNC\Srv1\logs\a.log)", R"(\\?\UNC\Srv1)", "srv1"},
      {R"(\\?\unc\srv1)", R"(\\?\unc\srv1)", "srv1"},
      {R"(\\?\UNC\)", "", ""},
      {R"(\\?\UNC)", "", ""},
      {R"(\\?\C:\logs\a.log)", "", ""},
      {R"(\\?\UNCLE\logs)", "", ""},
      {R"(\\?)", "", ""},
      {R"(\\.\pipe\a)", "", ""},
      {R"(\\.\UNC\srv1\logs)", "", ""},
      {R"(\\)", "", ""},
      {"///srv1/logs", "", ""},
      {R"(C:\logs\a.log)", "", ""},
      {R"(\logs\a.log)", "", ""},
      {"/var/log/a.log", "", ""},
      {"a.log", "", ""},
      {"", "", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.path);
    EXPECT_EQ(network_root(row.path), row.root);
    EXPECT_EQ(network_host(row.path), row.host);
  }
}

TEST(Path, JoinsWithOneSeparator) {
  const std::string slash(1, preferred_separator());
  EXPECT_EQ(join_path("a", "b"), "a" + slash + "b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(join_path("a", ""), "a");
#if defined(_WIN32)
  EXPECT_EQ(join_path(R"(C:\)", "b"), R"(C:\b)");
  EXPECT_EQ(join_path("a", R"(D:\b)"), R"(D:\b)");
#else
  EXPECT_EQ(join_path("a", "/b"), "/b");
#endif
}

TEST(Path, JoinedParentAndNameAreTheSamePath) {
  for (const char* path : {"a/b", "a/b/c", "/x/y", "/x"}) {
    SCOPED_TRACE(path);
    EXPECT_TRUE(same_path(join_path(parent_path(path), file_name(path)), path));
  }
}

TEST(Path, ComparesAsTheSystemDoes) {
  EXPECT_TRUE(same_path("/a/b", "/a/b"));
  EXPECT_TRUE(same_path("/a/b/", "/a/b"));
  EXPECT_FALSE(same_path("/a/b", "/a/c"));
  EXPECT_FALSE(same_path("/a", "/a/b"));
#if defined(_WIN32)
  EXPECT_TRUE(same_path(R"(C:\Logs\A.log)", "c:/logs/a.LOG"));
#else
  EXPECT_FALSE(same_path("/a/B", "/a/b"));
  EXPECT_FALSE(same_path(R"(a\b)", "a/b"));
#endif
}

}  // namespace
}  // namespace cmgmon::base
