#include "platform/directory_watch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "platform/files.h"
#include "support/temp_folder.h"

namespace cmgmon::platform {
namespace {

namespace asio = boost::asio;
using support::TempFolder;

// A failing test ends; a passing one never waits for it.
constexpr std::chrono::seconds kPatience{20};

struct Outcome {
  boost::system::error_code error;
  FolderChange change;
};

class DirectoryWatchTest : public ::testing::Test {
 protected:
  DirectoryWatch start() {
    auto watch = DirectoryWatch::start(io_.get_executor(), folder_.path());
    EXPECT_TRUE(watch) << describe(watch.error());
    return *std::move(watch);
  }

  void run_until(const bool& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    io_.restart();
    while (!done && std::chrono::steady_clock::now() < end) {
      io_.run_one_until(end);
    }
    ASSERT_TRUE(done) << "nothing came";
  }

  Outcome next(DirectoryWatch& watch) {
    Outcome outcome;
    bool done = false;
    watch.async_wait([&](boost::system::error_code error, FolderChange change) {
      outcome = {error, std::move(change)};
      done = true;
    });
    run_until(done);
    return outcome;
  }

  // One change may be told in several completions.
  void expect_told(DirectoryWatch& watch, std::set<std::string> names) {
    while (!names.empty()) {
      const Outcome outcome = next(watch);
      ASSERT_FALSE(outcome.error) << outcome.error.message();
      ASSERT_FALSE(outcome.change.names.empty() && !outcome.change.everything);
      for (const std::string& name : outcome.change.names) {
        names.erase(name);
      }
      if (HasFatalFailure()) {
        return;
      }
    }
  }

