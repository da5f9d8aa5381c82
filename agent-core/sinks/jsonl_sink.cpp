#include "sinks/jsonl_sink.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/path.h"
#include "sinks/incident_json.h"

namespace cmgmon::sinks {

namespace {

// Undelivered transitions are few when the service stops, and at most a second's worth when it crashes.
constexpr std::uint64_t kReconcileBytes = 4U << 20U;
constexpr std::size_t kMaxKnown = 20000;
constexpr std::size_t kBlock = 64U << 10U;

struct Tail {
  std::string bytes;           // the last ones of the file, at most kReconcileBytes
  std::uint64_t size = 0;      // of the file
  std::uint64_t good_end = 0;  // after its last line end
};

base::Result<void> read_fully(const platform::LogFile& file, std::uint64_t offset,
                              std::span<char> into) {
  while (!into.empty()) {
    const auto count = file.read_at(offset, into);
    if (!count) {
      return count.error();
    }
    if (*count == 0) {
      return base::Error{base::ErrorKind::kBusy, 0, "the journal became shorter while it was read",
                         ""};
    }
    offset += *count;
    into = into.subspan(*count);
  }
  return {};
}

base::Result<Tail> read_tail(const std::string& path) {
  auto file = platform::LogFile::open(path);
  if (!file) {
    return file.error();
  }
  const auto info = file->info();
  if (!info) {
    return info.error();
  }
  Tail tail;
  tail.size = info->size;
  const std::uint64_t start = tail.size - std::min(tail.size, kReconcileBytes);
  tail.bytes.resize(static_cast<std::size_t>(tail.size - start));
  if (auto read = read_fully(*file, start, tail.bytes); !read) {
    return read.error();
  }
  const std::size_t last = tail.bytes.rfind('\n');
  if (last != std::string::npos) {
    tail.good_end = start + last + 1;
    return tail;
  }
  // No line of ours is that long, so this is damage (zeros after a power cut): look further back.
  std::string block;
  for (std::uint64_t end = start; end > 0;) {
    const std::uint64_t from = end - std::min<std::uint64_t>(end, kBlock);
    block.resize(static_cast<std::size_t>(end - from));
    if (auto read = read_fully(*file, from, block); !read) {
      return read.error();
    }
    if (const std::size_t found = block.rfind('\n'); found != std::string::npos) {
      tail.good_end = from + found + 1;
      break;
    }
    end = from;
  }
  return tail;
}

// alert_json() writes the id before any text of a log, so the first occurrence is the key itself.
std::optional<std::string_view> delivery_id_of(std::string_view line) {
  constexpr std::string_view kKey = "\"delivery_id\":\"";
  const std::size_t key = line.find(kKey);
  if (key == std::string_view::npos) {
    return std::nullopt;
  }
  const std::size_t start = key + kKey.size();
  const std::size_t end = line.find('"', start);
  return end == std::string_view::npos ? std::nullopt
                                       : std::optional(line.substr(start, end - start));
}

}  // namespace

JsonlSink::JsonlSink(JsonlOptions options, std::string host)
    : options_(std::move(options)), host_(std::move(host)) {}

std::string JsonlSink::rotated_path(int number) const {
  if (number == 0) {
    return options_.path;
  }
  const std::string_view name = base::file_name(options_.path);
  const std::size_t dot = name.rfind('.');
  const std::string stem(name.substr(0, dot));
  const std::string ending(dot == std::string_view::npos ? std::string_view() : name.substr(dot));
  return base::join_path(base::parent_path(options_.path),
                         stem + "." + std::to_string(number) + ending);
}

void JsonlSink::note_delivery(std::string_view delivery_id) {
  if (!known_.emplace(delivery_id).second) {
    return;
  }
  known_order_.emplace_back(delivery_id);
  if (known_order_.size() > kMaxKnown) {
    known_.erase(known_order_.front());
    known_order_.pop_front();
  }
}

base::Result<void> JsonlSink::reconcile() {
  if (auto made = platform::create_folders(std::string(base::parent_path(options_.path))); !made) {
    return made;
  }
  // The one before belongs to it: a crash may have followed the rotation.
  for (const int number : {1, 0}) {
    const std::string path = rotated_path(number);
    auto tail = read_tail(path);
    if (!tail) {
      if (tail.error().kind == base::ErrorKind::kNotFound || number != 0) {
        continue;
      }
      return tail.error();
    }
    std::string_view rest = tail->bytes;
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      if (const auto id = delivery_id_of(rest.substr(0, end))) {
        note_delivery(*id);
      }
      rest.remove_prefix(end + 1);
    }
    if (number == 0 && tail->good_end < tail->size) {
      auto file = platform::AppendFile::open(path);
      if (!file) {
        return file.error();
      }
      if (auto cut = file->truncate(tail->good_end); !cut) {
        return cut;
      }
      counters_.torn_bytes += tail->size - tail->good_end;
    }
  }
  reconciled_ = true;
  return {};
}

base::Result<void> JsonlSink::rotate() {
  for (int number = options_.files - 2; number >= 0; --number) {
    auto renamed = platform::rename_file(rotated_path(number), rotated_path(number + 1));
    if (!renamed && renamed.error().kind != base::ErrorKind::kNotFound) {
      return renamed;
    }
  }
  if (options_.files == 1) {
    return platform::remove_file(options_.path);
  }
  return {};
}

base::Result<void> JsonlSink::append(const std::string& line) {
  {
    auto file = platform::AppendFile::open(options_.path);
    if (!file) {
      return file.error();
    }
    const auto size = file->size();
    if (!size) {
      return size.error();
    }
    if (*size == 0 || *size + line.size() <= options_.max_size_bytes) {
      return file->append(line);
    }
  }  // closed: an open file of ours would keep Windows from renaming it
  if (rotate()) {
    ++counters_.rotations;
  } else {
    ++counters_.failed_rotations;
  }
  auto file = platform::AppendFile::open(options_.path);
  return file ? file->append(line) : file.error();
}

Delivered JsonlSink::deliver(const incidents::Transition& transition) {
  if (transition.kind == incidents::TransitionKind::kUpdated && !options_.updates) {
    return {};
  }
  if (!reconciled_) {
    if (auto ready = reconcile(); !ready) {
      return ready.error();
    }
  }
  if (known_.contains(transition.delivery_id)) {
    ++counters_.already_there;
    return {};
  }
  auto written = append(alert_json(transition, host_) + "\n");
  if (!written) {
    reconciled_ = false;  // part of the line may be there
    return written.error();
  }
  note_delivery(transition.delivery_id);
  ++counters_.written;
  return {};
}

base::Result<void> JsonlSink::notify(const Notice& notice, base::Time at) {
  static_cast<void>(
      notice);  // the journal holds alerts; what the service says of itself is in its diary
  static_cast<void>(at);
  return {};
}

}  // namespace cmgmon::sinks
