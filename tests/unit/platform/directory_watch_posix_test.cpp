#include <gtest/gtest.h>

#include <filesystem>

#include <boost/asio/io_context.hpp>

#include "platform/directory_watch.h"
#include "platform/files.h"
#include "support/temp_folder.h"

namespace cmgmon::platform {
namespace {

namespace asio = boost::asio;
using support::TempFolder;

boost::system::error_code next_error(asio::io_context& io, DirectoryWatch& watch) {
  boost::system::error_code result;
  bool done = false;
  watch.async_wait([&](boost::system::error_code error, const FolderChange&) {
    result = error;
    done = true;
  });
  io.restart();
  while (!done) {
    io.run_one();
  }
  return result;
}

TEST(DirectoryWatch, FailsForGoodWhenTheFolderGoesAway) {
  for (const bool renamed : {false, true}) {
    SCOPED_TRACE(renamed ? "renamed" : "deleted");
    const TempFolder folder;
    asio::io_context io;
    ASSERT_TRUE(create_folders(folder.file("logs")));
    auto watch = DirectoryWatch::start(io.get_executor(), folder.file("logs"));
    ASSERT_TRUE(watch);
    if (renamed) {
      ASSERT_TRUE(rename_file(folder.file("logs"), folder.file("old")));
    } else {
      std::filesystem::remove(folder.file("logs"));
    }
    for (int round = 0; round < 2; ++round) {
      EXPECT_EQ(next_error(io, *watch), boost::system::errc::no_such_file_or_directory);
    }
    // A folder of the same name can be watched anew.
    ASSERT_TRUE(create_folders(folder.file("logs")));
    auto again = DirectoryWatch::start(io.get_executor(), folder.file("logs"));
    ASSERT_TRUE(again);
    folder.write("logs/a.log", "x");
    EXPECT_FALSE(next_error(io, *again));
  }
}

// Linux allows a user 128 inotify instances; collected client logs may well be in more folders than
// that.
TEST(DirectoryWatch, HundredsOfFoldersShareOneInstance) {
  const TempFolder folder;
  asio::io_context io;
  std::vector<DirectoryWatch> watches;
  for (int i = 0; i < 200; ++i) {
    const std::string path = folder.file("client" + std::to_string(i));
    ASSERT_TRUE(create_folders(path));
    auto watch = DirectoryWatch::start(io.get_executor(), path);
    ASSERT_TRUE(watch) << describe(watch.error());
    watches.push_back(*std::move(watch));
  }
  folder.write("client199/a.log", "x");
  EXPECT_FALSE(next_error(io, watches.back()));
}

}  // namespace
}  // namespace cmgmon::platform
