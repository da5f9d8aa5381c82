#include "records/narrower.h"

#include <gtest/gtest.h>

#include "framing.h"

namespace cmgmon::records {
namespace {

TEST(Narrower, EveryChunkingGivesTheSameText) {
  const std::string text = "a\u00FC\u20AC\U0001F525\U0001F525z";
  for (const bool big : {false, true}) {
    const std::string bytes = to_utf16_bytes(text, big);
    for (std::size_t chunk = 1; chunk <= bytes.size(); ++chunk) {
      SCOPED_TRACE(chunk);
      Narrower narrower(big ? base::ByteOrder::kBig : base::ByteOrder::kLittle);
      std::string narrowed;
      for (std::size_t at = 0; at < bytes.size(); at += chunk) {
        narrowed += narrower.narrow(std::string_view(bytes).substr(at, chunk));
      }
      EXPECT_EQ(narrowed, text);
    }
  }
}

TEST(Narrower, TwoBytesOfTheFileStandBehindEveryUnit) {
  using namespace std::string_view_literals;
  Narrower narrower(base::ByteOrder::kLittle);
  const std::string_view text = narrower.narrow(
      "\x3D\xD8\x3D\xD8\x25\xDD\x25\xDD"
      "a\0"sv);
  EXPECT_EQ(text, "\uFFFD\U0001F525\uFFFDa");
  EXPECT_EQ(2 * base::utf16_length(text), 10U);
}

}  // namespace
}  // namespace cmgmon::records
