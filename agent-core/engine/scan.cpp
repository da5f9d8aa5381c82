#include "engine/scan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/path.h"
#include "platform/files.h"
#include "settings/settings.h"

namespace cmgmon::engine {

namespace {

constexpr std::size_t kReadBytes = 256U << 10U;
constexpr int kMaxFolderDepth = 64;
constexpr std::size_t kMaxIncidents = 10000;

struct FoundFile {
  std::string path;
  std::string order;  // among the files of its stream
};

struct FoundStream {
  std::string service;
  std::map<std::string, std::string> captures;
  std::vector<FoundFile> files;
};

// Finds the files to read and puts rolled-over siblings into one stream.
class Finder {
 public:
  Finder(const ScanRequest& request, const signatures::SignatureSet& set, ScanReport& report)
      : request_(request), set_(set), report_(report) {}

  std::map<std::string, FoundStream> find() {
    for (const auto& path : request_.paths) {
      if (auto entries = platform::list_folder(path)) {
        add_folder(path, *entries, 0);
      } else {
        add_file(path, true);  // whatever is wrong with it shows when it is read
      }
    }
    return std::move(streams_);
  }

 private:
  void add_folder(const std::string& path, const std::vector<platform::FolderEntry>& entries,
                  int depth) {
    for (const auto& entry : entries) {
      const std::string child = base::join_path(path, entry.name);
      if (entry.kind == platform::EntryKind::kFile) {
        add_file(child, false);
      } else if (entry.kind == platform::EntryKind::kFolder && depth < kMaxFolderDepth) {
        if (auto below = platform::list_folder(child)) {
          add_folder(child, *below, depth + 1);
        } else {
          report_.errors.push_back({child, below.error().message, below.error().remedy});
        }
      }
    }
  }

  // `named` files are read whatever they are called.
  void add_file(const std::string& path, bool named) {
    if (!seen_.insert(path).second) {
      return;
    }
    const auto sibling = tail::sibling_name(base::file_name(path));
    const std::string live_path = base::join_path(base::parent_path(path), sibling.live_name);
    FoundStream found;
    if (!classify(live_path, sibling.live_name, found) && !named && !request_.every_signature &&
        request_.service.empty()) {
      return;
    }
    if (request_.every_signature) {
      found.service.clear();
    } else if (!request_.service.empty()) {
      found.service = request_.service;
    }
    auto& stream = streams_.try_emplace(live_path, std::move(found)).first->second;
    stream.files.push_back({path, sibling.order});
  }

  bool classify(const std::string& live_path, const std::string& live_name,
                FoundStream& found) const {
    const std::string absolute = settings::absolute_path(live_path);  // as the globs are
    for (const auto& source : request_.sources) {
      if (auto captures = tail::match_glob(source.glob, absolute)) {
        found.service = source.service;
        found.captures = std::move(*captures);
        return true;
      }
    }
    for (const auto& service : set_.services) {
      for (const auto& name : service.file_names) {
        if (tail::match_glob(name, live_name)) {
          found.service = service.name;
          return true;
        }
      }
    }
    return false;
  }

  const ScanRequest& request_;
  const signatures::SignatureSet& set_;
  ScanReport& report_;
  std::set<std::string> seen_;
  std::map<std::string, FoundStream> streams_;
};

// Feeds one file to the pipeline. False (with an error in the report) when it could not be read to its end.
class Reader {
 public:
  Reader(Pipeline& pipeline, const base::Clock& clock, ScanReport& report)
      : pipeline_(pipeline), clock_(clock), report_(report) {}

  void read(tail::StreamId stream, const std::string& path,
            const std::function<void(std::uint64_t)>& read_bytes) {
    auto file = platform::LogFile::open(path);
    if (!file) {
      fail(path, file.error());
      return;
    }
    pipeline_.process(tail::FileStarted{stream, path, 0}, clock_.now());
    std::uint64_t offset = 0;
    for (;;) {
      const auto count = file->read_at(offset, pipeline_.room(stream, kReadBytes));
      if (!count) {
        fail(path, count.error());
        break;
      }
      if (*count == 0) {
        break;
      }
      pipeline_.read(stream, path, *count, clock_.now());
      offset += *count;
      read_bytes(*count);
    }
    pipeline_.process(tail::FileEnded{stream, path}, clock_.now());
  }

 private:
  void fail(const std::string& path, const base::Error& error) {
    report_.errors.push_back({path, error.message, error.remedy});
  }

  Pipeline& pipeline_;
  const base::Clock& clock_;
  ScanReport& report_;
};

std::uint64_t size_of(const std::string& path) {
  const auto file = platform::LogFile::open(path);
  if (!file) {
    return 0;
  }
  const auto info = file->info();
  return info ? info->size : 0;
}

}  // namespace

ScanReport scan(const ScanRequest& request, const signatures::SignatureSet& set,
                const base::Clock& clock, const ScanProgress& progress) {
  ScanReport report;
  auto streams = Finder(request, set, report).find();

  incidents::BookOptions options;
  options.clear_hold = std::chrono::milliseconds(0);
  options.max_cleared = kMaxIncidents;
  options.folders_are_machines = true;
  incidents::IncidentBook book(set, options, [&] { return request.facts; });
  Pipeline pipeline(set, book, "");

  std::uint64_t done = 0;
  std::uint64_t total = 0;
  if (progress) {
    for (const auto& [key, stream] : streams) {
      for (const auto& file : stream.files) {
        total += size_of(file.path);
      }
    }
  }

  Reader reader(pipeline, clock, report);
  tail::StreamId id = 0;
  // All are known before the first is read: which signs of recovery count depends on it.
  for (const auto& [key, stream] : streams) {
    ++id;
    pipeline.process(tail::StreamOpened{{id, key, stream.service, stream.captures}}, clock.now());
    pipeline.process(tail::BacklogEnded{id}, clock.now());
  }
  pipeline.end_look(clock.now());  // everything counts, however old
  id = 0;
  for (auto& [key, stream] : streams) {
    std::stable_sort(stream.files.begin(), stream.files.end(),
                     [](const FoundFile& a, const FoundFile& b) { return a.order < b.order; });
    ++id;
    for (const auto& file : stream.files) {
      reader.read(id, file.path, [&](std::uint64_t bytes) {
        done += bytes;
        static_cast<void>(book.take_transitions());  // nobody waits for them here
        if (progress) {
          progress(done, std::max(done, total));
        }
      });
    }
  }
  pipeline.end_of_logs(clock.now());
  pipeline.caught_up(clock.now());
  book.settle();
  report.files = pipeline.take_file_reports();
  report.incidents = book.incidents();
  std::erase_if(report.incidents, [](const incidents::Incident& incident) {
    return incident.state == incidents::State::kPending;
  });
  return report;
}

}  // namespace cmgmon::engine
