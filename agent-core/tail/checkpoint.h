#pragma once
// How far a stream has been read, in a form that finds the place again after a restart, a rename or a copy.

#include <cstdint>
#include <string>

#include "platform/files.h"

namespace cmgmon::tail {

inline constexpr std::uint64_t kHeadBytes = 1024;
inline constexpr std::uint64_t kBeforeBytes = 64;

// A place in a file, and the identity of the bytes before it. Names and times are not part of the identity: names
// change at a rollover, and NTFS gives a new file the creation time of the old one.
struct FilePlace {
  std::string path;  // where the file was last seen
  platform::FileId id;
  std::uint64_t head_length = 0;  // bytes hashed from the start: min(offset, kHeadBytes)
  std::uint64_t head_hash = 0;
  std::uint64_t offset = 0;       // everything before it was delivered
  std::uint64_t before_hash = 0;  // of the last kBeforeBytes (or fewer) before offset
};

// The place where a stream stands.
struct Checkpoint {
  std::string stream;  // StreamInfo::key
  std::string path;    // path to before_hash: as in FilePlace
  platform::FileId id;
  std::uint64_t head_length = 0;
  std::uint64_t head_hash = 0;
  std::uint64_t offset = 0;
  std::uint64_t before_hash = 0;
  std::uint64_t resume = 0;  // <= offset: start of the record that was unfinished there
  // What tail knows of the stream's other files, in its own versioned bytes; to be kept with the rest. Without it a
  // restart may take an old file for one that was never read, and loses lines that come late.
  std::string siblings{};
};

}  // namespace cmgmon::tail
