#include "tail/visit.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/hash.h"

namespace cmgmon::tail {

bool same_id(const platform::FileId& a, const platform::FileId& b) {
  return a.index == b.index && (a.volume == b.volume || a.volume == 0 || b.volume == 0);
}

Visit::Visit(std::string path, std::unique_ptr<OpenFile> file, const platform::FileInfo& info)
    : path_(std::move(path)), file_(std::move(file)), info_(info) {}

base::Result<Visit> Visit::open(FileSystem& files, const std::string& path) {
  auto file = files.open(path);
  if (!file) {
    return file.error();
  }
  const auto info = (*file)->info();
  if (!info) {
    return info.error();
  }
  return Visit(path, std::move(*file), *info);
}

base::Result<void> Visit::refresh() {
  const auto info = file_->info();
  if (!info) {
    return info.error();
  }
  // The id stays: Wine forgets the volume of a file renamed under the handle.
  info_.size = info->size;
  info_.modified = info->modified;
  return {};
}

base::Result<std::string> Visit::read(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  const auto got = file_->read_at(offset, std::span<char>(bytes.data(), bytes.size()));
  if (!got) {
    return got.error();
  }
  bytes.resize(*got);
  return bytes;
}

base::Result<void> Visit::need_head(std::uint64_t length) {
  if (head_.size() >= length) {
    return {};
  }
  auto head = read(0, kHeadBytes);
  if (!head) {
    return head.error();
  }
  head_ = std::move(*head);
  return {};
}

base::Result<bool> Visit::holds(const FilePlace& place) {
  if (info_.size < place.offset || place.head_length > std::min(place.offset, kHeadBytes)) {
    return false;
  }
  if (const auto read_head = need_head(place.head_length); !read_head) {
    return read_head.error();
  }
  if (head_.size() < place.head_length ||
      base::content_hash(std::string_view(head_).substr(0, place.head_length)) != place.head_hash) {
    return place.offset == 0;
  }
  const std::uint64_t count = std::min(place.offset, kBeforeBytes);
  auto before = read(place.offset - count, static_cast<std::size_t>(count));
  if (!before) {
    return before.error();
  }
  before_ = std::move(*before);
  return place.offset == 0 ||
         (before_.size() == count && base::content_hash(before_) == place.before_hash);
}

base::Result<bool> Visit::begins(const FilePlace& place) {
  if (info_.size >= place.offset || info_.size < place.head_length || place.head_length == 0) {
    return false;
  }
  if (const auto read_head = need_head(place.head_length); !read_head) {
    return read_head.error();
  }
  return head_.size() >= place.head_length && base::content_hash(std::string_view(head_).substr(
                                                  0, place.head_length)) == place.head_hash;
}

base::Result<std::optional<FilePlace>> Visit::place_at(std::uint64_t offset) {
  FilePlace place;
  place.path = path_;
  place.id = info_.id;
  place.offset = offset;
  place.head_length = std::min(offset, kHeadBytes);
  if (const auto read_head = need_head(place.head_length); !read_head) {
    return read_head.error();
  }
  const std::uint64_t count = std::min(offset, kBeforeBytes);
  auto before = read(offset - count, static_cast<std::size_t>(count));
  if (!before) {
    return before.error();
  }
  if (head_.size() < place.head_length || before->size() < count) {
    return std::optional<FilePlace>();
  }
  before_ = std::move(*before);
  place.head_hash = base::content_hash(std::string_view(head_).substr(0, place.head_length));
  place.before_hash = base::content_hash(before_);
  return std::optional<FilePlace>(std::move(place));
}

// The bytes before the offset are read together with those after it: whatever a writer does between two of our calls,
// bytes are delivered only when they follow the ones we know.
base::Result<std::optional<std::string>> Visit::read_on(FilePlace& place, std::size_t max_bytes) {
  const bool head_grows = place.head_length < kHeadBytes && max_bytes > 0;
  if (head_grows) {
    if (const auto read_head = need_head(place.head_length); !read_head) {
      return read_head.error();
    }
  }
  const auto count = static_cast<std::size_t>(std::min(place.offset, kBeforeBytes));
  auto bytes = read(place.offset - count, count + max_bytes);
  if (!bytes) {
    return bytes.error();
  }
  if (bytes->size() < count || (count > 0 && base::content_hash(std::string_view(*bytes).substr(
                                                 0, count)) != place.before_hash)) {
    return std::optional<std::string>();
  }
  before_ = bytes->size() > kBeforeBytes ? bytes->substr(bytes->size() - kBeforeBytes) : *bytes;
  bytes->erase(0, count);
  if (bytes->empty()) {
    return std::optional<std::string>(std::move(*bytes));
  }
  if (head_grows && place.head_length == place.offset && head_.size() >= place.head_length) {
    std::string head = head_.substr(0, place.head_length);
    head.append(*bytes, 0, kHeadBytes - head.size());
    place.head_length = head.size();
    place.head_hash = base::content_hash(head);
    head_ = std::move(head);
  }
  place.offset += bytes->size();
  place.before_hash = base::content_hash(before_);
  return std::optional<std::string>(std::move(*bytes));
}

}  // namespace cmgmon::tail
