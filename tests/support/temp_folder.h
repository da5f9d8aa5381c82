#pragma once
// A folder of one test's own, gone with its contents when the test ends.
//
// Errors:  a folder that cannot be made or removed is a failed test (an exception from the
// constructor).

#include <string>
#include <string_view>

namespace cmgmon::support {

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }  // UTF-8
  std::string file(std::string_view name) const;     // the path of `name` inside
  // Writes or replaces a file byte for byte (folders on the way are made) and returns its path.
  std::string write(std::string_view name, std::string_view bytes) const;
  void append(std::string_view name, std::string_view bytes) const;
  std::string read(std::string_view name) const;  // "" when there is none

 private:
  std::string path_;
};

}  // namespace cmgmon::support
