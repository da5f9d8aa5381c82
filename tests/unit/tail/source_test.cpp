#include "tail/source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/path.h"
#include "tail/glob.h"

namespace cmgmon::tail {
namespace {

// Written with '/', matched with the separator of this platform.
std::string native(std::string text) {
  std::replace(text.begin(), text.end(), '/', base::preferred_separator());
  return text;
}

TEST(MatchGlob, KnowsWildcardsAndCaptures) {
  struct Row {
    const char* name;
    const char* glob;
    const char* path;
    bool matches;
    std::map<std::string, std::string> captures;
  };
  const std::vector<Row> rows = {
      {"literal", "/logs/a.log", "/logs/a.log", true, {}},
      {"letter case", "/Logs/A.LOG", "/logs/a.log", true, {}},
      {"other name", "/logs/a.log", "/logs/b.log", false, {}},
      {"star", "/logs/u_ex*.log", "/logs/u_ex261122.log", true, {}},
      {"star takes nothing", "/logs/a*.log", "/logs/a.log", true, {}},
      {"stars", "/logs/CMG-*-CMG*.log", "/logs/CMG-x-y-CMGService.log", true, {}},
      {"star stops at separators", "/logs/*.log", "/logs/sub/a.log", false, {}},
      {"two stars are one", "/logs/**.log", "/logs/sub/a.log", false, {}},
      {"question mark", "/logs/a?.log", "/logs/ab.log", true, {}},
      {"question mark takes one", "/logs/a?.log", "/logs/a.log", false, {}},
      {"folder wildcard", "/w3svc*/a.log", "/W3SVC12/a.log", true, {}},
      {"capture of a folder", "/c/{host}/a*.log", "/c/PC1/ab.log", true, {{"host", "PC1"}}},
      {"capture keeps letter case", "/c/{host}.log", "/c/Pc.LOG", true, {{"host", "Pc"}}},
      {"capture takes one or more", "/c/{host}a.log", "/c/a.log", false, {}},
      {"capture takes as few as will do", "/c/{host}_*.log", "/c/A_B_C.log", true, {{"host", "A"}}},
      {"capture takes more when it must",
       "/c/{host}_C.log",
       "/c/A_B_C.log",
       true,
       {{"host", "A_B"}}},
      {"two captures", "/c/{a}/{b}.log", "/c/x/y.log", true, {{"a", "x"}, {"b", "y"}}},
      {"capture between",
       "/c/CMG-{name}-{role}.log",
       "/c/CMG-one-two-three.log",
       true,
       {{"name", "one"}, {"role", "two-three"}}},
      {"open brace alone is itself", "/c/{a.log", "/c/{a.log", true, {}},
      {"empty braces are themselves", "/c/{}.log", "/c/{}.log", true, {}},
      {"more folders than asked for", "/c/a.log", "/c/d/a.log", false, {}},
      {"fewer", "/c/d/a.log", "/c/a.log", false, {}},
      {"name alone", "u_ex*.log", "u_ex*.log", true, {}},
      {"nothing", "", "/c/a.log", false, {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto captures = match_glob(native(row.glob), native(row.path));
    EXPECT_EQ(captures.has_value(), row.matches);
    if (captures && row.matches) {
      EXPECT_EQ(*captures, row.captures);
    }
  }
}

TEST(MatchGlob, IsNotSlowedDownByHostileNames) {
  // A backtracking matcher would need 2^60 steps for this.
  std::string glob;
  for (int i = 0; i < 60; ++i) {
    glob += "a*";
  }
  EXPECT_FALSE(match_glob(glob + "b", std::string(200, 'a')).has_value());
}

TEST(Glob, SplitsOffTheFoldersBeforeTheFirstWildcard) {
  struct Row {
    const char* glob;
    const char* folder;
    std::size_t components;
  };
  const std::vector<Row> rows = {
      {"/logs/sub/a.log", "/logs/sub", 2},
      {"/logs/*/a.log", "/logs", 1},
      {"/*/a.log", "/", 0},
      {"/a.log", "/", 0},
      {"/logs//sub/a*.log", "/logs//sub", 2},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.glob);
    const Glob glob(native(row.glob));
    EXPECT_EQ(glob.fixed_folder(), native(row.folder));
    EXPECT_EQ(glob.fixed_components(), row.components);
  }
  if (base::preferred_separator() == '\\') {
    EXPECT_EQ(Glob("C:\\*.log").fixed_folder(), "C:\\");
    EXPECT_EQ(Glob("C:\\logs\\*.log").fixed_folder(), "C:\\logs");
    EXPECT_EQ(Glob("\\\\server\\share\\{host}\\a.log").fixed_folder(), "\\\\server\\share");
    EXPECT_TRUE(
        match_glob("\\\\server\\share\\{host}\\a.log", "\\\\SERVER\\share\\pc\\a.log").has_value());
    EXPECT_TRUE(match_glob("C:/logs/a.log", "C:\\logs\\a.log").has_value());
  }
}

TEST(SiblingName, KnowsWhichLogAFileIsOrWas) {
  struct Row {
    const char* file;
    const char* live_name;
    bool live;
    bool dated;
  };
  const std::vector<Row> rows = {
      {"LocationServices.log", "LocationServices.log", true, false},
      {"LocationServices.lo_", "LocationServices.log", false, false},
      {"LOCATIONSERVICES.LO_", "LOCATIONSERVICES.LOG", false, false},
      {"LocationServices.lo", "LocationServices.log", false, false},
      {"LocationServices.log.lo", "LocationServices.log", false, false},
      {"LocationServices.log.lo_", "LocationServices.log", false, false},
      {"LocationServices.log.2", "LocationServices.log", false, false},
      {"LocationServices-20261122-101500.log", "LocationServices.log", false, true},
      {"smsts-20261122-101500.log", "smsts.log", false, true},
      {"ccmsetup-20261122-101500.lo_", "ccmsetup.log", false, true},
      {"a-20261322-101500.log", "a-20261322-101500.log", true, false},  // no such month
      {"a-20261122-251500.log", "a-20261122-251500.log", true, false},
      {"a-20261122.log", "a-20261122.log", true, false},
      {"-20261122-101500.log", "-20261122-101500.log", true, false},
      {"u_ex261122.log", "u_ex*.log", true, true},
      {"U_EX261122.LOG", "U_EX*.LOG", true, true},
      {"u_ex26112213.log", "u_ex*.log", true, true},
      {"u_ex2611.log", "u_ex*.log", true, true},
      {"u_ex261122_x.log", "u_ex*_x.log", true, true},
      {"ex261122.log", "ex*.log", true, true},
      {"u_extend12.log", "u_extend*.log", true, true},
      {"u_ex26112.log", "u_ex26112.log", true, false},
      {"u_ex269922.log", "u_ex269922.log", true, false},
      {"u_extend.log", "u_extend.log", true, false},
      {"export.log", "export.log", true, false},
      {"LocationServices.log.gz", "LocationServices.log.gz", true, false},
      {"LocationServices.log.0", "LocationServices.log.0", true, false},
      {"LocationServices.log.100", "LocationServices.log.100", true, false},
      {".lo_", ".lo_", true, false},
      {".log", ".log", true, false},
      {"noextension", "noextension", true, false},
      {"", "", true, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.file);
    const SiblingName name = sibling_name(row.file);
    EXPECT_EQ(name.live_name, row.live_name);
    EXPECT_EQ(name.live, row.live);
    EXPECT_EQ(name.dated, row.dated);
  }
}

TEST(SiblingName, OrdersOlderBeforeNewer) {
  const std::vector<std::vector<std::string>> families = {
      {"a.log.3", "a.log.2", "a.log.1", "a-20251231-235959.log", "a-20261122-101500.lo_",
       "a-20261122-101500.log", "a-20261122-101501.log", "a.log"},
      {"a.lo_", "a-20261122-101500.log", "a.log"},
      {"u_ex251231.log", "u_ex260101.log", "u_ex261122.log", "u_ex26112201.log",
       "u_ex26112202.log"},
      {"u_extend2.log", "u_extend9.log", "u_extend10.log"},
  };
  for (const auto& family : families) {
    for (std::size_t i = 1; i < family.size(); ++i) {
      SCOPED_TRACE(family[i]);
      EXPECT_LT(sibling_name(family[i - 1]).order, sibling_name(family[i]).order);
    }
  }
}

}  // namespace
}  // namespace cmgmon::tail
