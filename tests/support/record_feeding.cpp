#include "support/record_feeding.h"

#include <stdexcept>

#include "records/framer.h"

namespace cmgmon::support {

namespace {

void collect(const records::Framer& framer, LogFile& file) {
  file.malformed = framer.malformed();
  file.format = framer.format();
  file.encoding = framer.encoding();
  file.newest = framer.newest_time();
}

}  // namespace

LogFile frame(std::string_view bytes, std::size_t chunk) {
  LogFile file;
  records::Framer framer;
  const auto handle = [&](const records::Record& record) { file.entries.push_back(own(record)); };
  framer.start_file(0);
  chunk = chunk == 0 ? bytes.size() : chunk;
  while (!bytes.empty()) {
    // In a buffer of its own, so that a sanitizer sees a view that outlives its chunk.
    const std::string part(bytes.substr(0, chunk));
    framer.feed(part, kReadingTime, handle);
    bytes.remove_prefix(part.size());
  }
  framer.end_file(kReadingTime, handle);
  collect(framer, file);
  return file;
}

LogFile frame_with_restart(std::string_view bytes, std::size_t split) {
  LogFile file;
  const auto handle = [&](const records::Record& record) { file.entries.push_back(own(record)); };
  std::string state;
  std::uint64_t offset = 0;
  {
    records::Framer framer;
    framer.start_file(0);
    framer.feed(bytes.substr(0, split), kReadingTime, handle);
    state = framer.save();
    offset = framer.resume_offset();
  }
  records::Framer framer;
  if (offset > split || !framer.load(state)) {
    throw std::logic_error("the framer does not take its own state back");
  }
  framer.start_file(offset);
  framer.feed(bytes.substr(offset), kReadingTime, handle);
  framer.end_file(kReadingTime, handle);
  collect(framer, file);
  return file;
}

}  // namespace cmgmon::support
