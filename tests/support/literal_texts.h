#pragma once
// Sets of literals and texts that are hard on whoever looks for them, and the obvious way to look.

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::test {

struct Occurrence {
  std::uint32_t literal = 0;
  std::size_t start = 0;
  std::size_t end = 0;

  bool operator==(const Occurrence&) const = default;
};

inline std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return lower;
}

inline std::vector<Occurrence> every_occurrence(const std::vector<std::string>& literals,
                                                std::string_view text) {
  const std::string lower = in_lower_case(text);
  std::vector<Occurrence> all;
  for (std::uint32_t id = 0; id < literals.size(); ++id) {
    for (std::size_t at = lower.find(literals[id]); at != std::string::npos;
         at = lower.find(literals[id], at + 1)) {
      all.push_back({id, at, at + literals[id].size()});
    }
  }
  return all;
}

class LiteralTexts {
 public:
  explicit LiteralTexts(unsigned seed) : random_(seed) {}

  std::size_t number(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(least, most)(random_);
  }
  std::string word(std::size_t least, std::size_t most, std::string_view letters) {
    std::string text(number(least, most), ' ');
    for (char& c : text) {
      c = letters[number(0, letters.size() - 1)];
    }
    return text;
  }

  // 7 to 200 bytes; some share a start, some stand in others, some repeat a piece, some differ by one byte. Each once.
  std::vector<std::string> literals(std::size_t most) {
    const std::string_view alphabets[] = {"ab", "abc_",
                                          "abcdefghijklmnopqrstuvwxyz0123456789_=: /"};
    const std::string_view letters = alphabets[number(0, 2)];
    const std::string shared = word(1, 30, letters);
    std::vector<std::string> set;
    const std::size_t count = number(1, most);
    for (std::size_t tries = 0; set.size() < count && tries < 4 * count; ++tries) {
      std::string literal;
      const std::string* other = set.empty() ? nullptr : &set[number(0, set.size() - 1)];
      switch (number(0, 5)) {
        case 0:
          literal = shared + word(7, 20, letters);
          break;
        case 1:
          if (other != nullptr && other->size() > 8) {
            const std::size_t start = number(0, other->size() - 8);
            literal = other->substr(start, number(7, other->size() - start));
          }
          break;
        case 2: {
          const std::string piece = word(1, 5, letters);
          while (literal.size() < 12) {
            literal += piece;
          }
          break;
        }
        case 3:
          if (other != nullptr) {
            literal = *other;
            literal[number(0, literal.size() - 1)] = letters[number(0, letters.size() - 1)];
          }
          break;
        case 4:
          literal = word(7, 200, letters);
          break;
        default:
          literal = word(7, 12, letters);
          break;
      }
      bool known = literal.size() < 7;
      for (const auto& one : set) {
        known = known || one == literal;
      }
      if (!known) {
        set.push_back(literal);
      }
    }
    if (set.empty()) {
      set.push_back("literal");
    }
    return set;
  }

  // Literals, their beginnings and ends, in any letter case, between other bytes.
  std::string text(const std::vector<std::string>& literals, std::size_t least_bytes) {
    std::string text;
    while (text.size() < least_bytes) {
      const std::string& literal = literals[number(0, literals.size() - 1)];
      switch (number(0, 6)) {
        case 0:
          text += literal;
          break;
        case 1:
          text += literal.substr(0, number(0, literal.size()));
          break;
        case 2:
          text += literal.substr(number(0, literal.size() - 1));
          break;
        case 3: {
          std::string spoiled = literal;
          spoiled[number(0, spoiled.size() - 1)] = static_cast<char>(number(0, 255));
          text += spoiled;
          break;
        }
        case 4:
          text += word(0, 30, "abc_ \r\n");
          break;
        case 5:
          text += static_cast<char>(number(0, 255));
          break;
        default:
          text += word(0, 60, "The quick brown fox jumps, 0123456789: = <>[]\"");
          break;
      }
    }
    for (char& c : text) {
      if (c >= 'a' && c <= 'z' && number(0, 3) == 0) {
        c = static_cast<char>(c - 32);
      }
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

}  // namespace cmgmon::test
