#pragma once
// A LogDisk on the real disk, below a temporary folder whose name has a space and letters of two scripts.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "support/log_disk.h"
#include "support/temp_folder.h"

namespace cmgmon::support {

class RealDisk final : public LogDisk {
 public:
  RealDisk();
  ~RealDisk() override;

  std::string full_path(std::string_view name) const override;
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
  tail::FileSystem& files() override;
  void before_each_call(std::function<void()> hook) override;
  int open_handles() const override;

 private:
  class Hooked;
  std::filesystem::path at(std::string_view name) const;

  TempFolder folder_;
  std::unique_ptr<Hooked> hooked_;
};

}  // namespace cmgmon::support
