#include "support/real_disk.h"

#include <algorithm>
#include <fstream>
#include <ios>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "base/path.h"

namespace cmgmon::support {

namespace {

constexpr const char* kFolder = "a b \xD0\xA2\xD0\xB5\xD1\x81\xD1\x82 \xC3\xA9/";

bool write(const std::filesystem::path& path, std::string_view bytes, std::ios::openmode mode) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary | mode);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  return !out.fail();
}

}  // namespace

// The real file system, with the hook before each call.
class RealDisk::Hooked final : public tail::FileSystem {
 public:
  base::Result<std::unique_ptr<tail::OpenFile>> open(const std::string& path) override {
    called();
    auto file = tail::local_files().open(path);
    if (!file) {
      return file.error();
    }
    return std::unique_ptr<tail::OpenFile>(std::make_unique<File>(*this, std::move(*file)));
  }
  base::Result<std::vector<platform::FolderEntry>> list(const std::string& path) override {
    called();
    return tail::local_files().list(path);
  }

  void before_each_call(std::function<void()> hook) { hook_ = std::move(hook); }
  int open_handles() const { return handles_; }

 private:
  class File final : public tail::OpenFile {
   public:
    File(Hooked& disk, std::unique_ptr<tail::OpenFile> file) : disk_(disk), file_(std::move(file)) {
      ++disk_.handles_;
    }
    ~File() override { --disk_.handles_; }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    base::Result<platform::FileInfo> info() const override {
      disk_.called();
      return file_->info();
    }
    base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
      disk_.called();
      return file_->read_at(offset, into);
    }

   private:
    Hooked& disk_;
    std::unique_ptr<tail::OpenFile> file_;
  };

  void called() {
    if (hook_ && !in_hook_) {
      in_hook_ = true;
      hook_();
      in_hook_ = false;
    }
  }

  std::function<void()> hook_;
  bool in_hook_ = false;
  int handles_ = 0;
};

RealDisk::RealDisk() : hooked_(std::make_unique<Hooked>()) {}
RealDisk::~RealDisk() = default;

std::string RealDisk::full_path(std::string_view name) const {
  std::string path = folder_.path() + '/' + kFolder + std::string(name);
  std::replace(path.begin(), path.end(), '/', base::preferred_separator());
  return path;
}

std::filesystem::path RealDisk::at(std::string_view name) const {
  const std::string full = full_path(name);
  return std::filesystem::path(std::u8string(full.begin(), full.end()));
}

bool RealDisk::append(std::string_view name, std::string_view bytes) {
  return write(at(name), bytes, std::ios::app);
}

bool RealDisk::replace(std::string_view name, std::string_view bytes) {
  const std::string beside = std::string(name) + ".tmp";
  if (!write(at(beside), bytes, std::ios::trunc)) {
    return false;
  }
  if (rename(beside, name)) {
    return true;
  }
  remove(beside);
  return false;
}

bool RealDisk::rewrite(std::string_view name, std::string_view bytes) {
  return write(at(name), bytes, std::ios::trunc);
}

bool RealDisk::rename(std::string_view from, std::string_view to) {
  std::error_code error;
  std::filesystem::rename(at(from), at(to), error);
  return !error;
}

bool RealDisk::copy(std::string_view from, std::string_view to) {
  return rewrite(to, read(from));
}

bool RealDisk::remove(std::string_view name) {
  if (open_handles() > 0 && base::preferred_separator() == '\\') {
    return false;  // it would go later, and on Wine with it what others have written until then
  }
  std::error_code error;
  return std::filesystem::remove(at(name), error);
}

bool RealDisk::remove_and_use_id_again(std::string_view name) {
  return remove(name);  // many do so by themselves
}

bool RealDisk::remove_folder(std::string_view name) {
  if (open_handles() > 0) {
    return false;  // half of it would go
  }
  std::error_code error;
  std::filesystem::remove_all(at(name), error);
  return !error;
}

bool RealDisk::make_folder(std::string_view name) {
  std::error_code error;
  std::filesystem::create_directories(at(name), error);
  return !error;
}

bool RealDisk::exists(std::string_view name) const {
  std::error_code error;
  return std::filesystem::exists(at(name), error);
}

std::string RealDisk::read(std::string_view name) const {
  std::ifstream in(at(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

tail::FileSystem& RealDisk::files() {
  return *hooked_;
}

void RealDisk::before_each_call(std::function<void()> hook) {
  hooked_->before_each_call(std::move(hook));
}

int RealDisk::open_handles() const {
  return hooked_->open_handles();
}

}  // namespace cmgmon::support
