#include "tail/discovery.h"

#include <algorithm>
#include <utility>

#include "base/path.h"
#include "base/text.h"

namespace cmgmon::tail {

namespace {

void sort_by_age(std::vector<StreamFile>& files) {
  std::sort(files.begin(), files.end(), [](const StreamFile& a, const StreamFile& b) {
    return a.order != b.order ? a.order < b.order : a.path < b.path;
  });
}

// What the names of all files of a stream begin with.
std::string_view stem_of(std::string_view live_name) {
  return live_name.substr(0, std::min(live_name.rfind('.'), live_name.find('*')));
}

bool same_entries(const std::vector<platform::FolderEntry>& a,
                  const std::vector<platform::FolderEntry>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.kind == y.kind && x.name == y.name;
  });
}

bool is_pattern(std::string_view live_name) {
  return live_name.find('*') != std::string_view::npos;
}

}  // namespace

std::string fold_path(std::string_view path) {
  static const bool kNoCase = base::same_path("A", "a");
  std::string folded = kNoCase ? base::to_lower(path) : std::string(path);
  if (kNoCase) {
    std::replace(folded.begin(), folded.end(), '/', '\\');
  }
  return folded;
}

Discovery::Discovery(std::vector<Source> sources, FileSystem& files) : files_(files) {
  for (Source& source : sources) {
    Glob glob(source.glob);
    if (glob.component_count() > 0) {
      rules_.push_back({std::move(source), std::move(glob)});
    }
  }
}

// An unmounted volume leaves an empty folder behind: whether its logs are gone is not known before something is there again.
base::Result<std::vector<platform::FolderEntry>> Discovery::entries_of(const std::string& folder) {
  auto entries = files_.list(folder);
  if (entries && entries->empty() && held_.contains(folder)) {
    folders_.insert(folder);  // it is there, and may be watched
    return base::Error{base::ErrorKind::kIo, 0,
                       "The folder " + folder + " is empty, and logs were read in it before",
                       "Check that its volume is mounted, and who has deleted the logs otherwise; "
                       "reading goes on as soon as there are logs again"};
  }
  return entries;
}

Discovery::Listed Discovery::list(const std::string& folder, Troubles* troubles,
                                  std::vector<TailEvent>* events) {
  const auto [entry, is_new] = listed_.try_emplace(folder);
  if (!is_new) {
    return entry->second;
  }
  auto entries = entries_of(folder);
  if (entries) {
    entry->second = {std::move(*entries), true};
    folders_.insert(folder);
    if (troubles != nullptr) {
      troubles->fine(Troubles::Kind::kFolder, folder, *events);
    }
  } else if (troubles != nullptr && entries.error().kind != base::ErrorKind::kNotFound) {
    troubles->failed(Troubles::Kind::kFolder, folder, entries.error(), !looked_, *events);
  }
  return entry->second;
}

void Discovery::expand(std::size_t rule, const std::string& folder, std::size_t component,
                       Troubles* troubles, std::vector<TailEvent>* events) {
  const Glob& glob = rules_[rule].glob;
  if (component + 1 == glob.component_count()) {
    log_folders_[folder].push_back(rule);
    return;
  }
  if (!glob.has_wildcard(component)) {
    expand(rule, base::join_path(folder, glob.component_text(component)), component + 1, troubles,
           events);
    return;
  }
  for (const auto& entry : list(folder, troubles, events).entries) {
    if (entry.kind == platform::EntryKind::kFolder &&
        glob.matches_component(component, entry.name)) {
      expand(rule, base::join_path(folder, entry.name), component + 1, troubles, events);
    }
  }
}

void Discovery::locate(Troubles* troubles, std::vector<TailEvent>* events) {
  last_answer_ = {};
  listed_.clear();
  log_folders_.clear();
  folders_.clear();
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    expand(i, rules_[i].glob.fixed_folder(), rules_[i].glob.fixed_components(), troubles, events);
  }
  for (const auto& [folder, rules] : log_folders_) {
    list(folder, troubles, events);
  }
}

// The first source that asks for the file, under its own name or under that of its log.
const Discovery::Rule* Discovery::rule_for(const std::vector<std::size_t>& rules,
                                           std::string_view name,
                                           std::string_view live_name) const {
  for (const std::size_t i : rules) {
    const Glob& glob = rules_[i].glob;
    if (glob.matches_name(live_name) || glob.matches_name(name)) {
      return &rules_[i];
    }
  }
  return nullptr;
}

