#pragma once
// A value as Sigma writes it: '*' stands for any characters, '?' for one, '\' before one of the three for itself.
//
// Source:  SigmaHQ specification 2.1, "Wildcards" and "Escaping".   Tests: tests/unit/signatures/sigma_text_test.cpp

#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::signatures {

struct SigmaPiece {
  enum class Kind { kText, kAny, kOne } kind = Kind::kText;
  std::string text;  // kText only, never empty
};

// Adjacent texts are one piece, and so are adjacent '*'. A backslash before anything else stands for itself.
std::vector<SigmaPiece> parse_sigma_text(std::string_view value);

// The same as a regular expression for an unanchored search. Without `cased`, ASCII letters match in both cases and
// nothing else does (RE2's own folding knows letters like U+017F, which would slip past an ASCII literal).
std::string to_regular_expression(const std::vector<SigmaPiece>& pieces, bool cased);

// The longest text that every match holds, "" when there is none.
std::string longest_text(const std::vector<SigmaPiece>& pieces);

}  // namespace cmgmon::signatures
