#pragma once
// What flows out of tail: bytes of a stream in order, and what happened around them.
//
// A stream is one logical log through all its rollovers. Bytes of one stream arrive in the order they were written;
// a rollover shows as FileEnded (of the old file) followed by FileStarted (of the new one).
// One exception: lines that a writer adds to a file after its rollover (IIS flushes late) come between two lines of the
// new file, as FileStarted of the old one, Chunk, FileEnded, FileStarted of the new one at the offset it had.
//
// Units:   offsets are bytes from the start of the file they are in, never characters.
// Life:    owned values; they cross threads.

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace cmgmon::tail {

using StreamId = std::uint32_t;  // of this process run only; the durable name is StreamInfo::key

struct StreamInfo {
  StreamId id = 0;
  std::string
      key;  // durable: the path of the live log; IIS: with u_ex*.log in place of the day's name
  std::string service;  // log service of the source that found it, e.g. "sms_cloud_proxyconnector"
  std::map<std::string, std::string> captures;  // from the glob, e.g. host
};

// Of all streams that are found at once, before anything is read of one of them.
struct StreamOpened {
  StreamInfo info;
};

// The next chunk of the stream comes from this file. `offset` is 0 for a new file, else where an earlier run left off.
struct FileStarted {
  StreamId stream = 0;
  std::string path;
  std::uint64_t offset = 0;
};

// Follows the chunk before it without a hole. `path` may differ from the one before: the file was renamed.
struct Chunk {
  StreamId stream = 0;
  std::string path;
  std::uint64_t offset = 0;  // of bytes[0]
  std::string bytes;
};

// Nothing more will come from this file: an unfinished record in it stays unfinished.
struct FileEnded {
  StreamId stream = 0;
  std::string path;
};

// Everything that was in the stream when this run first saw it has been delivered; what follows is live. Once per
// stream and run, for resumed streams too: their earlier run may have died within the backlog.
struct BacklogEnded {
  StreamId stream = 0;
};

// Bytes that were, or may have been, written and could not be read (overwritten or deleted before we came).
struct Gap {
  StreamId stream = 0;
  std::string path;
  std::uint64_t bytes = 0;  // at least so many; 0: not known how many
  std::string reason;
};

// A file or folder that should be readable is not, or is again. One event each way. `path` is the glob for a required
// source that finds no log.
struct InputProblem {
  std::string path;
  std::string message;
  std::string remedy;
};
struct InputRecovered {
  std::string path;
};

using TailEvent = std::variant<StreamOpened, FileStarted, Chunk, FileEnded, BacklogEnded, Gap,
                               InputProblem, InputRecovered>;

}  // namespace cmgmon::tail
