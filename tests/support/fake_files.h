#pragma once
// A file system in memory for tests of tail: names, inodes, failures on demand, and a hook between any two calls.
//
// An open file stays readable after a rename or removal, as it does on Linux and, shared for deletion, on Windows. A folder
// is listed in parts and in no order, with the hook between them: what is renamed meanwhile may be missed or listed twice.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/log_disk.h"
#include "tail/file_system.h"

namespace cmgmon::support {

class FakeFiles final : public tail::FileSystem, public LogDisk {
 public:
  struct Inode {
    std::uint64_t id = 0;
    std::string bytes;
    std::uint64_t writes = 0;  // its time of writing
  };

  // An absolute path in the way of this platform: path("a/b.log").
  static std::string path(std::string_view relative);

  std::string full_path(std::string_view name) const override { return path(name); }
  bool append(std::string_view name, std::string_view bytes) override;
  bool replace(std::string_view name, std::string_view bytes) override;
  bool rewrite(std::string_view name, std::string_view bytes) override;
  bool rename(std::string_view from, std::string_view to) override;
  bool copy(std::string_view from, std::string_view to) override;
  bool remove(std::string_view name) override;
  bool remove_and_use_id_again(std::string_view name) override;
  bool remove_folder(std::string_view name) override;
  bool make_folder(std::string_view name) override;
  bool exists(std::string_view name) const override;
  std::string read(std::string_view name) const override;
  tail::FileSystem& files() override { return *this; }
  void before_each_call(std::function<void()> hook) override { hook_ = std::move(hook); }
  int open_handles() const override { return *handles_; }

  std::uint64_t id(std::string_view name) const;
  void next_id(std::uint64_t id) { next_id_ = id; }  // of the next new file: inodes are used again
  // Who writes through a handle goes on after a rename.
  std::shared_ptr<Inode> handle(std::string_view name) const;

  void make_link(std::string_view name);  // or a device: listed as what it is, never opened

  // Failures, until healed.
  void fail_open(std::string_view name, base::ErrorKind kind);
  void fail_read(std::string_view name, base::ErrorKind kind);  // a byte-range lock
  void fail_list(std::string_view folder, base::ErrorKind kind);
  void heal();

  int calls() const { return calls_; }

  base::Result<std::unique_ptr<tail::OpenFile>> open(const std::string& path) override;
  base::Result<std::vector<platform::FolderEntry>> list(const std::string& path) override;

 private:
  class Handle;
  void called();
  void run_hook();
  std::shared_ptr<Inode>& inode(std::string_view name);

  std::map<std::string, std::shared_ptr<Inode>> files_;  // by absolute path
  std::map<std::string, bool> folders_;
  std::set<std::string> links_;
  std::map<std::string, base::ErrorKind> open_failures_;
  std::map<std::string, base::ErrorKind> read_failures_;
  std::map<std::string, base::ErrorKind> list_failures_;
  std::function<void()> hook_;
  bool in_hook_ = false;
  int calls_ = 0;
  std::shared_ptr<int> handles_ = std::make_shared<int>(0);
  std::optional<std::uint64_t> next_id_;
  std::uint64_t last_id_ = 100;
  std::uint64_t writes_ = 0;
};

}  // namespace cmgmon::support
