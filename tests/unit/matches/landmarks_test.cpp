#include "matches/landmarks.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace cmgmon::matches {
namespace {

constexpr CharacterForm kForms[] = {CharacterForm::kOneByte, CharacterForm::kLowHigh,
                                    CharacterForm::kHighLow};

std::string written(const std::vector<unsigned>& characters, CharacterForm form) {
  std::string text;
  for (const unsigned unit : characters) {
    const char low = static_cast<char>(unit & 0xFFU);
    const char high = static_cast<char>(unit >> 8U);
    switch (form) {
      case CharacterForm::kOneByte:
        text += low;
        break;
      case CharacterForm::kLowHigh:
        text += {low, high};
        break;
      case CharacterForm::kHighLow:
        text += {high, low};
        break;
    }
  }
  return text;
}

bool ends_line(unsigned c) {
  return c == '\n' || c == '\r' || c == 0;
}

// Whether the opener stands at `at`, and at the start of a line.
bool opener_at(const std::vector<unsigned>& text, std::size_t at) {
  const std::string_view opener = "<![LOG[";
  if (at == 0 || !ends_line(text[at - 1]) || at + opener.size() > text.size()) {
    return false;
  }
  for (std::size_t i = 0; i < opener.size(); ++i) {
    if (text[at + i] != static_cast<unsigned char>(opener[i])) {
      return false;
    }
  }
  return true;
}

TEST(Landmarks, AreThoseOfASearchForEach) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::size_t found = 0;
  for (int round = 0; round < 3000; ++round) {
    const CharacterForm form = kForms[round % 3];
    const std::size_t unit = unit_of(form);
    std::vector<unsigned> text;
    while (text.size() < 40) {
      static const std::vector<unsigned> kOdd = {'\n', '\r', 0,      '[',    '#',
                                                 'x',  '<',  0x0A0A, 0x0A00, 0x3C0D};
      const std::size_t kind = below(12);
      if (kind < kOdd.size()) {
        text.push_back(form == CharacterForm::kOneByte ? kOdd[kind] & 0x7FU : kOdd[kind]);
      } else {
        for (const char c : std::string_view(kind == 10 ? "\n<![LOG[" : "\n[<![LOG[")) {
          text.push_back(static_cast<unsigned char>(c));
        }
      }
    }
    const std::string bytes = written(text, form);
    const std::size_t after = below(text.size());
    const std::size_t up_to = below(text.size() + 1);

    std::size_t line = std::string::npos;
    std::size_t opener = std::string::npos;
    for (std::size_t at = after + 1; at <= up_to; ++at) {
      if (text[at - 1] == '\n') {
        line = at;
      }
      if (opener_at(text, at)) {
        opener = at;
      } else if (text[at - 1] == '[' && at >= after + 2 && ends_line(text[at - 2])) {
        // The bracket that some writers put before an opener belongs to the record.
        std::vector<unsigned> rest(text.begin() + static_cast<std::ptrdiff_t>(at), text.end());
        rest.insert(rest.begin(), '\n');
        opener = opener_at(rest, 1) ? at - 1 : opener;
      }
    }
    const auto in_bytes = [&](std::size_t at) { return at == std::string::npos ? at : at * unit; };
    EXPECT_EQ(last_line(bytes, after * unit, up_to * unit, form), in_bytes(line));
    EXPECT_EQ(last_opener(bytes, after * unit, up_to * unit, form), in_bytes(opener));
    found += opener != std::string::npos ? 1U : 0U;

    // A line that only may be one can come first.
    const std::size_t from = below(text.size());
    std::size_t directive = std::string::npos;
    for (std::size_t at = text.size(); at-- > from;) {
      directive = text[at] == '#' && (at == 0 || ends_line(text[at - 1])) ? at : directive;
    }
    const std::size_t first = first_directive(bytes, from * unit, bytes.size(), form);
    EXPECT_LE(first, in_bytes(directive));
    EXPECT_TRUE(first == std::string::npos || (first >= from * unit && text[first / unit] == '#'));
    if (directive != std::string::npos) {
      EXPECT_EQ(first_directive(bytes, from * unit, first, form), std::string::npos);
    }
  }
  EXPECT_GT(found, 100U);
}

TEST(Landmarks, ADirectiveStartsALine) {
  for (const CharacterForm form : kForms) {
    const auto text = [&](std::string_view ascii) {
      return written({ascii.begin(), ascii.end()}, form);
    };
    const std::size_t unit = unit_of(form);
    const auto first = [&](const std::string& bytes, std::size_t from) {
      return first_directive(bytes, from * unit, bytes.size(), form);
    };
    EXPECT_EQ(first(text("#Fields: a"), 0), 0U);
    EXPECT_EQ(first(text("a b\r\n#Fields: a"), 0), 5 * unit);
    EXPECT_EQ(first(text("a b\r\n#Fields: a"), 5), 5 * unit);
    EXPECT_EQ(first(text("#\n#Fields: a"), 1), 2 * unit);
    EXPECT_EQ(first(text("a #b c\r\nd e#f\r\n"), 0), std::string::npos);
  }
}

TEST(Landmarks, ABiasStandsBetweenAClockAndTheEndOfATime) {
  const struct {
    const char* text;
    bool found;
  } rows[] = {
      {"time=\"10:00:00.000-120\" date=\"03-01-2026\"", true},
      {"time=\"10:00:00.000+00\"", true},
      {"<03-01-2026 10:00:00.000+300><thread=1>", true},
      {"time=\"10:00:00.-5\"", true},
      {"time=\"10:00:00.000+000\" date=\"03-01-2026\"", false},
      {"time=\"10:00:00.000+-480\"", false},
      {"time=\"10:00:00.000\"", false},
      {"time=\"10:00:00.000-12345\"", false},
      {"time=\"10:00:00.000-120", false},
      {"-120\"", false},
      {"a-120\"", false},
      {"5-12 and 7+1)", false},
  };
  for (const auto& row : rows) {
    for (const auto form : kForms) {
      SCOPED_TRACE(testing::Message() << row.text << " as " << static_cast<int>(form));
      const std::string ascii = row.text;
      const std::string text = written({ascii.begin(), ascii.end()}, form);
      const std::size_t at = last_bias(text, 0, text.size(), form);
      EXPECT_EQ(at != std::string::npos, row.found);
      if (row.found) {
        EXPECT_TRUE(ascii[at / unit_of(form)] == '+' || ascii[at / unit_of(form)] == '-');
        EXPECT_EQ(last_bias(text, 0, at + unit_of(form), form), at);
        EXPECT_EQ(last_bias(text, at, text.size(), form), at);
        EXPECT_EQ(last_bias(text, 0, at, form), std::string::npos);
        EXPECT_EQ(last_bias(text, at + unit_of(form), text.size(), form), std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace cmgmon::matches
