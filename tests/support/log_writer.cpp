#include "support/log_writer.h"

#include <utility>

namespace cmgmon::support {

LogWriter::LogWriter(std::string path) : path_(std::move(path)) {
  open();
}

void LogWriter::roll_by_rename(const std::string& backup) {
  rename_to(backup);
  open();
}

void LogWriter::roll_closed(const std::string& backup) {
  handle_.reset();
  rename_to(backup);
  open();
}

void LogWriter::roll_by_copy(const std::string& backup) {
  copy_to(backup);
  cut();
}

void LogWriter::roll_to(const std::string& path) {
  path_ = path;
  open();
}

}  // namespace cmgmon::support
