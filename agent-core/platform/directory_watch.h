#pragma once
// Tells that something in a folder may have changed. A hint and nothing more: reading is the truth
// (a lost notice costs a poll interval, never a line). One folder, no subfolders.
//
// Linux: inotify, one instance for all watches of an io_context. Windows: ReadDirectoryChangesW,
// overlapped on Asio's completion port; on NTFS notices for a file that its writer keeps open come
// late.
//
// Errors:  start() fails when the folder is absent or cannot be watched; async_wait fails when it
// goes away, and
//          from then on always. Not every system tells (Windows: renamed away): look at the folder
//          now and then.
// Threads: use on the io_context's thread.
// Life:    destroying the watch cancels a pending wait with operation_aborted. While a watch exists
// its
//          io_context has work.
// Tests:   tests/unit/platform/directory_watch_test.cpp

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include "base/result.h"

namespace cmgmon::platform {

// Which names changed, each once. `everything` says that the system lost track or that there are
// too many: look at all of them.
struct FolderChange {
  std::vector<std::string> names;
  bool everything = false;
};

class DirectoryWatch {
 public:
  // Changes from here on are told, also those before the first async_wait.
  static base::Result<DirectoryWatch> start(const boost::asio::any_io_executor& executor,
                                            const std::string& folder);
  DirectoryWatch(DirectoryWatch&&) noexcept;
  DirectoryWatch& operator=(DirectoryWatch&&) noexcept;
  ~DirectoryWatch();

  // Whether every change of a local file is told at once, also of one that its writer keeps open.
  static bool exact();

  // Completes with the changes since the last completion, on the token's executor or else the
  // watch's. Signature: void(boost::system::error_code, FolderChange). One wait at a time; it may
  // be cancelled through the token's cancellation slot, and no change is lost by that.
  template <typename Token>
  auto async_wait(Token&& token) {
    return boost::asio::async_initiate<Token, Signature>(
        [](auto handler, const std::shared_ptr<State>& state) {
          wait(*state, Handler(std::move(handler)));
        },
        token, state_);
  }

  // Ends a pending wait with operation_aborted.
  void cancel();

 private:
  struct State;
  using Signature = void(boost::system::error_code, FolderChange);
  using Handler = boost::asio::any_completion_handler<Signature>;

  explicit DirectoryWatch(std::shared_ptr<State> state);
  static void wait(State& state, Handler handler);

  std::shared_ptr<State> state_;
};

}  // namespace cmgmon::platform
