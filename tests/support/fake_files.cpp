#include "support/fake_files.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/hash.h"
#include "base/path.h"

namespace cmgmon::support {

namespace {

base::Error error_of(base::ErrorKind kind, const std::string& path) {
  base::Error error;
  error.kind = kind;
  error.message = path + " fails as the test wants";
  error.remedy = "heal it";
  return error;
}

}  // namespace

class FakeFiles::Handle final : public tail::OpenFile {
 public:
  Handle(FakeFiles& files, std::string path, std::shared_ptr<Inode> inode)
      : files_(files), path_(std::move(path)), inode_(std::move(inode)), handles_(files.handles_) {
    ++*handles_;
  }
  ~Handle() override { --*handles_; }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  base::Result<platform::FileInfo> info() const override {
    files_.called();
    platform::FileInfo info;
    info.id = {1, inode_->id};
    info.size = inode_->bytes.size();
    info.modified = base::Time(std::chrono::microseconds(inode_->writes));
    return info;
  }

  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    files_.called();
    if (const auto failure = files_.read_failures_.find(path_);
        failure != files_.read_failures_.end()) {
      return error_of(failure->second, path_);
    }
    const std::string& bytes = inode_->bytes;
    const auto start = static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes.size()));
    return bytes.copy(into.data(), into.size(), start);
  }

 private:
  FakeFiles& files_;
  std::string path_;
  std::shared_ptr<Inode> inode_;
  std::shared_ptr<int> handles_;
};

std::string FakeFiles::path(std::string_view relative) {
  std::string path = base::preferred_separator() == '\\' ? "C:\\" : "/";
  for (const char c : relative) {
    path += c == '/' ? base::preferred_separator() : c;
  }
  return path;
}

void FakeFiles::called() {
  ++calls_;
  run_hook();
}

void FakeFiles::run_hook() {
  if (hook_ && !in_hook_) {
    in_hook_ = true;
    hook_();
    in_hook_ = false;
  }
}

std::shared_ptr<FakeFiles::Inode>& FakeFiles::inode(std::string_view name) {
  const std::string full = path(name);
  auto& inode = files_[full];
  if (!inode) {
    inode = std::make_shared<Inode>();
    inode->id = next_id_ ? *std::exchange(next_id_, std::nullopt) : ++last_id_;
    make_folder(name.substr(0, name.rfind('/')));
  }
  return inode;
}

bool FakeFiles::append(std::string_view name, std::string_view bytes) {
  inode(name)->bytes.append(bytes);
  inode(name)->writes = ++writes_;
  return true;
}

bool FakeFiles::replace(std::string_view name, std::string_view bytes) {
  const auto old = files_.find(path(name));
  const std::optional<std::uint64_t> free =
      old == files_.end() ? std::nullopt : std::optional(old->second->id);
  files_.erase(path(name));
  append(name, bytes);
  next_id_ = free;  // the id of the old one is free now, and file systems use ids again
  return true;
}

bool FakeFiles::rewrite(std::string_view name, std::string_view bytes) {
  inode(name)->bytes = bytes;
  inode(name)->writes = ++writes_;
  return true;
}

bool FakeFiles::rename(std::string_view from, std::string_view to) {
  const auto found = files_.find(path(from));
  if (found == files_.end()) {
    throw std::runtime_error("nothing to rename");
  }
  auto moved = found->second;
  files_.erase(found);
  files_[path(to)] = std::move(moved);
  return true;
}

bool FakeFiles::copy(std::string_view from, std::string_view to) {
  return rewrite(to, read(from));
}

bool FakeFiles::remove(std::string_view name) {
  files_.erase(path(name));
  return true;
}

bool FakeFiles::remove_and_use_id_again(std::string_view name) {
  next_id_ = id(name);
  return remove(name);
}

bool FakeFiles::remove_folder(std::string_view name) {
  const std::string folder = path(name);
  std::erase_if(files_, [&](const auto& file) { return base::parent_path(file.first) == folder; });
  folders_.erase(folder);
  return true;
}

bool FakeFiles::make_folder(std::string_view name) {
  for (std::string_view folder = name;;) {
    folders_[path(folder)] = true;
    const std::size_t slash = folder.rfind('/');
    if (slash == std::string_view::npos) {
      break;
    }
    folder = folder.substr(0, slash);
  }
  return true;
}

bool FakeFiles::exists(std::string_view name) const {
  return files_.contains(path(name));
}

std::string FakeFiles::read(std::string_view name) const {
  const auto found = files_.find(path(name));
  return found == files_.end() ? "" : found->second->bytes;
}

std::uint64_t FakeFiles::id(std::string_view name) const {
  return files_.at(path(name))->id;
}

std::shared_ptr<FakeFiles::Inode> FakeFiles::handle(std::string_view name) const {
  return files_.at(path(name));
}

void FakeFiles::make_link(std::string_view name) {
  append(name, "");
  links_.insert(path(name));
}

void FakeFiles::fail_open(std::string_view name, base::ErrorKind kind) {
  open_failures_[path(name)] = kind;
}
void FakeFiles::fail_read(std::string_view name, base::ErrorKind kind) {
  read_failures_[path(name)] = kind;
}
void FakeFiles::fail_list(std::string_view folder, base::ErrorKind kind) {
  list_failures_[path(folder)] = kind;
}

void FakeFiles::heal() {
  open_failures_.clear();
  read_failures_.clear();
  list_failures_.clear();
}

base::Result<std::unique_ptr<tail::OpenFile>> FakeFiles::open(const std::string& path) {
  called();
  if (const auto failure = open_failures_.find(path); failure != open_failures_.end()) {
    return error_of(failure->second, path);
  }
  const auto found = files_.find(path);
  if (found == files_.end()) {
    return error_of(base::ErrorKind::kNotFound, path);
  }
  if (links_.contains(path)) {
    return error_of(base::ErrorKind::kInvalid, path);
  }
  return std::unique_ptr<tail::OpenFile>(std::make_unique<Handle>(*this, path, found->second));
}

base::Result<std::vector<platform::FolderEntry>> FakeFiles::list(const std::string& path) {
  called();
  if (const auto failure = list_failures_.find(path); failure != list_failures_.end()) {
    return error_of(failure->second, path);
  }
  if (!folders_.contains(path)) {
    return error_of(base::ErrorKind::kNotFound, path);
  }
  std::vector<platform::FolderEntry> entries;
  constexpr std::uint64_t kParts = 4;
  for (std::uint64_t part = 0; part < kParts; ++part) {
    if (part > 0) {
      run_hook();
    }
    for (const auto& [full, inode] : files_) {
      if (base::content_hash(full) % kParts == part && base::parent_path(full) == path) {
        entries.push_back({std::string(base::file_name(full)), links_.contains(full)
                                                                   ? platform::EntryKind::kOther
                                                                   : platform::EntryKind::kFile});
      }
    }
  }
  for (const auto& [full, yes] : folders_) {
    if (full != path && base::parent_path(full) == path) {
      entries.push_back({std::string(base::file_name(full)), platform::EntryKind::kFolder});
    }
  }
  return entries;
}

}  // namespace cmgmon::support
