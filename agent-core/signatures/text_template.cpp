#include "signatures/text_template.h"

#include <algorithm>

namespace cmgmon::signatures {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '(' ||
                  c == ')';
         });
}

// Calls plain(text) and field(name) for the parts of `text`, in order.
template <typename Plain, typename Field>
void walk(std::string_view text, const Plain& plain, const Field& field) {
  std::size_t done = 0;
  std::size_t open = text.find('{');
  while (open != std::string_view::npos) {
    const std::size_t close = text.find_first_of("{}", open + 1);
    if (close == std::string_view::npos) {
      break;
    }
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (text[close] == '}' && is_name(name)) {
      plain(text.substr(done, open - done));
      field(std::string(name));
      done = close + 1;
    }
    open = text[close] == '{' ? close : text.find('{', close + 1);
  }
  plain(text.substr(done));
}

}  // namespace

std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> names;
  walk(
      text, [](std::string_view) {}, [&](std::string name) { names.push_back(std::move(name)); });
  return names;
}

std::string render(std::string_view text, const FieldLookup& value_of) {
  std::string out;
  walk(
      text, [&](std::string_view plain) { out += plain; },
      [&](const std::string& name) {
        const std::string* value = value_of(name);
        out += value != nullptr ? std::string_view(*value) : kNotLogged;
      });
  return out;
}

}  // namespace cmgmon::signatures
