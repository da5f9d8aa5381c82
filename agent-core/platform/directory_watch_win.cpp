#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/windows/overlapped_ptr.hpp>
#include <boost/asio/windows/random_access_handle.hpp>

#include "platform/directory_watch.h"
#include "platform/folder_mailbox.h"
#include "platform/native_path.h"
#include "platform/os_error.h"
#include "platform/unique_handle.h"

namespace cmgmon::platform {
namespace {

namespace asio = boost::asio;

constexpr DWORD kWhatToTell = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME |
                              FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;

boost::system::error_code system_error(DWORD code) {
  return {static_cast<int>(code), asio::error::get_system_category()};
}

// A program that used the 8.3 name of a file has it reported by that name.
bool may_be_a_short_name(const std::string& name) {
  constexpr std::size_t kLongest = 12;
  return name.size() <= kLongest && name.find('~') != std::string::npos;
}

}  // namespace

struct DirectoryWatch::State : std::enable_shared_from_this<DirectoryWatch::State> {
  State(const asio::any_io_executor& executor, UniqueHandle opened)
      : mailbox(std::make_shared<FolderMailbox>(executor)), folder(executor, opened.release()) {}

  // Asks for the next changes. The system keeps what happens meanwhile, in a buffer as large as
  // ours.
  boost::system::error_code listen() {
    // The system writes into our buffer until the request is over: the handler keeps us until then.
    asio::windows::overlapped_ptr request(
        folder.get_executor(),
        [self = shared_from_this()](boost::system::error_code error, std::size_t length) {
          self->on_changes(error, length);
        });
    if (::ReadDirectoryChangesW(folder.native_handle(), buffer.data(),
                                static_cast<DWORD>(buffer.size()), FALSE, kWhatToTell, nullptr,
                                request.get(), nullptr) == 0) {
      const DWORD code = ::GetLastError();
      if (code != ERROR_IO_PENDING) {
        request.reset();
        return system_error(code);
      }
    }
    request.release();
    return {};
  }

  void on_changes(boost::system::error_code error, std::size_t length) {
    if (closed) {
      return;
    }
    if (error.value() == ERROR_NOTIFY_ENUM_DIR || (!error && length == 0)) {
      // More happened than the buffer holds.
      mailbox->add_everything();
      error.clear();
    } else if (!error) {
      take_names(length);
    }
    if (!error) {
      error = listen();
    }
    if (error) {
      // A deleted folder is gone only when our handle is.
      boost::system::error_code ignored;
      folder.close(ignored);
      mailbox->fail(error);
    }
  }

  void take_names(std::size_t length) {
    for (std::size_t at = 0; at + offsetof(FILE_NOTIFY_INFORMATION, FileName) <= length;) {
      FILE_NOTIFY_INFORMATION notice{};
      std::memcpy(&notice, buffer.data() + at, offsetof(FILE_NOTIFY_INFORMATION, FileName));
      std::wstring name(notice.FileNameLength / sizeof(wchar_t), L'\0');
      std::memcpy(name.data(), buffer.data() + at + offsetof(FILE_NOTIFY_INFORMATION, FileName),
                  name.size() * sizeof(wchar_t));
      std::string text = from_wide(name);
      if (may_be_a_short_name(text)) {
        mailbox->add_everything();
      } else {
        mailbox->add(std::move(text));
      }
      if (notice.NextEntryOffset == 0) {
        break;
      }
      at += notice.NextEntryOffset;
    }
  }

  // The handle is closed with the last of us, after the pending request has come back: Wine never completes a request
  // whose handle was closed under it, and the event loop would wait for it for ever.
  void close() {
    closed = true;
    boost::system::error_code ignored;
    folder.cancel(ignored);
    mailbox->cancel();
    mailbox->fail(asio::error::operation_aborted);  // for a wait that has yet to begin
  }

  std::shared_ptr<FolderMailbox> mailbox;
  asio::windows::random_access_handle folder;
  // 64 KiB is the most that works over the network.
  alignas(DWORD) std::array<std::byte, std::size_t{64} * 1024> buffer{};
  bool closed = false;
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
    state_->close();
  } catch (...) {
    // Asio reports a failed cancellation by throwing, and nobody is left to be told.
  }
}

base::Result<DirectoryWatch> DirectoryWatch::start(const boost::asio::any_io_executor& executor,
                                                   const std::string& folder) {
  const auto native = native_path(folder);
  if (!native) {
    return native.error();
  }
  UniqueHandle handle(::CreateFileW(
      native->c_str(), FILE_LIST_DIRECTORY, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
      nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OVERLAPPED, nullptr));
  if (!handle) {
    return last_os_error("watch", folder);
  }
  auto state = std::make_shared<State>(executor, std::move(handle));
  if (const auto error = state->listen()) {
    return os_error(error.value(), "watch", folder);
  }
  return DirectoryWatch(std::move(state));
}

void DirectoryWatch::wait(State& state, Handler handler) {
  state.mailbox->wait(std::move(handler));
}

void DirectoryWatch::cancel() {
  state_->mailbox->cancel();
}

bool DirectoryWatch::exact() {
  return false;
}

}  // namespace cmgmon::platform
