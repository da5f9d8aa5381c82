#include <windows.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "support/log_writer.h"

namespace cmgmon::support {

namespace {

std::wstring wide(const std::string& utf8) {
  const int size =
      MultiByteToWideChar(CP_UTF8, 0, utf8.data(), static_cast<int>(utf8.size()), nullptr, 0);
  std::wstring text(static_cast<std::size_t>(size), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, utf8.data(), static_cast<int>(utf8.size()), text.data(), size);
  return text;
}

// Calls `act` until it succeeds; what another handle on the file may cause is counted and tried again for a while.
template <typename Act>
void insist(const std::string& what, std::uint64_t& violations, Act act) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!act()) {
    const DWORD error = GetLastError();
    const bool shared = error == ERROR_SHARING_VIOLATION || error == ERROR_ACCESS_DENIED ||
                        error == ERROR_LOCK_VIOLATION;
    if (!shared || std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("cannot " + what + ": error " + std::to_string(error));
    }
    ++violations;
    std::this_thread::yield();
  }
}

}  // namespace

struct LogWriter::Handle {
  HANDLE handle = INVALID_HANDLE_VALUE;
  explicit Handle(HANDLE opened) : handle(opened) {}
  ~Handle() { CloseHandle(handle); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

void LogWriter::open() {
  insist("open " + path_, violations_, [&] {
    const HANDLE opened = CreateFileW(wide(path_).c_str(), GENERIC_READ | GENERIC_WRITE,
                                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                      nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (opened == INVALID_HANDLE_VALUE) {
      return false;
    }
    handle_ = std::make_shared<Handle>(opened);
    SetFilePointer(opened, 0, nullptr, FILE_END);
    return true;
  });
}

void LogWriter::write(std::string_view bytes) {
  insist("write " + path_, violations_, [&] {
    DWORD written = 0;
    return WriteFile(handle_->handle, bytes.data(), static_cast<DWORD>(bytes.size()), &written,
                     nullptr) != 0 &&
           written == bytes.size();
  });
}

void LogWriter::rename_to(const std::string& backup) {
  insist("rename to " + backup, violations_, [&] {
    return MoveFileExW(wide(path_).c_str(), wide(backup).c_str(), MOVEFILE_REPLACE_EXISTING) != 0;
  });
}

void LogWriter::copy_to(const std::string& backup) {
  insist("copy to " + backup, violations_,
         [&] { return CopyFileW(wide(path_).c_str(), wide(backup).c_str(), FALSE) != 0; });
}

void LogWriter::cut() {
  insist("cut " + path_, violations_, [&] {
    return SetFilePointer(handle_->handle, 0, nullptr, FILE_BEGIN) != INVALID_SET_FILE_POINTER &&
           SetEndOfFile(handle_->handle) != 0;
  });
}

}  // namespace cmgmon::support