  TempFolder folder_;
  asio::io_context io_;
};

TEST_F(DirectoryWatchTest, TellsCreationAndAppending) {
  auto watch = start();
  folder_.write("new.log", "x");
  expect_told(watch, {"new.log"});
  folder_.write("Überwachung 日志.log", "x");
  expect_told(watch, {"Überwachung 日志.log"});
  folder_.append("new.log", "more");
  expect_told(watch, {"new.log"});
}

TEST_F(DirectoryWatchTest, TellsBothNamesOfARollover) {
  folder_.write("a.log", "x");
  auto watch = start();
  ASSERT_TRUE(rename_file(folder_.file("a.log"), folder_.file("a.lo_")));
  expect_told(watch, {"a.log", "a.lo_"});
  folder_.write("a.log", "y");
  expect_told(watch, {"a.log"});
}

TEST_F(DirectoryWatchTest, TellsDeletionAndNewFolders) {
  folder_.write("a.log", "x");
  auto watch = start();
  ASSERT_TRUE(remove_file(folder_.file("a.log")));
  ASSERT_TRUE(create_folders(folder_.file("client1")));
  expect_told(watch, {"a.log", "client1"});
}

TEST_F(DirectoryWatchTest, WhatHappensBetweenTwoWaitsIsTold) {
  auto watch = start();
  folder_.write("first.log", "x");
  expect_told(watch, {"first.log"});
  folder_.write("second.log", "x");
  folder_.write("third.log", "x");
  expect_told(watch, {"second.log", "third.log"});
}

TEST_F(DirectoryWatchTest, ManyNamesBecomeEverything) {
  auto watch = start();
  bool everything = false;
  std::set<std::string> told;
  for (int i = 0; i < 300; ++i) {
    folder_.write("file" + std::to_string(i) + ".log", "x");
  }
  while (!everything && told.size() < 300) {
    const Outcome outcome = next(watch);
    ASSERT_FALSE(outcome.error) << outcome.error.message();
    told.insert(outcome.change.names.begin(), outcome.change.names.end());
    everything = outcome.change.everything;
    EXPECT_LE(outcome.change.names.size(), 256U);
    EXPECT_TRUE(!everything || outcome.change.names.empty());
  }
}

TEST_F(DirectoryWatchTest, CompletesInACoroutine) {
  bool done = false;
  boost::system::error_code error;
  asio::co_spawn(
      io_,
      [](DirectoryWatch watch, TempFolder& folder,
         boost::system::error_code& result) -> asio::awaitable<void> {
        folder.write("a.log", "x");
        auto [code, change] = co_await watch.async_wait(asio::as_tuple(asio::use_awaitable));
        result = code;
        EXPECT_FALSE(change.names.empty());
      }(start(), folder_, error),
      [&](std::exception_ptr failure) {
        EXPECT_FALSE(failure);
        done = true;
      });
  run_until(done);
  EXPECT_FALSE(error) << error.message();
}

TEST_F(DirectoryWatchTest, GivesWayToATimerAndLosesNothing) {
  auto watch = start();
  bool done = false;
  std::size_t winner = 99;
  using asio::experimental::awaitable_operators::operator||;
  asio::co_spawn(
      io_,
      [](DirectoryWatch& waiting, std::size_t& won) -> asio::awaitable<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
        const auto first = co_await (waiting.async_wait(asio::use_awaitable) ||
                                     timer.async_wait(asio::use_awaitable));
        won = first.index();
      }(watch, winner),
      [&](std::exception_ptr failure) {
        EXPECT_FALSE(failure);
        done = true;
      });
  run_until(done);
  EXPECT_EQ(winner, 1U);
  folder_.write("a.log", "x");
  expect_told(watch, {"a.log"});
}

TEST_F(DirectoryWatchTest, CompletesOnTheExecutorOfTheToken) {
  auto watch = start();
  auto strand = asio::make_strand(io_);
  bool done = false;
  bool on_strand = false;
  watch.async_wait(asio::bind_executor(strand, [&](boost::system::error_code, const FolderChange&) {
    on_strand = strand.running_in_this_thread();
    done = true;
  }));
  folder_.write("a.log", "x");
  run_until(done);
  EXPECT_TRUE(on_strand);
}

TEST_F(DirectoryWatchTest, NeverCompletesInsideTheCall) {
  auto watch = start();
  folder_.write("a.log", "x");
  expect_told(watch, {"a.log"});
  folder_.write("b.log", "x");
  bool inside = true;
  bool done = false;
  // Let the notice arrive before anybody waits.
  io_.restart();
  io_.poll();
  watch.async_wait([&](boost::system::error_code, const FolderChange&) {
    EXPECT_FALSE(inside);
    done = true;
  });
  inside = false;
  run_until(done);
}

TEST_F(DirectoryWatchTest, CancelAndDestructionEndAWait) {
  for (const bool destroy : {false, true}) {
    SCOPED_TRACE(destroy ? "destroyed" : "cancelled");
    std::optional<DirectoryWatch> watch = start();
    boost::system::error_code error;
    bool done = false;
    watch->async_wait([&](boost::system::error_code code, const FolderChange&) {
      error = code;
      done = true;
    });
    if (destroy) {
      watch.reset();
    } else {
      watch->cancel();
    }
    run_until(done);
    EXPECT_EQ(error, asio::error::operation_aborted);
    if (watch) {
      folder_.write("a.log", "x");
      expect_told(*watch, {"a.log"});
    }
  }
}

TEST_F(DirectoryWatchTest, TwoWatchesOfOneFolderAreIndependent) {
  auto kept = start();
  std::optional<DirectoryWatch> other = start();
  folder_.write("a.log", "x");
  expect_told(kept, {"a.log"});
  expect_told(*other, {"a.log"});
  other.reset();
  folder_.write("b.log", "x");
  expect_told(kept, {"b.log"});
}

TEST_F(DirectoryWatchTest, WithoutWatchesThereIsNoWork) {
  {
    auto watch = start();
    auto moved = std::move(watch);
    moved = start();
  }
  io_.restart();
  io_.run();  // returns
  auto again = start();
  folder_.write("a.log", "x");
  expect_told(again, {"a.log"});
}

TEST_F(DirectoryWatchTest, MissingFolderAndFileAreRefused) {
  folder_.write("file", "");
  const auto missing = DirectoryWatch::start(io_.get_executor(), folder_.file("none"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::kNotFound) << describe(missing.error());
  EXPECT_FALSE(DirectoryWatch::start(io_.get_executor(), folder_.file("file")));
}

// The coroutine owns the watch and the watch's handler owns the coroutine: nothing may keep them
// alive.
TEST(DirectoryWatch, EndsWithItsContext) {
  const TempFolder folder;
  bool destroyed = false;
  struct Guard {
    bool& flag;
    ~Guard() { flag = true; }
  };
  {
    asio::io_context io;
    asio::co_spawn(
        io,
        [](const std::string path, bool& flag) -> asio::awaitable<void> {
          const Guard guard{flag};
          auto watch = DirectoryWatch::start(co_await asio::this_coro::executor, path);
          co_await watch->async_wait(asio::as_tuple(asio::use_awaitable));
          ADD_FAILURE() << "nothing happened in the folder";
        }(folder.path(), destroyed),
        [](std::exception_ptr) {});
    io.poll();
  }
  EXPECT_TRUE(destroyed);
}

}  // namespace
}  // namespace cmgmon::platform
