#include "signatures/sigma_text.h"

#include <re2/re2.h>

#include <utility>

namespace cmgmon::signatures {

namespace {

bool is_special(char c) {
  return c == '*' || c == '?' || c == '\\';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void append_text(std::string_view text, bool cased, std::string& out) {
  if (cased) {
    out += re2::RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
    return;
  }
  std::string other;  // characters that have no case
  const auto flush = [&] {
    out += re2::RE2::QuoteMeta(other);
    other.clear();
  };
  for (const char c : text) {
    if (is_letter(c)) {
      flush();
      out += {'[', static_cast<char>(c | 0x20), static_cast<char>(c & ~0x20), ']'};
    } else {
      other += c;
    }
  }
  flush();
}

}  // namespace

std::vector<SigmaPiece> parse_sigma_text(std::string_view value) {
  std::vector<SigmaPiece> pieces;
  const auto add = [&](SigmaPiece::Kind kind, char c) {
    if (pieces.empty() || pieces.back().kind != kind || kind == SigmaPiece::Kind::kOne) {
      pieces.push_back({kind, {}});
    }
    if (kind == SigmaPiece::Kind::kText) {
      pieces.back().text += c;
    }
  };
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '\\' && i + 1 < value.size() && is_special(value[i + 1])) {
      add(SigmaPiece::Kind::kText, value[++i]);
    } else if (c == '*') {
      add(SigmaPiece::Kind::kAny, c);
    } else if (c == '?') {
      add(SigmaPiece::Kind::kOne, c);
    } else {
      add(SigmaPiece::Kind::kText, c);
    }
  }
  return pieces;
}

std::string to_regular_expression(const std::vector<SigmaPiece>& pieces, bool cased) {
  std::string out = "(?s)";
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool first = i == 0;
    const bool last = i + 1 == pieces.size();
    if (first && pieces[i].kind != SigmaPiece::Kind::kAny) {
      out += "\\A";
    }
    switch (pieces[i].kind) {
      case SigmaPiece::Kind::kText:
        append_text(pieces[i].text, cased, out);
        break;
      case SigmaPiece::Kind::kOne:
        out += '.';
        break;
      case SigmaPiece::Kind::kAny:
        if (!first && !last) {
          out += ".*";
        }
        break;
    }
    if (last && pieces[i].kind != SigmaPiece::Kind::kAny) {
      out += "\\z";
    }
  }
  if (pieces.empty()) {
    out += "\\A\\z";
  }
  return out;
}

std::string longest_text(const std::vector<SigmaPiece>& pieces) {
  std::string longest;
  for (const auto& piece : pieces) {
    if (piece.text.size() > longest.size()) {
      longest = piece.text;
    }
  }
  return longest;
}

}  // namespace cmgmon::signatures
