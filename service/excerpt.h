#pragma once
// Complaints as a compiler prints them: where and what, then the line of the file and a caret below the place.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "service/console.h"

namespace cmgmon::service {

// The lines of files, read once.
class Excerpts {
 public:
  // Empty when the complaint has no line or the file cannot be read (any more).
  std::string line(const base::Complaint& complaint);

 private:
  std::map<std::string, std::vector<std::string>> files_;
};

// "file:line:column: severity: message" and below it the excerpt, on console.err.
void print_with_excerpts(const base::Complaints& complaints, std::string_view severity,
                         const Console& console);

}  // namespace cmgmon::service
