#pragma once
// The two envelopes of Configuration Manager logs: where they end, and what they say.
//
// Searches work on text that may go on: each says kMore when the next bytes decide.
//
// Life:    everything returned is a view of the argument.
// Source:  docs/formats.md, "CCM" and "Site server".     Tests: tests/unit/records/envelope_test.cpp

#include <cstddef>
#include <string_view>

namespace cmgmon::records {

inline constexpr std::string_view kCcmOpener = "<![LOG[";
inline constexpr std::string_view kCcmCloser = "]LOG]!><";
inline constexpr std::string_view kLineEnds(
    "\n\r\0", 3);  // NUL: the writer never came to the end of the line

enum class Search { kFound, kAbsent, kMore };

// An opener at the start of `text`, perhaps behind one more '['. kFound: `length` bytes of it.
struct Opener {
  Search state = Search::kAbsent;
  std::size_t length = 0;
};
Opener opener_at_start(std::string_view text);

// Where a record that starts at the front of the text ends. Keep it between calls: it knows what was searched.
// `trailers_end_it`: so does a line that ends with the trailer of a site-server record.
class CcmSearch {
 public:
  explicit CcmSearch(std::size_t opener_length, bool trailers_end_it = false)
      : message_(opener_length),
        closer_scan_(opener_length),
        opener_scan_(opener_length),
        trailers_end_it_(trailers_end_it) {}

  enum class Outcome {
    kMore,
    kComplete,  // message() and attributes() are set, length() bytes belong to the record
    kTruncated,  // another record starts at length(); if that is 0, the opener is text of a site-server record
  };
  // `text` begins with all that was given before.
  Outcome advance(std::string_view text);

  std::size_t length() const { return length_; }
  std::string_view message(std::string_view text) const {
    return text.substr(message_, closer_ - message_);
  }
  // Between '<' and '>'.
  std::string_view attributes(std::string_view text) const {
    return text.substr(closer_ + kCcmCloser.size(), length_ - 1 - closer_ - kCcmCloser.size());
  }

 private:
  Outcome search(std::string_view text);
  std::size_t find_trailer_line(std::string_view text);
  Search find_attributes_end(std::string_view text);

  static constexpr std::size_t kNone = std::string_view::npos;
  std::size_t message_;
  std::size_t closer_scan_;
  std::size_t opener_scan_;
  bool trailers_end_it_;
  std::size_t trailer_scan_ = 0;
  std::size_t line_scan_ = 0;
  std::size_t attribute_scan_ = 0;
  std::size_t searched_ = 0;
  std::size_t closer_ = kNone;
  std::size_t length_ = 0;
};

struct CcmAttributes {
  std::string_view time, date, component, thread, type, source;
};
// Attributes in any order; unknown ones are skipped, missing ones stay empty, of equal ones the first counts.
CcmAttributes read_ccm_attributes(std::string_view text);

struct SiteServerTrailer {
  std::size_t message_length = 0;  // with what stands before "$$<"
  std::size_t length = 0;          // of the whole record
  std::string_view component, stamp, thread;
};
// Looks for a whole "$$<COMPONENT><time><thread=...>" from `scan` on and moves `scan` behind what need not be looked at
// again. `line` is one line, or the part of it that is there.
Search find_site_server_trailer(std::string_view line, std::size_t& scan,
                                SiteServerTrailer& trailer);

// Whether a whole trailer, and nothing but blanks behind it, stands at the end of `line`.
bool ends_with_site_server_trailer(std::string_view line);

// Without the line ends that site servers write as '~' behind the text, and the blanks before "$$<".
std::string_view site_server_message(std::string_view text);

// "<MAXIMUM LOG FILE SIZE REACHED ...>", the last line of a file that a site server has closed.
bool is_rollover_marker(std::string_view line);

// A line that can only be the end of a CCM record whose start is not there.
bool is_ccm_tail(std::string_view line);

}  // namespace cmgmon::records
