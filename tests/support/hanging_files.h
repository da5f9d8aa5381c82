#pragma once
// Shares of servers that a test owns: //server/... is a folder of the test, and every call there hangs, or fails, while the
// test wants it. Servers are named in small letters. What is not on such a server is on the disk.
//
// Threads: all of it from any thread.

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/path.h"
#include "tail/file_system.h"

namespace cmgmon::support {

class HangingFiles final : public tail::FileSystem {
 public:
  // Slow: each call takes kSlowCall. Gone: the system has found out, and says so at once.
  enum class Server { kUp, kSlow, kHangs, kGone };
  static constexpr std::chrono::milliseconds kSlowCall{50};
#if defined(_WIN32)
  static constexpr int kNoServer = 67;  // ERROR_BAD_NET_NAME
#else
  static constexpr int kNoServer = ETIMEDOUT;
#endif

  // A hanging call goes on when the server is set to something else.
  void set(const std::string& server, Server state) {
    {
      const std::lock_guard lock(mutex_);
      servers_[server].state = state;
    }
    changed_.notify_all();
  }
  void share(const std::string& server, const std::string& folder) {
    const std::lock_guard lock(mutex_);
    servers_[server].folder = folder;
  }
  // Until a call hangs there.
  bool wait_for_hanging(const std::string& server) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30),
                             [&] { return servers_[server].hanging > 0; });
  }
  base::Result<std::unique_ptr<tail::OpenFile>> open(const std::string& path) override {
    auto real = reach(path);
    if (!real) {
      return real.error();
    }
    return tail::local_files().open(*real);
  }
  base::Result<std::vector<platform::FolderEntry>> list(const std::string& path) override {
    auto real = reach(path);
    if (!real) {
      return real.error();
    }
    return tail::local_files().list(*real);
  }

 private:
  struct Share {
    Server state = Server::kUp;
    std::string folder;
    int hanging = 0;
  };

  base::Result<std::string> reach(const std::string& path) {
    std::unique_lock lock(mutex_);
    for (auto& [server, share] : servers_) {
      if (base::network_host(path) != server) {
        continue;
      }
      if (share.state == Server::kHangs) {
        ++share.hanging;
        changed_.notify_all();
        changed_.wait(lock, [&now = share.state] { return now != Server::kHangs; });
        --share.hanging;
        changed_.notify_all();
      }
      if (share.state == Server::kSlow) {
        changed_.wait_for(lock, kSlowCall, [] { return false; });
      }
      if (share.state == Server::kGone) {
        // As Windows says where WebDAV is installed: the kind is that of a file that is not there.
        return base::Error{base::ErrorKind::kNotFound, kNoServer, path + ": no such server"};
      }
      return share.folder + path.substr(base::network_root(path).size());
    }
    return path;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Share> servers_;
};

}  // namespace cmgmon::support
