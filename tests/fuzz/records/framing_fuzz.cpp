// A log file: however it is fed it gives the same records, and they are those that the slow reader finds.

#include <random>

#include "base/hash.h"
#include "fuzz/fuzz.h"
#include "support/record_feeding.h"

using namespace cmgmon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The slow reader is one: its regular expressions go back and forth, on the stack.
  constexpr std::size_t kOracleBytes = 2048;
  const std::string_view bytes = fuzz::text_of(data, size);
  const support::LogFile file = support::frame(bytes, 0);
  if (size <= kOracleBytes) {
    fuzz::promise(support::read_slowly(bytes, support::kReadingTime) == file,
                  "the slow reader finds the same");
  }
  std::mt19937_64 random(
      base::content_hash(bytes));  // the input alone decides, so a crash can be repeated
  fuzz::promise(support::frame(bytes, 1 + random() % 64) == file, "chunks make no difference");
  fuzz::promise(support::frame_with_restart(bytes, random() % (size + 1)) == file,
                "a restart makes no difference");
  return 0;
}
