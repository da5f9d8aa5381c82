#pragma once
// Where a directory watch puts what the system told it until somebody asks. Private to platform/.
//
// A timer that never fires of itself stands for "something is there": so the waiting handler, its
// executor, its cancellation and its end with the io_context are Asio's business, not ours.
//
// Threads: the io_context's thread.

#include <memory>
#include <set>
#include <string>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include "platform/directory_watch.h"

namespace cmgmon::platform {

class FolderMailbox : public std::enable_shared_from_this<FolderMailbox> {
 public:
  explicit FolderMailbox(const boost::asio::any_io_executor& executor);

  void add(std::string name);
  void add_everything();
  void fail(boost::system::error_code error);  // for good: delivered after what is there

  void wait(
      boost::asio::any_completion_handler<void(boost::system::error_code, FolderChange)> handler);
  void cancel();  // ends a pending wait with operation_aborted

 private:
  bool empty() const { return names_.empty() && !everything_; }
  FolderChange take();

  boost::asio::steady_timer ready_;
  std::set<std::string> names_;
  bool everything_ = false;
  bool cancelled_ = false;
  boost::system::error_code error_;
};

}  // namespace cmgmon::platform
