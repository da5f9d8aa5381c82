#pragma once
// Turns the bytes of a UTF-16 file into UTF-8, in any chunking.
//
// Every UTF-16 unit becomes exactly one character or half of one, lone surrogates become U+FFFD; so two bytes of the file
// stand behind every UTF-16 unit of the result, and offsets in the file can be counted from the UTF-8 text alone.

#include <string>
#include <string_view>

#include "base/text.h"

namespace cmgmon::records {

class Narrower {
 public:
  explicit Narrower(base::ByteOrder order) : order_(order) {}

  // The text of `bytes`, but for an unfinished character at the end, which waits for the next call.
  std::string narrow(std::string_view bytes);

 private:
  base::ByteOrder order_;
  std::string waiting_;  // at most three bytes
};

}  // namespace cmgmon::records
