#pragma once
// Turns the bytes of a UTF-16 file into UTF-8, in any chunking.
//
// Every UTF-16 unit becomes exactly one character or half of one, lone surrogates become U+FFFD; so two bytes of the file
// stand behind every UTF-16 unit of the result, and offsets in the file can be counted from the UTF-8 text alone.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/text.h"

namespace cmgmon::records {

class Narrower {
 public:
  explicit Narrower(base::ByteOrder order) : order_(order) {}

  // Forgets what waits.
  void restart(base::ByteOrder order);
  // The text of `bytes`, but for an unfinished character at the end, which waits for the next call. Dies at the next call.
  std::string_view narrow(std::string_view bytes);
  // Gives memory back that a large narrow() left behind.
  void release_spare(std::size_t most_bytes);

 private:
  base::ByteOrder order_;
  // Both are reused. Between two calls at most three bytes wait.
  std::string waiting_;
  std::string text_;
};

}  // namespace cmgmon::records
