#pragma once
// Cuts the bytes of one stream into records, in any chunking, and decodes them.
//
// Format and encoding are found out from the bytes (per file; CCM or site-server per record), never from the name.
// A record is handed out the moment it is complete: CCM at the '>' that closes the attributes after "]LOG]!>",
// site-server at "<thread=...>" (behind an opener that nothing closes, at the end of its line), W3C and plain at the end
// of the line. An unfinished record is never handed out; it is dropped (and counted malformed) when a new opener, such a
// line or end_file() proves that its writer is gone.
//
// Units:   offsets are bytes in the current file. Memory: at most kMaxRecordBytes plus one chunk, whatever is fed.
// Errors:  none. Odd bytes are counted in malformed().
// Threads: not thread-safe; one framer per stream, on the pipeline.
// Source:  docs/formats.md.     Tests: tests/unit/records/framer_test.cpp

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "records/record.h"

namespace cmgmon::records {

inline constexpr std::size_t kMaxRecordBytes = 1U << 20U;

using RecordHandler = std::function<void(const Record&)>;

class Framer {
 public:
  Framer();
  ~Framer();
  Framer(Framer&&) noexcept;
  Framer& operator=(Framer&&) noexcept;

  // The next feed() starts at `offset` of a file: 0 for a new file, the resume offset after a restart (then state of the
  // same file was load()ed before).
  void start_file(std::uint64_t offset);
  // `now` is the wall clock, against which times in the future are clamped.
  void feed(std::string_view bytes, base::Time now, const RecordHandler& handle);
  // No more bytes will come from this file.
  void end_file(base::Time now, const RecordHandler& handle);

  // --- passing over bytes that nobody needs as records
  // Where a record certainly starts, whatever the bytes before say (but for an unfinished record that reaches so far).
  enum class Landmark {
    kNone,    // not known now: feed on
    kOpener,  // at an opener of CCM at the start of a line
    kLine,  // behind every LF; site-server: as long as no opener stands in between; W3C: no directive
  };
  Landmark landmark() const;
  // The next feed() starts behind `passed`, which is not empty, whose first byte is that at resume_offset() and behind which a
  // landmark is.
  void pass(std::string_view passed);
  // Takes over what `other` knows of its file, for a look at a part of it that starts where it stands, or (`at_landmark`) at
  // a landmark. Places are not told right there.
  void imitate(const Framer& other, bool at_landmark);
  // What the records so far say of those behind them. imitate() forgets it.
  struct Memory {
    std::optional<std::chrono::minutes> bias;  // for records without one
    std::optional<base::Time> time;            // newest_time()
  };
  Memory memory() const;
  void remember(const Memory& memory);

  // Bytes of the stream before resume_offset(), counted on through all its files.
  std::uint64_t position() const;
  void set_position(std::uint64_t position);

  // Line of the byte at resume_offset(), counted from 1; `after_cr`: a LF there belongs to a CR that is counted.
  std::uint64_t line() const;
  bool after_cr() const;

  // Offset of the first byte not yet part of a complete record: where a restart must read from again.
  std::uint64_t resume_offset() const;
  Format format() const;  // of the current file, kUnknown until known
  Encoding encoding() const;
  // W3C: names of the columns at resume_offset(), as the header writes them; empty: unknown, or no W3C log.
  const std::vector<std::string>& columns() const;
  std::uint64_t malformed() const;  // records dropped, in all files so far
  // Of the newest record that has one: the stream's watermark. Not the largest: a clock that was ahead when a record was
  // written, and set back since, must not make everything behind that record look old.
  std::optional<base::Time> newest_time() const;

  // What must survive a restart besides resume_offset(): encoding, #Fields, bias, line number, watermark. Versioned.
  std::string save() const;
  base::Result<void> load(std::string_view bytes);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::records
