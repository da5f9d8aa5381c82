#include "signatures/forgery.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "signatures/field_names.h"

namespace cmgmon::signatures {

namespace {

constexpr std::ptrdiff_t kMinPhrase = 5;  // letters and digits

bool is_word_only(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '<' || c == '>';
  });
}

// Columns that hold what the client sent.
bool is_client_column(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kNames = {"cs-uri-stem", "cs-uri-query",
                                                             "cs-host", "cs-username", "cs-method"};
  const std::string lower = base::to_lower(name);
  return lower.starts_with("cs(") || std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

// One alternative of a regular expression, taken apart just far enough.
struct Shape {
  bool start = false;  // anchored there
  bool end = false;
  bool wildcard = false;     // somewhere anything without blanks is taken
  bool server_text = false;  // no URL holds what must be there (if anchored: behind a wildcard)
  std::string phrase;        // what must be there behind the last wildcard
  std::string text;          // all that must be there, small
};

bool quantified(std::string_view pattern, std::size_t at) {
  return at < pattern.size() && (pattern[at] == '*' || pattern[at] == '+' || pattern[at] == '{');
}

bool may_be_absent(std::string_view pattern, std::size_t at) {
  return at < pattern.size() && (pattern[at] == '*' || pattern[at] == '?');
}

// The position behind the class that begins at `at`.
std::size_t end_of_class(std::string_view pattern, std::size_t at) {
  std::size_t end = at + 1;
  if (end < pattern.size() && pattern[end] == '^') {
    ++end;
  }
  if (end < pattern.size() && pattern[end] == ']') {
    ++end;
  }
  while (end < pattern.size() && pattern[end] != ']') {
    end += pattern[end] == '\\' ? 2 : 1;
  }
  return std::min(end + 1, pattern.size());
}

void skip_flags(std::string_view& pattern) {
  while (pattern.starts_with("(?")) {
    const auto close = pattern.find_first_not_of("imsU-", 2);
    if (close == std::string_view::npos || pattern[close] != ')') {
      return;
    }
    pattern.remove_prefix(close + 1);
  }
}

// Alternatives at the top level.
std::vector<std::string_view> alternatives(std::string_view pattern) {
  std::vector<std::string_view> found;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '[') {
      at = end_of_class(pattern, at);
      continue;
    }
    if (c == '|' && depth == 0) {
      found.push_back(pattern.substr(start, at - start));
      start = at + 1;
    }
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    at += c == '\\' ? 2 : 1;
  }
  found.push_back(pattern.substr(std::min(start, pattern.size())));
  return found;
}

class ShapeReader {
 public:
  Shape read(std::string_view pattern) {
    shape_.start = take_start(pattern);
    shape_.end = take_end(pattern);
    for (std::size_t at = 0; at < pattern.size();) {
      at = step(pattern, at);
    }
    return std::move(shape_);
  }

 private:
  static bool take_start(std::string_view& pattern) {
    const std::size_t size = pattern.starts_with("\\A") ? 2 : pattern.starts_with('^') ? 1 : 0;
    pattern.remove_prefix(size);
    return size != 0;
  }

  static bool take_end(std::string_view& pattern) {
    std::size_t size = 0;
    if (pattern.ends_with("\\z")) {
      size = 2;
    } else if (pattern.ends_with('$')) {
      std::size_t slashes = 0;
      while (slashes + 1 < pattern.size() && pattern[pattern.size() - 2 - slashes] == '\\') {
        ++slashes;
      }
      size = slashes % 2 == 0 ? 1 : 0;
    }
    pattern.remove_suffix(size);
    return size != 0;
  }

  // What is at `at`; returns where it goes on.
  std::size_t step(std::string_view pattern, std::size_t at) {
    const char c = pattern[at];
    if (c == '[') {
      const std::size_t end = end_of_class(pattern, at);
      if (pattern.substr(at).starts_with("[^") && quantified(pattern, end)) {
        saw_wildcard();
      }
      return end;
    }
    if (c == '\\' && at + 1 < pattern.size()) {
      const char escaped = pattern[at + 1];
      const std::size_t end = at + 2;
      if ((escaped == 'S' || escaped == 'w' || escaped == 'D') && quantified(pattern, end)) {
        saw_wildcard();
      } else if (escaped == 's') {
        shape_.server_text |= !may_be_absent(pattern, end);
      } else if (escaped != 'b' && escaped != 'd') {
        saw_text(escaped, may_be_absent(pattern, end));
      }
      return end;
    }
    if (c == '.' && quantified(pattern, at + 1)) {
      saw_wildcard();
      return at + 2;
    }
    if (c == '(' && pattern.substr(at).starts_with("(?")) {
      const auto end = pattern.find_first_of(":>)", at);  // (?: and (?P<name>
      return end == std::string_view::npos ? pattern.size() : end + 1;
    }
    if (c == '{') {
      const auto end = pattern.find('}', at);
      return end == std::string_view::npos ? at + 1 : end + 1;
    }
    if (std::string_view("()|*+?^$.").find(c) == std::string_view::npos) {
      saw_text(c, may_be_absent(pattern, at + 1));
    }
    return at + 1;
  }

