#include "records/text_window.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace cmgmon::records {
namespace {

TEST(TextWindow, CountsEveryKindOfLineEndOnce) {
  TextWindow window;
  window.reset({100, 1, false}, false);
  window.append("a\r\nb\nc\rd\r\n");
  window.consume(3);
  EXPECT_EQ(window.place().line, 2U);
  EXPECT_EQ(window.place().offset, 103U);
  window.consume(2);
  EXPECT_EQ(window.place().line, 3U);
  window.consume(2);
  EXPECT_EQ(window.place().line, 4U);
  window.consume(2);  // between CR and LF
  EXPECT_EQ(window.place().line, 5U);
  EXPECT_TRUE(window.place().after_cr);
  window.consume(1);
  EXPECT_EQ(window.place().line, 5U);
}

TEST(TextWindow, CountsFileBytesOfWideText) {
  TextWindow window;
  window.reset({2, 1, false}, true);
  window.append("a\u00FC\u20AC\U0001F525z");
  window.consume(1 + 2 + 3);
  EXPECT_EQ(window.place().offset, 8U);
  window.consume(4);
  EXPECT_EQ(window.place().offset, 12U);
}

TEST(TextWindow, FindsLineEndsWhateverIsAppendedAndConsumed) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    TextWindow window;
    window.reset({}, false);
    std::string model;
    std::uint64_t line = 1;
    char last = 'x';
    for (int step = 0; step < 60; ++step) {
      if (random() % 2 == 0) {
        std::string more(random() % 6, 'x');
        for (char& c : more) {
          c = "xxxxx\r\n\0"[random() % 8];
        }
        window.append(more);
        model += more;
      } else if (random() % 4 == 0) {
        window.release_spare();
      } else {
        const std::size_t count = random() % (model.size() + 1);
        for (const char c : model.substr(0, count)) {
          line += c == '\r' || (c == '\n' && last != '\r') ? 1 : 0;
          last = c;
        }
        window.consume(count);
        model.erase(0, count);
      }
      ASSERT_EQ(window.text(), model);
      ASSERT_EQ(window.line_end(), model.find_first_of(std::string("\r\n\0", 3)));
      ASSERT_EQ(window.place().line, line);
    }
  }
}

}  // namespace
}  // namespace cmgmon::records
