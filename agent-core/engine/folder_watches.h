#pragma once
// The watches on all folders of an agent: one loop each, until the folder goes away.
//
// Errors:  none; a folder that is not there or cannot be watched is not watched, and may be asked for again.
// Threads: the pipeline thread.
// Life:    after cancel() the loops end when the executor runs again; it outlives them.
// Tests:   tests/unit/engine/agent_test.cpp

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "platform/directory_watch.h"

namespace cmgmon::engine {

class FolderWatches {
 public:
  // The paths that changed; `everything` when the system lost track of them.
  using Changed = std::function<void(std::vector<std::string> paths, bool everything)>;

  FolderWatches(boost::asio::any_io_executor executor, Changed changed);

  // Those that are not watched yet.
  void watch(const std::vector<std::string>& folders);
  void cancel();
  std::size_t size() const { return watched_.size(); }

 private:
  boost::asio::awaitable<void> loop(std::string folder, platform::DirectoryWatch watch);

  boost::asio::any_io_executor executor_;
  Changed changed_;
  std::map<std::string, platform::DirectoryWatch*> watched_;  // by folder; each belongs to its loop
  bool cancelled_ = false;
};

}  // namespace cmgmon::engine
