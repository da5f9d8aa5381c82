#include "base/words.h"

#include "base/text.h"

namespace cmgmon::base {

std::string with_hint(std::string message, std::string_view word,
                      const std::vector<std::string>& known) {
  if (const auto meant = nearest(word, known)) {
    message += "; did you mean '" + *meant + "'?";
  }
  return message;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  std::string text = std::to_string(count) + " ";
  text += noun;
  return count == 1 ? text : text + "s";
}

std::string flowing(std::string_view text) {
  std::string line;
  for (const char c : trim(text)) {
    const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!blank || line.back() != ' ') {  // the first one is none
      line += blank ? ' ' : c;
    }
  }
  return line;
}

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return upper;
}

}  // namespace cmgmon::base
