#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <map>
#include <optional>

#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/query.hpp>

#include "platform/directory_watch.h"
#include "platform/folder_mailbox.h"
#include "platform/os_error.h"

namespace cmgmon::platform {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t kWhatToTell = IN_CREATE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO |
                                      IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kFolderGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

// Instances are scarce (128 for each user by default), watches are not: one instance serves an
// io_context.
class Inotify final : public asio::execution_context::service {
 public:
  using key_type = Inotify;
  static asio::execution_context::id id;

  explicit Inotify(asio::execution_context& context) : service(context) {}

  base::Result<int> add(const asio::any_io_executor& executor, const std::string& folder,
                        std::shared_ptr<FolderMailbox> mailbox) {
    if (!events_) {
      const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
      if (fd < 0) {
        return limit_error(errno, folder);
      }
      events_.emplace(executor, fd);
    }
    const int watch = ::inotify_add_watch(events_->native_handle(), folder.c_str(), kWhatToTell);
    if (watch < 0) {
      return limit_error(errno, folder);
    }
    // Two watches of one folder share the system's watch.
    mailboxes_.emplace(watch, std::move(mailbox));
    listen();
    return watch;
  }

  void remove(int watch, const FolderMailbox* mailbox) {
    const auto [first, last] = mailboxes_.equal_range(watch);
    const auto found = std::find_if(
        first, last, [mailbox](const auto& entry) { return entry.second.get() == mailbox; });
    if (found == last) {
      return;  // the folder went away before
    }
    mailboxes_.erase(found);
    if (events_ && !mailboxes_.contains(watch)) {
      ::inotify_rm_watch(events_->native_handle(), watch);
    }
    if (events_ && mailboxes_.empty()) {
      events_->cancel();
    }
  }

 private:
  static base::Error limit_error(int code, const std::string& folder) {
    base::Error error = os_error(code, "watch", folder);
    if (code == ENOSPC) {
      error.remedy = "Raise fs.inotify.max_user_watches (sysctl)";
    } else if (code == EMFILE) {
      error.remedy = "Raise fs.inotify.max_user_instances (sysctl) or the limit of open files";
    }
    return error;
  }

  void shutdown() override {
    events_.reset();
    mailboxes_.clear();
  }

  void listen() {
    if (listening_ || mailboxes_.empty()) {
      return;
    }
    listening_ = true;
    events_->async_wait(asio::posix::stream_descriptor::wait_read,
                        [this](boost::system::error_code error) {
                          listening_ = false;
                          if (!error) {
                            read_events();
                          }
                          listen();
                        });
  }

  void read_events() {
    alignas(inotify_event) std::array<char, std::size_t{64} * 1024> buffer;
    // Bounded, so that a busy folder does not keep the thread to itself.
    for (int round = 0; round < 4; ++round) {
      const ssize_t length = ::read(events_->native_handle(), buffer.data(), buffer.size());
      if (length <= 0) {
        return;
      }
      for (const char* at = buffer.data(); at < buffer.data() + length;) {
        inotify_event event{};
        std::memcpy(&event, at, sizeof event);
        tell(event, event.len > 0 ? at + sizeof event : "");
        at += sizeof event + event.len;
      }
    }
  }

  void tell(const inotify_event& event, const char* name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      for (const auto& [watch, mailbox] : mailboxes_) {
        mailbox->add_everything();
      }
      return;
    }
    const auto [first, last] = mailboxes_.equal_range(event.wd);
    const bool gone = (event.mask & kFolderGone) != 0;
    for (auto entry = first; entry != last; ++entry) {
      if (gone) {
        entry->second->fail(make_error_code(boost::system::errc::no_such_file_or_directory));
      } else if (*name != '\0') {
        entry->second->add(name);
      }
    }
    if (gone && first != last) {
      mailboxes_.erase(first, last);
      // A folder that was moved is still watched, under a name that nobody asked for.
      ::inotify_rm_watch(events_->native_handle(), event.wd);
    }
  }

  std::optional<asio::posix::stream_descriptor> events_;
  std::multimap<int, std::shared_ptr<FolderMailbox>> mailboxes_;
  bool listening_ = false;
};

asio::execution_context::id Inotify::id;

}  // namespace

struct DirectoryWatch::State {
  Inotify& inotify;
  std::shared_ptr<FolderMailbox> mailbox;
  int watch = -1;
};

DirectoryWatch::DirectoryWatch(std::shared_ptr<State> state) : state_(std::move(state)) {}
DirectoryWatch::DirectoryWatch(DirectoryWatch&&) noexcept = default;

DirectoryWatch& DirectoryWatch::operator=(DirectoryWatch&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

DirectoryWatch::~DirectoryWatch() {
  if (!state_) {
    return;
  }
  try {
    cancel();
    state_->mailbox->fail(asio::error::operation_aborted);  // for a wait that has yet to begin
    state_->inotify.remove(state_->watch, state_->mailbox.get());
  } catch (...) {
    // Asio reports a failed cancellation by throwing, and nobody is left to be told.
  }
}

base::Result<DirectoryWatch> DirectoryWatch::start(const boost::asio::any_io_executor& executor,
                                                   const std::string& folder) {
  auto& inotify = asio::use_service<Inotify>(asio::query(executor, asio::execution::context));
  auto mailbox = std::make_shared<FolderMailbox>(executor);
  const auto watch = inotify.add(executor, folder, mailbox);
  if (!watch) {
    return watch.error();
  }
  return DirectoryWatch(std::make_shared<State>(State{inotify, std::move(mailbox), *watch}));
}

void DirectoryWatch::wait(State& state, Handler handler) {
  state.mailbox->wait(std::move(handler));
}

void DirectoryWatch::cancel() {
  state_->mailbox->cancel();
}

bool DirectoryWatch::exact() {
  return true;
}

}  // namespace cmgmon::platform
