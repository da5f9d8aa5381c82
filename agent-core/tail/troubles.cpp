#include "tail/troubles.h"

#include <algorithm>

#include "base/path.h"

namespace cmgmon::tail {

void Troubles::begin_poll(base::Time now) {
  ++poll_;
  now_ = now;
}

bool Troubles::is_covered(Kind kind, const std::string& path) const {
  if (kind == Kind::kFolder) {
    return std::any_of(troubles_.begin(), troubles_.end(), [&](const auto& entry) {
      const auto& [other, glob] = entry.first;
      return other == Kind::kSource && base::parent_path(glob) == path;
    });
  }
  return troubles_.contains({Kind::kFolder, std::string(base::parent_path(path))});
}

void Troubles::failed(Kind kind, const std::string& path, const base::Error& error, bool at_once,
                      std::vector<TailEvent>& events) {
  const bool covered = is_covered(kind, path);
  if (covered && kind != Kind::kFile) {
    return;
  }
  const auto [entry, is_new] = troubles_.try_emplace({kind, path});
  Trouble& trouble = entry->second;
  if (is_new || trouble.since > now_) {  // the clock may be set back
    trouble.since = now_;
  }
  if (trouble.last_poll != poll_) {
    trouble.last_poll = poll_;
    ++trouble.polls;
  }
  if (!trouble.told && !covered && (at_once || trouble.polls >= kPatientPolls)) {
    trouble.told = true;
    events.emplace_back(InputProblem{path, error.message, error.remedy});
  }
}

void Troubles::fine(Kind kind, const std::string& path, std::vector<TailEvent>& events) {
  const auto entry = troubles_.find({kind, path});
  if (entry == troubles_.end()) {
    return;
  }
  if (entry->second.told) {
    events.emplace_back(InputRecovered{path});
  }
  troubles_.erase(entry);
}

bool Troubles::lasts(const std::string& path) const {
  const auto entry = troubles_.find({Kind::kFile, path});
  return entry != troubles_.end() && entry->second.told && now_ - entry->second.since >= kSkipAfter;
}

void Troubles::end_full_poll(FileSystem& files, std::vector<TailEvent>& events) {
  for (auto entry = troubles_.begin(); entry != troubles_.end();) {
    const auto& [kind, path] = entry->first;
    const Trouble& trouble = entry->second;
    bool over = false;
    if (trouble.last_poll != poll_) {
      over = !trouble.told || kind != Kind::kFile;
      if (!over) {
        const auto file = files.open(path);
        over = file.has_value() || file.error().kind == base::ErrorKind::kNotFound;
      }
    }
    if (!over) {
      ++entry;
      continue;
    }
    if (trouble.told) {
      events.emplace_back(InputRecovered{path});
    }
    entry = troubles_.erase(entry);
  }
}

}  // namespace cmgmon::tail
