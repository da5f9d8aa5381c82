#pragma once
// A program that logs, as ConfigMgr's do: appends through a handle that it keeps, and rolls its log over in every way
// there is. Shares its file for reading, writing and deletion, as the product's writers must.
//
// Errors:  whatever fails for a reader's sake (sharing violation, access denied) is counted and tried again; anything
//          else is an exception.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cmgmon::support {

class LogWriter {
 public:
  explicit LogWriter(std::string path);
  ~LogWriter() = default;
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void write(std::string_view bytes);
  // Renames the log over `backup` while its handle is open, then creates the log anew.
  void roll_by_rename(const std::string& backup);
  // The same with the handle closed before.
  void roll_closed(const std::string& backup);
  // Copies the log into `backup` and cuts it.
  void roll_by_copy(const std::string& backup);
  // Goes on in another file (IIS).
  void roll_to(const std::string& path);

  std::uint64_t violations() const { return violations_; }

 private:
  struct Handle;
  // What differs between systems.
  void open();
  void rename_to(const std::string& backup);
  void copy_to(const std::string& backup);
  void cut();

  std::string path_;
  std::shared_ptr<Handle> handle_;  // shared only in name: its type is known to one file alone
  std::uint64_t violations_ = 0;
};

}  // namespace cmgmon::support