void Discovery::collect(const std::string& folder, const std::vector<std::size_t>& rules,
                        const Listed& listed, std::map<std::string, FoundStream>& found) const {
  for (const auto& entry : listed.entries) {
    const SiblingName sibling = sibling_name(entry.name);
    // Links and devices in the place of a log stay: opening them says why they are refused. In the place of an old log they
    // must not hold up the log.
    if (entry.kind == platform::EntryKind::kFolder ||
        (entry.kind == platform::EntryKind::kOther && !sibling.live)) {
      continue;
    }
    const Rule* rule = rule_for(rules, entry.name, sibling.live_name);
    if (rule == nullptr) {
      continue;
    }
    const std::string key = base::join_path(folder, sibling.live_name);
    const auto [stream, is_new] = found.try_emplace(fold_path(key));
    if (is_new) {
      stream->second.key = key;
      stream->second.folder = folder;
      stream->second.live_name = sibling.live_name;
      stream->second.dated_only = is_pattern(sibling.live_name);
      stream->second.service = rule->source.service;
      if (!rule->glob.matches(key, &stream->second.captures)) {
        rule->glob.matches(base::join_path(folder, entry.name), &stream->second.captures);
      }
    }
    StreamFile file;
    file.path = base::join_path(folder, entry.name);
    file.order = sibling.order;
    file.dated = sibling.dated;
    file.live = sibling.live && !stream->second.dated_only;
    if (file.live) {
      stream->second.key = file.path;  // spelled as it is on the disk
    }
    stream->second.files.push_back(std::move(file));
  }
}

const std::map<std::string, FoundStream>& Discovery::find(Troubles& troubles,
                                                          std::vector<TailEvent>& events) {
  locate(&troubles, &events);
  found_.clear();
  for (const auto& [folder, rules] : log_folders_) {
    collect(folder, rules, listed_[folder], found_);
  }
  for (auto& [key, stream] : found_) {
    sort_by_age(stream.files);
    held_.insert(stream.folder);
  }
  complain(troubles, events);
  looked_ = true;
  return found_;
}

// A required source is content with one log that is there; its rolled-over files alone are not enough.
void Discovery::complain(Troubles& troubles, std::vector<TailEvent>& events) {
  for (const Rule& rule : rules_) {
    if (!rule.source.required) {
      continue;
    }
    const bool there = std::any_of(found_.begin(), found_.end(), [&](const auto& entry) {
      const FoundStream& stream = entry.second;
      return std::any_of(stream.files.begin(), stream.files.end(), [&](const StreamFile& file) {
        return (file.live || stream.dated_only) && rule.glob.matches(file.path);
      });
    });
    if (there) {
      troubles.fine(Troubles::Kind::kSource, rule.source.glob, events);
      continue;
    }
    base::Error error;
    error.kind = base::ErrorKind::kNotFound;
    error.message = "No log is found at " + rule.source.glob;
    error.remedy =
        "Check the path, and that the program that writes this log runs on this server; the log is "
        "read from its start "
        "as soon as it appears";
    troubles.failed(Troubles::Kind::kSource, rule.source.glob, error, !looked_, events);
  }
}

base::Result<std::vector<StreamFile>> Discovery::files_of(const FoundStream& stream) {
  auto entries = entries_of(stream.folder);
  if (!entries) {
    return entries.error();
  }
  if (last_answer_.key == stream.key && same_entries(last_answer_.entries, *entries)) {
    return last_answer_.files;
  }
  const auto rules = log_folders_.find(stream.folder);
  std::map<std::string, FoundStream> found;
  if (rules != log_folders_.end()) {
    // Only names of this stream are worth the matching; of 1,000 logs in one folder all others fall at the first look.
    const std::string_view stem = stem_of(stream.live_name);
    Listed listed;
    for (const auto& entry : *entries) {
      if (base::equals_ignore_case(std::string_view(entry.name).substr(0, stem.size()), stem) &&
          fold_path(sibling_name(entry.name).live_name) == fold_path(stream.live_name)) {
        listed.entries.push_back(entry);
      }
    }
    collect(stream.folder, rules->second, listed, found);
  }
  last_answer_ = {stream.key, std::move(*entries), {}};
  if (!found.empty()) {
    sort_by_age(found.begin()->second.files);
    last_answer_.files = std::move(found.begin()->second.files);
  }
  return last_answer_.files;
}

std::string Discovery::stream_of(std::string_view path) const {
  const std::string_view name = base::file_name(path);
  const SiblingName sibling = sibling_name(name);
  const std::string live_path = base::join_path(base::parent_path(path), sibling.live_name);
  for (const Rule& rule : rules_) {
    if (rule.glob.matches(live_path) || rule.glob.matches(path)) {
      return live_path;
    }
  }
  return {};
}

bool Discovery::may_hold(std::string_view folder) const {
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const Rule& rule) { return rule.glob.matches_folder_above(folder); });
}

std::vector<std::string> Discovery::folders() {
  if (!looked_) {
    locate(nullptr, nullptr);
  }
  return {folders_.begin(), folders_.end()};
}

}  // namespace cmgmon::tail
