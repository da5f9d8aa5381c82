#include "tail/file_system.h"

#include <utility>

namespace cmgmon::tail {

namespace {

class LocalFile final : public OpenFile {
 public:
  explicit LocalFile(platform::LogFile file) : file_(std::move(file)) {}
  base::Result<platform::FileInfo> info() const override { return file_.info(); }
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    return file_.read_at(offset, into);
  }

 private:
  platform::LogFile file_;
};

class LocalFiles final : public FileSystem {
 public:
  base::Result<std::unique_ptr<OpenFile>> open(const std::string& path) override {
    auto file = platform::LogFile::open(path);
    if (!file) {
      return file.error();
    }
    return std::unique_ptr<OpenFile>(std::make_unique<LocalFile>(std::move(*file)));
  }
  base::Result<std::vector<platform::FolderEntry>> list(const std::string& path) override {
    return platform::list_folder(path);
  }
};

}  // namespace

FileSystem& local_files() {
  static LocalFiles files;
  return files;
}

}  // namespace cmgmon::tail
