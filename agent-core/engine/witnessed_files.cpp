#include "engine/witnessed_files.h"

#include "platform/os_error.h"

namespace cmgmon::engine {

class WitnessedFiles::File final : public tail::OpenFile {
 public:
  File(std::unique_ptr<tail::OpenFile> file, std::atomic<std::uint64_t>& answers)
      : file_(std::move(file)), answers_(answers) {}
  base::Result<platform::FileInfo> info() const override {
    auto outcome = file_->info();
    ++answers_;
    return outcome;
  }
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    auto outcome = file_->read_at(offset, into);
    ++answers_;
    return outcome;
  }

 private:
  std::unique_ptr<tail::OpenFile> file_;
  std::atomic<std::uint64_t>& answers_;
};

template <typename Call>
auto WitnessedFiles::witnessed(const std::string& path, const Call& call) -> decltype(call()) {
  if (given_up_) {
    return base::Error{base::ErrorKind::kIo, 0, "nobody waits for " + path};
  }
  auto outcome = call();
  ++answers_;
  answered_ = answered_ || outcome ||
              (outcome.error().kind != base::ErrorKind::kIo &&
               !platform::is_network_trouble(outcome.error().os_code));
  return outcome;
}

base::Result<std::unique_ptr<tail::OpenFile>> WitnessedFiles::open(const std::string& path) {
  auto file = witnessed(path, [&] { return files_.open(path); });
  if (!file) {
    return file.error();
  }
  return std::unique_ptr<tail::OpenFile>(std::make_unique<File>(std::move(*file), answers_));
}

base::Result<std::vector<platform::FolderEntry>> WitnessedFiles::list(const std::string& path) {
  return witnessed(path, [&] { return files_.list(path); });
}

}  // namespace cmgmon::engine
