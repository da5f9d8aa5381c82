// Looking for literals: finds what looking for one after the other finds, whatever it was trained on, from wherever it starts,
// and in characters of two bytes alike.
//
// An input has three parts, with an empty line after each: literals (a line each), what a log looks like, and the text.

#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "matches/literal_scanner.h"
#include "support/literal_texts.h"

using namespace cmgmon;
using matches::CharacterForm;
using matches::LiteralScanner;

namespace {

constexpr std::size_t kMostLiterals = 40;
constexpr std::size_t kMostText = 4096;
constexpr std::size_t kLearnedBytes = 65U << 10U;  // enough to be trained on

std::string_view take_part(std::string_view& rest) {
  const std::size_t end = rest.find("\n\n");
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
  return part;
}

std::vector<std::string> literals_in(std::string_view lines) {
  std::vector<std::string> literals;
  while (!lines.empty() && literals.size() < kMostLiterals) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    std::string literal = test::in_lower_case(lines.substr(0, std::min<std::size_t>(end, 200)));
    std::erase_if(literal, [](char c) { return c < ' ' || c > '~'; });
    if (!literal.empty() &&
        std::find(literals.begin(), literals.end(), literal) == literals.end()) {
      literals.push_back(std::move(literal));
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return literals;
}

std::string widened(std::string_view text, CharacterForm form) {
  if (form == CharacterForm::kOneByte) {
    return std::string(text);
  }
  std::string wide;
  for (const char c : text) {
    wide += form == CharacterForm::kLowHigh ? std::string{c, '\0'} : std::string{'\0', c};
  }
  return wide;
}

void check(const std::vector<std::string>& literals, std::string_view learned,
           std::string_view text, CharacterForm form) {
  const std::size_t unit = matches::unit_of(form);
  LiteralScanner scanner(literals, form);
  std::string sample;
  while (!learned.empty() && sample.size() < kLearnedBytes) {
    sample += learned;
  }
  scanner.learn(widened(sample, form));
  const std::string bytes = widened(text, form);
  const auto all = test::every_occurrence(literals, text);
  std::size_t last = std::string::npos;
  for (std::size_t from = text.size() + 1; from-- > 0;) {
    if (text.size() > 300 && from % 37 != 0) {
      continue;
    }
    const std::size_t at = scanner.find(bytes, from * unit);
    last = at;
    std::size_t first_end = std::string::npos;
    bool inside = false;
    for (const auto& one : all) {
      if (one.start >= from) {
        first_end = std::min(first_end, one.end);
        inside = inside || (one.start * unit <= at && at < one.end * unit);
      }
    }
    if (first_end == std::string::npos) {
      fuzz::promise(at == std::string::npos, "nothing is found where nothing stands");
    } else {
      fuzz::promise(at < first_end * unit, "no occurrence is passed over");
      fuzz::promise(inside, "what is found is one");
    }
  }
  fuzz::promise((last == std::string::npos) == all.empty(), "from the start everything is found");
  if (form == CharacterForm::kOneByte) {
    matches::LiteralHits hits;
    scanner.collect(bytes, hits);
    for (std::uint32_t id = 0; id < literals.size(); ++id) {
      const bool holds =
          std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.literal == id; });
      fuzz::promise(hits.holds(id) == holds, "a text holds what stands in it");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  const auto literals = literals_in(take_part(rest));
  const auto learned = take_part(rest);
  const auto text = rest.substr(0, kMostText);
  if (!literals.empty()) {
    check(literals, learned, text, CharacterForm::kOneByte);
    check(literals, learned.substr(0, text.size() % 2 == 0 ? 0 : learned.size()), text,
          text.size() % 4 < 2 ? CharacterForm::kLowHigh : CharacterForm::kHighLow);
  }
  return 0;
}
