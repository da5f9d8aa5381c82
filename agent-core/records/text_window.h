#pragma once
// The text that was fed and is not yet consumed, with the place of its first byte in the file.
//
// Units:   offset() is in bytes of the file, also when the file is UTF-16 and the text here is its UTF-8 form.
//          line() counts from 1; LF, CR LF and a lone CR end a line.
// Life:    text() dies at the next append() or consume().
// Tests:   tests/unit/records/text_window_test.cpp

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"

namespace cmgmon::records {

// How many lines end in `text`: at a LF, a CR LF or a lone CR. `after_cr`: the character before it is a CR.
std::uint64_t count_line_ends(std::string_view text, bool after_cr);
// The same in text of two-byte characters.
std::uint64_t count_line_ends(std::string_view text, bool after_cr, base::ByteOrder order);

class TextWindow {
 public:
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t line = 1;
    bool after_cr = false;  // a LF that comes next belongs to a CR that is already counted
  };

  // Forgets all text; the next byte is at `place`. `wide`: the file is UTF-16.
  void reset(const Place& place, bool wide);
  void append(std::string_view text);
  std::string_view text() const { return std::string_view(buffer_).substr(start_); }
  // Takes away the first `count` bytes of text(), which must not cut a character of a wide file.
  void consume(std::size_t count);
  // Bytes of the file that start with text() have been passed over: forgets all text, the next byte is behind them.
  void pass(std::uint64_t bytes, std::uint64_t lines, bool ends_with_cr);
  // Gives memory back that a large append() left behind. Keeps text().
  void release_spare();
  // Index of the first LF, CR or NUL of text(), npos if there is none. However often it is asked, no byte is looked at
  // more than once per kind.
  std::size_t line_end();

  const Place& place() const { return place_; }
  bool wide() const { return wide_; }

 private:
  // Where the next byte of one kind is.
  struct Finder {
    char wanted = '\0';
    std::size_t at = 0;  // none before here
    bool found = false;
    std::size_t find(const std::string& buffer, std::size_t from);
    void shift(std::size_t count);
  };

  std::string buffer_;
  std::size_t start_ = 0;  // consumed bytes at the front of the buffer
  Place place_;
  bool wide_ = false;
  Finder line_feed_{'\n'};
  Finder carriage_return_{'\r'};
  Finder nul_{'\0'};
};

}  // namespace cmgmon::records
