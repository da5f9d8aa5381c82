// Bytes that claim to be text: whatever comes out is text, in any chunking, and nothing of it acts on a terminal.

#include <algorithm>
#include <random>
#include <string>

#include "base/hash.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "records/encoding.h"
#include "records/narrower.h"

using namespace cmgmon;

namespace {

void check_cuts(const std::string& text, std::size_t limit) {
  const std::string_view by_bytes = base::prefix_of_bytes(text, limit);
  fuzz::promise(by_bytes.size() <= limit && base::is_valid_utf8(by_bytes), "cut by bytes");
  const std::string_view by_units = base::prefix_of_utf16_units(text, limit);
  fuzz::promise(base::utf16_length(by_units) <= limit && base::is_valid_utf8(by_units),
                "cut by UTF-16 units");
}

void check_inert(const std::string& text) {
  const std::string shown = base::printable(text);
  fuzz::promise(base::is_valid_utf8(shown), "what is shown is text");
  for (const char16_t unit : base::to_utf16(shown)) {
    const bool control = unit < 0x20 || (unit >= 0x7F && unit <= 0x9F);
    const bool direction = unit == 0x061C || unit == 0x200E || unit == 0x200F ||
                           (unit >= 0x2028 && unit <= 0x202E) || (unit >= 0x2066 && unit <= 0x2069);
    fuzz::promise(!control && !direction, "what is shown does nothing");
  }
}

void check_wide(std::string_view bytes, base::ByteOrder order, std::mt19937_64& random) {
  const std::string whole = base::decode_utf16(bytes, order);
  fuzz::promise(base::is_valid_utf8(whole), "UTF-16 becomes text");
  records::Narrower narrower(order);
  std::string parts;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = std::min<std::size_t>(1 + random() % 9, bytes.size() - at);
    parts += narrower.narrow(bytes.substr(at, size));
    at += size;
  }
  fuzz::promise(whole.starts_with(parts), "chunks of UTF-16 make no difference");
  const std::size_t taken = 2 * base::utf16_length(parts);
  fuzz::promise(taken <= bytes.size() && bytes.size() - taken < 4,
                "two bytes stand behind every unit");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  std::mt19937_64 random(base::content_hash(bytes));
  const records::DecodedText decoded = records::decode(bytes);
  fuzz::promise(base::is_valid_utf8(decoded.text), "what is decoded is text");
  fuzz::promise(!base::is_valid_utf8(bytes) || decoded.text == bytes, "UTF-8 stays what it is");
  fuzz::promise(base::from_utf16(base::to_utf16(decoded.text)) == decoded.text,
                "to UTF-16 and back");
  check_inert(decoded.text);
  check_inert(std::string(bytes));
  check_cuts(decoded.text, random() % (decoded.text.size() + 2));
  check_wide(bytes, base::ByteOrder::kLittle, random);
  check_wide(bytes, base::ByteOrder::kBig, random);

  // Once the start of a file is decided, more bytes do not change it.
  const auto start = records::read_file_start(bytes.substr(0, 3));
  const auto longer = records::read_file_start(bytes);
  fuzz::promise(
      !start || (longer && longer->encoding == start->encoding && longer->mark == start->mark),
      "the start of a file is decided once");
  return 0;
}
