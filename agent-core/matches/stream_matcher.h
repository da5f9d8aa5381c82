#pragma once
// Turns the bytes of one stream into matches: looks for literals first, and frames records only around what it finds.
//
// The matches are those of framing every record forward (records::Framer and Matcher alone); stream_matcher.cpp tells why.
// What is not framed is not counted as malformed either, and does not decide what encoding() says. A file of less than 16 KiB
// is framed whole.
//
// Memory:  look-back and unfinished record: `most_lag` bytes and what a framer needs; in a log without any place where a
//          record certainly starts, twice kMaxRecordBytes.
// Threads: not thread-safe; the streams of a Plan share its scanners.
// Tests:   tests/unit/matches/stream_matcher_test.cpp, against framing forward

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "matches/character_form.h"
#include "matches/look_back.h"
#include "matches/matcher.h"
#include "matches/sign_search.h"
#include "records/framer.h"

namespace cmgmon::matches {

class StreamMatcher {
 public:
  // One read or the end of a file, as the matcher needs to know it.
  struct Occasion {
    const std::string& path;
    base::Time now;
    const MatchHandler& handle;
    const HeartbeatHandler& heard;
    // About those of the plan's recovering(); asked again after every match. Where they do not matter, some are still
    // reported.
    const RecoveryWish& wish;
    std::size_t most_lag = std::size_t{128} << 10U;
    const Telltales* telltales = nullptr;  // of wish; null: none are known
  };

  StreamMatcher(const Plan& plan, Fields base_fields);

  void start_file(std::uint64_t offset);
  // Room for `bytes` more bytes, which read() then takes from there: nothing is copied.
  std::span<char> room(std::size_t bytes);
  void read(std::size_t bytes, const Occasion& occasion);
  void feed(std::string_view bytes, const Occasion& occasion);
  void end_file(const Occasion& occasion);
  // Gives back memory that the next bytes of a quiet log have no use for.
  void let_go();
  std::size_t memory() const { return buffer_.capacity(); }
  // Frames all that was passed over or is still to be looked at.
  void catch_up(const Occasion& occasion);

  const records::Framer& framer() const { return framer_; }
  std::string save_framer() const { return framer_.save(); }
  std::string save_matcher() const;
  // The log's watermark: the time of its newest complete record that has one, whether or not anybody needed the record.
  std::optional<base::Time> newest_time() const { return newest_time_; }
  base::Result<void> load_framer(std::string_view bytes);
  // As load_framer(), but for a file that is taken up again while the stream goes on.
  base::Result<void> load_parked(std::string_view bytes);
  base::Result<void> load_matcher(std::string_view bytes);

 private:
  static constexpr std::size_t kNone = std::string::npos;
  // What a framer is fed behind a literal: enough for the rest of most records.
  static constexpr std::size_t kBehind = 2048;

  std::string_view text() const { return std::string_view(buffer_).substr(start_, size_ - start_); }
  std::size_t framed() const;  // of text(): so many bytes need no other look
  CharacterForm form() const { return form_in(framer_.encoding()); }
  void run(const Occasion& occasion);
  enum class Aside { kDone, kWait, kNeedsItsTurn };

  enum class Seen { kRecord, kUnfinished, kElsewhere };
  using SeenHandler = std::function<void(const records::Record& record, std::size_t begins)>;
  Seen see(std::size_t place, std::size_t start, base::Time now, const SeenHandler& use);

  void feed_framer(std::size_t end, const Occasion& occasion);
  Aside look_aside(const Occasion& occasion);
  std::size_t undirected_until(std::size_t end);
  std::size_t idle_until(std::size_t start, const Occasion& occasion);
  std::string_view in_bytes(std::size_t start);
  Aside report_signs(records::Record record, std::size_t start, const Occasion& occasion);
  bool listen(std::size_t end, const Occasion& occasion);
  std::size_t last_heartbeat(std::size_t number, std::size_t from, std::size_t end);
  bool depends_on_others(const records::Record& record, std::size_t start) const;
  void place_in_stream(records::Record& record, std::size_t start);
  std::uint64_t line_at(std::size_t place);
  void approach(std::size_t candidate, const Occasion& occasion);
  bool pass_to(std::size_t place, const Occasion& occasion);
  std::size_t last_landmark(std::size_t after, std::size_t up_to) const;
  void trim(const Occasion& occasion);
  std::optional<base::Time> look_at_time(const Occasion& occasion);
  LookBack look_back(base::Time now);
  void drop_framed();

  const Plan* plan_;
  records::Framer framer_;
  records::Framer scout_;
  Matcher matcher_;
  SignSearch signs_;

  // The bytes of the file from text_offset_ on, as they were read; all before resume_offset() of the framer is done with.
  std::string buffer_;
  std::size_t start_ = 0;
  std::size_t size_ = 0;
  std::uint64_t text_offset_ = 0;  // of text()[0]
  // Places in text():
  std::size_t fed_ = 0;         // to the framer
  std::size_t searched_ = 0;    // for literals
  std::size_t due_ = kNone;     // a literal whose record is not complete
  bool in_turn_ = false;        // the framer is after due_
  std::size_t awaited_ = 0;     // the record of due_ does not end before here
  std::size_t undirected_ = 0;  // W3C: no directive stands between the framer's place and here
  std::size_t counted_ = 0;     // line ends before here are in counted_line_
  std::uint64_t counted_line_ = 0;
  // As far as was looked for times; not of use when the framer is further.
  std::size_t known_ = 0;
  records::Framer::Memory known_memory_;
  std::optional<base::Time> newest_time_;

  std::string narrow_;  // reused

  std::uint64_t told_ = 0;   // signs before this offset of the file have been reported
  std::uint64_t heard_ = 0;  // heartbeats, too
  std::uint64_t loaded_told_ = 0;
  std::uint64_t loaded_heard_ = 0;
  int failures_in_a_row_ = 0;
};

}  // namespace cmgmon::matches
