#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "support/log_writer.h"

namespace cmgmon::support {

struct LogWriter::Handle {
  int descriptor = -1;
  explicit Handle(int opened) : descriptor(opened) {}
  ~Handle() { ::close(descriptor); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

void LogWriter::open() {
  const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    throw std::runtime_error("cannot open " + path_);
  }
  handle_ = std::make_shared<Handle>(descriptor);
}

void LogWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(handle_->descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      throw std::runtime_error("cannot write " + path_);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void LogWriter::rename_to(const std::string& backup) {
  if (std::rename(path_.c_str(), backup.c_str()) != 0) {
    throw std::runtime_error("cannot rename to " + backup);
  }
}

void LogWriter::copy_to(const std::string& backup) {
  std::filesystem::copy_file(path_, backup, std::filesystem::copy_options::overwrite_existing);
}

void LogWriter::cut() {
  if (::ftruncate(handle_->descriptor, 0) != 0) {
    throw std::runtime_error("cannot cut " + path_);
  }
}

}  // namespace cmgmon::support
