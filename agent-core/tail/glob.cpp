#include "tail/glob.h"

#include <algorithm>

#include "base/path.h"
#include "base/text.h"

namespace cmgmon::tail {

namespace {

bool is_separator(char c) {
  return c == '/' || (c == '\\' && base::preferred_separator() == '\\');
}

struct Piece {
  std::string_view text;
  std::size_t start = 0;
};

std::vector<Piece> split(std::string_view path) {
  std::vector<Piece> pieces;
  std::size_t at = 0;
  while (at < path.size()) {
    if (is_separator(path[at])) {
      ++at;
      continue;
    }
    const std::size_t start = at;
    while (at < path.size() && !is_separator(path[at])) {
      ++at;
    }
    pieces.push_back({path.substr(start, at - start), start});
  }
  return pieces;
}

}  // namespace

Glob::Glob(std::string_view text) {
  const std::vector<Piece> pieces = split(text);
  for (const Piece& piece : pieces) {
    components_.push_back(parse(piece.text));
  }
  if (pieces.empty()) {
    return;
  }
  const std::size_t folders = pieces.size() - 1;
  while (fixed_components_ < folders && !components_[fixed_components_].wildcard) {
    ++fixed_components_;
  }
  std::size_t end = pieces[fixed_components_].start;
  // Keep the separator of a root ("/", "C:\"), drop any other.
  const std::size_t body = fixed_components_ == 0 ? 0
                                                  : pieces[fixed_components_ - 1].start +
                                                        pieces[fixed_components_ - 1].text.size();
  const bool drive =
      fixed_components_ == 1 && pieces[0].text.size() == 2 && pieces[0].text[1] == ':';
  if (fixed_components_ > 0 && !drive) {
    end = body;
  }
  fixed_folder_ = std::string(text.substr(0, end));
}

Glob::Component Glob::parse(std::string_view text) {
  Component component;
  component.text = std::string(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    Token token;
    const std::size_t close = text[i] == '{' ? text.find('}', i) : std::string_view::npos;
    if (text[i] == '*') {
      if (!component.tokens.empty() && component.tokens.back().kind == Token::Kind::kAnyText) {
        continue;
      }
      token.kind = Token::Kind::kAnyText;
    } else if (text[i] == '?') {
      token.kind = Token::Kind::kAnyCharacter;
    } else if (close != std::string_view::npos && close > i + 1) {
      token.kind = Token::Kind::kCapture;
      token.name = std::string(text.substr(i + 1, close - i - 1));
      i = close;
    } else {
      token.character = base::to_lower(text[i]);
    }
    component.wildcard = component.wildcard || token.kind != Token::Kind::kCharacter;
    component.tokens.push_back(std::move(token));
  }
  return component;
}

// reachable(t, i): the tokens from t on can match the text from i on. Filled from the back, then walked from the front
// taking the shortest text for each wildcard.
bool Glob::match(const Component& component, std::string_view text, Captures* captures) {
  const auto& tokens = component.tokens;
  if (!component.wildcard) {
    return base::equals_ignore_case(component.text, text);
  }
  const std::size_t width = text.size() + 1;
  std::vector<bool> reachable((tokens.size() + 1) * width, false);
  reachable[tokens.size() * width + text.size()] = true;
  for (std::size_t t = tokens.size(); t-- > 0;) {
    for (std::size_t i = width; i-- > 0;) {
      const bool rest = i < text.size() && reachable[(t + 1) * width + i + 1];
      bool yes = false;
      switch (tokens[t].kind) {
        case Token::Kind::kCharacter:
          yes = rest && base::to_lower(text[i]) == tokens[t].character;
          break;
        case Token::Kind::kAnyCharacter:
          yes = rest;
          break;
        case Token::Kind::kAnyText:
          yes = reachable[(t + 1) * width + i] || (i < text.size() && reachable[t * width + i + 1]);
          break;
        case Token::Kind::kCapture:
          yes = rest || (i < text.size() && reachable[t * width + i + 1]);
          break;
      }
      reachable[t * width + i] = yes;
    }
  }
  if (!reachable[0]) {
    return false;
  }
  if (captures == nullptr) {
    return true;
  }
  std::size_t i = 0;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    const std::size_t start = i;
    const bool takes_one = tokens[t].kind != Token::Kind::kAnyText;
    i += takes_one ? 1 : 0;
    if (tokens[t].kind == Token::Kind::kAnyText || tokens[t].kind == Token::Kind::kCapture) {
      while (!reachable[(t + 1) * width + i]) {
        ++i;
      }
    }
    if (tokens[t].kind == Token::Kind::kCapture) {
      (*captures)[tokens[t].name] = std::string(text.substr(start, i - start));
    }
  }
  return true;
}

bool Glob::matches(std::string_view path, Captures* captures) const {
  const std::vector<Piece> pieces = split(path);
  if (pieces.size() != components_.size()) {
    return false;
  }
  // The name first: it is what usually differs.
  for (std::size_t i = pieces.size(); i-- > 0;) {
    if (!match(components_[i], pieces[i].text, nullptr)) {
      return false;
    }
  }
  for (std::size_t i = 0; captures != nullptr && i < pieces.size(); ++i) {
    match(components_[i], pieces[i].text, captures);
  }
  return true;
}

bool Glob::matches_component(std::size_t index, std::string_view name) const {
  return match(components_[index], name, nullptr);
}

bool Glob::matches_name(std::string_view name) const {
  return !components_.empty() && match(components_.back(), name, nullptr);
}

bool Glob::matches_folder_above(std::string_view path) const {
  const std::vector<Piece> pieces = split(path);
  if (pieces.size() >= components_.size()) {
    return false;
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!match(components_[i], pieces[i].text, nullptr)) {
      return false;
    }
  }
  return true;
}

bool Glob::has_wildcard(std::size_t index) const {
  return components_[index].wildcard;
}
const std::string& Glob::component_text(std::size_t index) const {
  return components_[index].text;
}

}  // namespace cmgmon::tail
