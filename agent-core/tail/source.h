#pragma once
// Where logs are looked for, and which files belong to one stream.
//
// Tests: tests/unit/tail/source_test.cpp

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cmgmon::tail {

// One glob of one log service. The last path component may hold * ? and {capture}; so may folders above it.
// {capture} stands for one character or more of one component, as few as will do. '**' is not a wildcard. Matching
// ignores letter case (log names do).
struct Source {
  std::string service;
  std::string glob;  // absolute, environment variables already expanded
  bool required =
      false;  // written by the admin, or the connector log: a missing file is worth an event
};

// Fields captured by the glob if the path matches it, nullopt otherwise.
std::optional<std::map<std::string, std::string>> match_glob(std::string_view glob,
                                                             std::string_view path);

// How a file name relates to its log: LocationServices.lo_, LocationServices-20261122-101500.log and
// LocationServices.log are one stream called LocationServices.log; IIS u_ex261122.log names are one stream u_ex*.log.
// A compressed or otherwise renamed copy (x.log.gz) is a log of its own, which no source asks for.
struct SiblingName {
  std::string
      live_name;      // the log that the file is, or once was; IIS: with a * in place of the date
  std::string order;  // sorts older before newer among siblings; the live log sorts last
  bool live =
      true;  // writers write to files of this name; IIS: true for all of them, the newest is the log
  bool dated = false;  // the name tells when, so a greater order is a newer file
};
SiblingName sibling_name(std::string_view file_name);

}  // namespace cmgmon::tail
