#include "engine/folder_watches.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/path.h"
#include "engine/spawn.h"

namespace cmgmon::engine {

namespace asio = boost::asio;

FolderWatches::FolderWatches(asio::any_io_executor executor, Changed changed)
    : executor_(std::move(executor)), changed_(std::move(changed)) {}

void FolderWatches::watch(const std::vector<std::string>& folders) {
  for (const auto& folder : folders) {
    if (watched_.contains(folder)) {
      continue;
    }
    auto watch = platform::DirectoryWatch::start(executor_, folder);
    if (watch) {
      watched_[folder] = nullptr;
      spawn(executor_, loop(folder, std::move(*watch)));
    }  // else: not there yet, or cannot be watched; the poll sees it, and we try again after it
  }
}

asio::awaitable<void> FolderWatches::loop(std::string folder, platform::DirectoryWatch watch) {
  watched_[folder] = &watch;
  while (!cancelled_) {
    auto [error, change] = co_await watch.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error || cancelled_) {
      break;
    }
    std::vector<std::string> paths;
    for (const auto& name : change.names) {
      paths.push_back(base::join_path(folder, name));
    }
    changed_(std::move(paths), change.everything);
  }
  watched_.erase(folder);
}

void FolderWatches::cancel() {
  cancelled_ = true;
  for (const auto& [folder, watch] : watched_) {
    if (watch != nullptr) {
      watch->cancel();
    }
  }
}

}  // namespace cmgmon::engine
