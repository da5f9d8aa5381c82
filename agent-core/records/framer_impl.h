#pragma once
// The inside of Framer, shared by the files that implement it:
//
//   framer.cpp          from bytes to records
//   framer_state.cpp    where it stands: a new file, a jump, what is saved

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records/encoding.h"
#include "records/envelope.h"
#include "records/framer.h"
#include "records/narrower.h"
#include "records/text_window.h"
#include "records/timestamp.h"
#include "records/w3c.h"

namespace cmgmon::records {

class Framer::Impl {
 public:
  void start_file(std::uint64_t offset);
  void feed(std::string_view bytes, base::Time now, const RecordHandler& handle);
  void end_file(base::Time now, const RecordHandler& handle);
  std::string save() const;
  base::Result<void> load(std::string_view bytes);

  Landmark landmark() const;
  void pass(std::string_view passed);
  void imitate(const Impl& other, bool at_landmark);
  Memory memory() const { return {bias_.last(), newest_time_}; }
  void remember(const Memory& memory) {
    bias_.set_last(memory.bias);
    newest_time_ = memory.time;
  }
  std::uint64_t position() const { return position_base_ + window_.place().offset; }
  void set_position(std::uint64_t position) { position_base_ = position - window_.place().offset; }

  std::uint64_t resume_offset() const { return window_.place().offset; }
  std::uint64_t line() const { return window_.place().line; }
  bool after_cr() const { return window_.place().after_cr; }
  Format format() const { return format_; }
  Encoding encoding() const { return encoding_; }
  const std::vector<std::string>& columns() const { return w3c_.names(); }
  std::uint64_t malformed() const { return malformed_; }
  std::optional<base::Time> newest_time() const { return newest_time_; }

 private:
  enum class State { kSegment, kCcm, kLine, kSkip };

  void begin_text();
  void take(std::string_view bytes, base::Time now, const RecordHandler& handle);
  void run(base::Time now, const RecordHandler& handle);
  bool start_segment();
  bool advance_ccm(base::Time now, const RecordHandler& handle);
  void hand_out_ccm(std::string_view text, const CcmSearch& found, base::Time now,
                    const RecordHandler& handle);
  bool advance_line(base::Time now, const RecordHandler& handle);
  bool skip();
  bool give_up(std::size_t margin);
  void end_torn(std::size_t length);
  void end_line(std::string_view line, bool torn, base::Time now, const RecordHandler& handle);
  void read_w3c_line(std::string_view line, base::Time now, const RecordHandler& handle);
  void hand_out(Record& record, std::size_t length, UtcStamp stamp, base::Time now,
                const RecordHandler& handle);
  std::string_view decoded(std::string_view bytes, std::string& scratch);
  std::string_view limited() const;
  bool seeks_envelopes() const;

  TextWindow window_;
  State state_ = State::kSegment;
  std::optional<CcmSearch> ccm_;
  std::size_t trailer_scan_ = 0;

  bool start_pending_ = true;  // how the file begins is not known yet
  std::string head_;           // its first bytes, meanwhile
  std::optional<Narrower> narrower_;
  bool loaded_ = false;  // load() was called and start_file() not yet

  Format format_ = Format::kUnknown;
  Encoding encoding_ = Encoding::kUtf8;
  std::uint64_t file_start_ = 0;
  std::uint64_t position_base_ = 0;  // position minus offset, modulo 2^64
  bool in_nuls_ = false;             // in a run of NULs that is already counted
  W3cReader w3c_;
  BiasMemory bias_;
  std::uint64_t malformed_ = 0;
  std::optional<base::Time> newest_time_;

  // Reused, so that records which must be decoded do not allocate each time.
  std::string message_scratch_;
  std::string envelope_scratch_;
};

}  // namespace cmgmon::records
