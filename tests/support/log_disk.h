#pragma once
// Where a test keeps its logs, and what writers do to them: a file system in memory (FakeFiles) or a real folder
// (RealDisk). Tail reads it through files(); a hook lets a writer act between any two of tail's calls.
//
// Names are relative ("logs/x.log"). What a writer does returns false when it is not possible just now: on Windows
// somebody who has a file open can stand in the way. Nothing has been changed then.

#include <functional>
#include <string>
#include <string_view>

#include "tail/file_system.h"

namespace cmgmon::support {

class LogDisk {
 public:
  LogDisk() = default;
  LogDisk(const LogDisk&) = delete;
  LogDisk& operator=(const LogDisk&) = delete;
  virtual ~LogDisk() = default;

  virtual std::string full_path(std::string_view name) const = 0;
  virtual bool append(std::string_view name, std::string_view bytes) = 0;  // creates
  // A new file in the place of the old.
  virtual bool replace(std::string_view name, std::string_view bytes) = 0;
  // The same file with other bytes.
  virtual bool rewrite(std::string_view name, std::string_view bytes) = 0;
  virtual bool rename(std::string_view from, std::string_view to) = 0;  // over an existing one
  // Into an existing one, keeping its id.
  virtual bool copy(std::string_view from, std::string_view to) = 0;
  virtual bool remove(std::string_view name) = 0;
  // The next new file gets its id, where that can be arranged: file systems use ids again.
  virtual bool remove_and_use_id_again(std::string_view name) = 0;
  virtual bool remove_folder(std::string_view name) = 0;  // with the files in it
  virtual bool make_folder(std::string_view name) = 0;
  virtual bool exists(std::string_view name) const = 0;
  virtual std::string read(std::string_view name) const = 0;  // "" when there is none

  virtual tail::FileSystem& files() = 0;
  virtual void before_each_call(std::function<void()> hook) = 0;
  virtual int open_handles() const = 0;
};

}  // namespace cmgmon::support