  void saw_wildcard() {
    if (shape_.start && !shape_.wildcard) {
      shape_.server_text = false;
    }
    shape_.wildcard = true;
    shape_.phrase.clear();
  }

  void saw_text(char c, bool is_optional) {
    if (is_optional) {
      return;
    }
    shape_.text += base::to_lower(c);
    shape_.phrase += base::to_lower(c);
    shape_.server_text |= !is_word_only(std::string_view(&c, 1));
  }

  Shape shape_;
};

// Some word; not the next part of a URL's path, which is a test of the URL itself.
bool is_phrase(std::string_view text) {
  return !text.empty() && text.front() != '/' && text.front() != '?' &&
         std::count_if(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         }) >= kMinPhrase;
}

// What one alternative of a condition rests on.
struct Grounds {
  bool pinned = false;
  std::vector<Loose> loose;
  std::vector<std::string> spelled;  // texts of expressions that no URL is enough for
};

void add_expression(const FieldTest& test, std::string_view pattern, Grounds& grounds) {
  skip_flags(pattern);
  bool pinned = true;
  bool loose = false;
  for (const auto alternative : alternatives(pattern)) {
    const Shape shape = ShapeReader().read(alternative);
    pinned &= shape.start && shape.end;
    if (!shape.start) {
      loose |= !shape.end && !shape.server_text;
    } else if (!shape.end) {
      loose |= shape.wildcard && !shape.server_text && is_phrase(shape.phrase);
    }
    if (shape.start || shape.server_text) {
      grounds.spelled.push_back(shape.text);
    }
  }
  grounds.pinned |= pinned;
  if (loose) {
    grounds.loose.push_back({test.origin, std::string(pattern)});
  }
}

bool is_spelled(const Loose& loose, const std::vector<std::string>& spelled) {
  const std::string text = base::to_lower(loose.text);
  return std::any_of(spelled.begin(), spelled.end(), [&](const std::string& known) {
    return known.find(text) != std::string::npos;
  });
}

// All of them must hold.
Grounds all_of(std::vector<Grounds> parts) {
  Grounds all;
  for (auto& part : parts) {
    all.pinned |= part.pinned;
    all.loose.insert(all.loose.end(), part.loose.begin(), part.loose.end());
    all.spelled.insert(all.spelled.end(), part.spelled.begin(), part.spelled.end());
  }
  std::erase_if(all.loose, [&](const Loose& loose) { return is_spelled(loose, all.spelled); });
  return all;
}

// One of them is enough.
Grounds any_of(std::vector<Grounds> parts) {
  if (parts.size() == 1) {
    return std::move(parts.front());
  }
  Grounds any;
  any.pinned = true;
  for (auto& part : parts) {
    any.pinned &= part.pinned;
    if (!part.pinned) {
      any.loose.insert(any.loose.end(), part.loose.begin(), part.loose.end());
    }
  }
  return any;
}

Grounds of_test(const FieldTest& test) {
  Grounds grounds;
  if (is_client_column(test.field)) {
    if (test.op != Operator::kExists) {
      grounds.loose.push_back({test.origin, test.values.front()});
    }
    return grounds;
  }
  if (!is_in_message(test.field)) {
    return grounds;  // the envelope: the same for good and bad lines
  }
  if (!base::equals_ignore_case(test.field, "Message")) {
    grounds.pinned = true;  // a column that the server fills
    return grounds;
  }
  if (test.op == Operator::kEquals) {
    grounds.pinned = true;
    return grounds;
  }
  std::vector<Grounds> of_values;
  for (std::size_t i = 0; i < test.values.size(); ++i) {
    const std::string& value = test.values[i];
    Grounds& of_value = of_values.emplace_back();
    if (test.op == Operator::kRegex && test.required[i].empty()) {
      add_expression(test, value, of_value);
    } else if (test.op == Operator::kStartsWith) {
      of_value.spelled.push_back(base::to_lower(value));
    } else if (is_word_only(value) && (test.op != Operator::kRegex || value.starts_with('*'))) {
      of_value.loose.push_back({test.origin, value});
    }
  }
  return test.all ? all_of(std::move(of_values)) : any_of(std::move(of_values));
}

Grounds of(const Expression& expression) {
  std::vector<Grounds> parts;
  for (const auto& child : expression.children) {
    parts.push_back(of(child));
  }
  switch (expression.kind) {
    case Expression::Kind::kTest:
      return of_test(expression.test);
    case Expression::Kind::kNot:
      return {};
    case Expression::Kind::kAnd:
      return all_of(std::move(parts));
    case Expression::Kind::kOr:
      return any_of(std::move(parts));
  }
  return {};
}

}  // namespace

std::optional<Loose> find_loose(const Expression& expression) {
  const Grounds grounds = of(expression);
  if (grounds.pinned || grounds.loose.empty()) {
    return std::nullopt;
  }
  return grounds.loose.front();
}

}  // namespace cmgmon::signatures
