#include "matches/landmarks.h"

#include <algorithm>

#include "records/envelope.h"
#include "records/timestamp.h"

namespace cmgmon::matches {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kNone = std::string_view::npos;

constexpr std::string_view kLineFeeds[] = {"\n"sv, "\n\0"sv, "\0\n"sv};
constexpr std::string_view kOpeners[] = {"<![LOG["sv, "<\0!\0[\0L\0O\0G\0[\0"sv,
                                         "\0<\0!\0[\0L\0O\0G\0["sv};
static_assert(kOpeners[0] == records::kCcmOpener);

std::string_view in(const std::string_view (&forms)[kCharacterForms], CharacterForm form) {
  return forms[static_cast<std::size_t>(form)];
}

// The character at `at`; any that is not ASCII is '\x80'.
char character(std::string_view text, std::size_t at, CharacterForm form) {
  if (form == CharacterForm::kOneByte) {
    return text[at];
  }
  const std::size_t low = form == CharacterForm::kLowHigh ? 0 : 1;
  return text[at + 1 - low] == '\0' ? text[at + low] : '\x80';
}

bool ends_line(char c) {
  return c == '\n' || c == '\r' || c == '\0';
}

// The last place in [least, up_to] at which `wanted` starts. Nothing before `least` is looked at: whoever asks for every literal
// of a long stretch would read all before it again and again.
std::size_t last_of(std::string_view text, std::string_view wanted, std::size_t least,
                    std::size_t up_to, std::size_t unit) {
  const std::size_t base = least - least % unit;
  const std::string_view searched = text.substr(std::min(base, text.size()));
  std::size_t at = up_to < base ? kNone : searched.rfind(wanted, up_to - base);
  while (at != kNone && at % unit != 0) {
    at = at == 0 ? kNone : searched.rfind(wanted, at - 1);
  }
  return at == kNone ? kNone : base + at;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Whether an exact bias (records/timestamp.cpp) stands behind a clock and before the end of a time, its sign at `at`.
bool may_be_bias(std::string_view text, std::size_t at, CharacterForm form) {
  constexpr std::size_t kMostDigits = 4;
  const std::size_t unit = unit_of(form);
  const char before = at == 0 ? '\0' : character(text, at - unit, form);
  if (!is_digit(before) && before != '.') {
    return false;
  }
  std::size_t digits = 0;
  int minutes = 0;
  for (at += unit; at + unit <= text.size() && is_digit(character(text, at, form)); at += unit) {
    if (++digits > kMostDigits) {
      return false;
    }
    minutes = 10 * minutes + (character(text, at, form) - '0');
  }
  if (digits == 0 || at + unit > text.size() || (minutes == 0 && digits > 2) ||
      !records::is_bias(std::chrono::minutes(minutes))) {
    return false;
  }
  const char behind = character(text, at, form);
  return behind == '"' || behind == '>';
}

}  // namespace

std::size_t last_landmark(records::Framer::Landmark kind, std::string_view text, std::size_t after,
                          std::size_t up_to, CharacterForm form) {
  switch (kind) {
    case records::Framer::Landmark::kLine:
      return last_line(text, after, up_to, form);
    case records::Framer::Landmark::kOpener:
      return last_opener(text, after, up_to, form);
    case records::Framer::Landmark::kNone:
      break;
  }
  return kNone;
}

std::size_t last_bias(std::string_view text, std::size_t from, std::size_t end,
                      CharacterForm form) {
  const std::size_t unit = unit_of(form);
  for (std::size_t at = end; at >= from + unit;) {
    at -= unit;
    const char c = character(text, at, form);
    if ((c == '+' || c == '-') && may_be_bias(text, at, form)) {
      return at;
    }
  }
  return kNone;
}

std::size_t last_line(std::string_view text, std::size_t after, std::size_t up_to,
                      CharacterForm form) {
  if (up_to <= after) {
    return kNone;
  }
  const std::size_t unit = unit_of(form);
  const std::size_t end = last_of(text.substr(0, up_to), in(kLineFeeds, form), after, up_to, unit);
  return end == kNone || end < after ? kNone : end + unit;
}

std::size_t last_opener(std::string_view text, std::size_t after, std::size_t up_to,
                        CharacterForm form) {
  const std::size_t unit = unit_of(form);
  const std::string_view opener = in(kOpeners, form);
  for (std::size_t at = last_of(text, opener, after, up_to, unit); at != kNone && at > after;
       at = last_of(text, opener, after, at - 1, unit)) {
    const char before = character(text, at - unit, form);
    if (ends_line(before)) {
      return at;
    }
    if (before == '[' && at >= after + 2 * unit &&
        ends_line(character(text, at - 2 * unit, form))) {
      return at - unit;
    }
  }
  return kNone;
}

bool follows_cr(std::string_view text, std::size_t at, CharacterForm form) {
  const std::size_t unit = unit_of(form);
  return at >= unit && character(text, at - unit, form) == '\r';
}

std::size_t first_directive(std::string_view text, std::size_t from, std::size_t end,
                            CharacterForm form) {
  const std::size_t unit = unit_of(form);
  text = text.substr(0, end);
  from -= from % unit;
  for (std::size_t at = text.find('#', from); at != kNone; at = text.find('#', at + 1)) {
    const std::size_t start = at - at % unit;
    if (start < from || start + unit > text.size() || character(text, start, form) != '#') {
      continue;
    }
    // Behind a byte order mark, too.
    if (start == 0 || ends_line(character(text, start - unit, form)) ||
        character(text, start - unit, form) == '\xBF' ||
        (unit == 2 && character(text, start - unit, form) == '\x80')) {
      return start;
    }
  }
  return kNone;
}

}  // namespace cmgmon::matches
