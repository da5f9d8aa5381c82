#pragma once
// From globs to the files that are there, put together into streams.
//
// Errors:  a folder that cannot be listed is a Trouble; one that is not there is nothing (required sources complain).
// Threads: one thread at a time; it does blocking I/O.
// Life:    the FileSystem outlives it.
// Tests:   tests/unit/tail/discovery_test.cpp

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tail/file_system.h"
#include "tail/glob.h"
#include "tail/source.h"
#include "tail/troubles.h"

namespace cmgmon::tail {

struct StreamFile {
  std::string path;
  std::string order;  // as in SiblingName
  bool dated = false;
  bool live = false;  // the log itself; never for IIS, whose newest file is the log
};

struct FoundStream {
  std::string key;  // folder + live name
  std::string folder;
  std::string live_name;
  bool dated_only = false;  // IIS: every file has a date in its name, and none is renamed
  std::string service;
  std::map<std::string, std::string> captures;
  std::vector<StreamFile> files;  // oldest first
};

// The name under which streams and paths are compared: without letter case where the system has none.
std::string fold_path(std::string_view path);

class Discovery {
 public:
  Discovery(std::vector<Source> sources, FileSystem& files);

  // Everything there is now, by fold_path(key). Reports what is missing or cannot be listed.
  const std::map<std::string, FoundStream>& find(Troubles& troubles,
                                                 std::vector<TailEvent>& events);

  // The files of one stream, listed anew. A folder that is not there is an error here: it may be a volume that comes back.
  base::Result<std::vector<StreamFile>> files_of(const FoundStream& stream);

  // The key of the stream that a file of this path belongs to, if some source asks for it; "" otherwise.
  std::string stream_of(std::string_view path) const;
  // A new folder of this path may hold files of some source.
  bool may_hold(std::string_view folder) const;

  // Folders that hold, or may come to hold, files of the sources, and exist.
  std::vector<std::string> folders();

 private:
  struct Rule {
    Source source;
    Glob glob;
  };
  struct Listed {
    std::vector<platform::FolderEntry> entries;
    bool exists = false;
  };

  base::Result<std::vector<platform::FolderEntry>> entries_of(const std::string& folder);
  Listed list(const std::string& folder, Troubles* troubles, std::vector<TailEvent>* events);
  void expand(std::size_t rule, const std::string& folder, std::size_t component,
              Troubles* troubles, std::vector<TailEvent>* events);
  void locate(Troubles* troubles, std::vector<TailEvent>* events);
  const Rule* rule_for(const std::vector<std::size_t>& rules, std::string_view name,
                       std::string_view live_name) const;
  void collect(const std::string& folder, const std::vector<std::size_t>& rules,
               const Listed& listed, std::map<std::string, FoundStream>& found) const;
  void complain(Troubles& troubles, std::vector<TailEvent>& events);

  std::vector<Rule> rules_;
  FileSystem& files_;
  bool looked_ = false;
  std::map<std::string, Listed> listed_;  // of this look, by folder
  std::map<std::string, std::vector<std::size_t>>
      log_folders_;  // folder -> rules whose logs may be in it
  std::set<std::string> folders_;
  std::set<std::string> held_;  // folders that held a log once
  std::map<std::string, FoundStream> found_;
  // The last answer of files_of(): a stream that has many files to catch up with asks again and again.
  struct Answer {
    std::string key;
    std::vector<platform::FolderEntry> entries;
    std::vector<StreamFile> files;
  } last_answer_;
};

}  // namespace cmgmon::tail
