#pragma once
// Could a detection be satisfied by text that somebody on the Internet chose?
//
// URLs, queries and user agents stand in the logs as they were sent. They hold no blanks, quotes or angle brackets, and
// they do not begin a message. So a test is *loose* when text without those characters, somewhere in the message, is
// enough for it: a plain text of one word, an expression without anchors, one that ends in a word after a wildcard; and
// every column of a W3C log that the client fills. It is *pinned* by another test of the same alternative: an expression
// anchored at both ends, one that spells the same text and needs more than a URL can hold, a whole message, a column that
// the server fills. What stands under "not" decides nothing.
//
// This is a rule of thumb for authors, not a proof: it looks at how a rule is written, not at what its log holds.
//
// Source:  docs/signatures.md, "Against forged log text".   Tests: tests/unit/signatures/forgery_test.cpp

#include <optional>
#include <string>

#include "signatures/signature.h"

namespace cmgmon::signatures {

struct Loose {
  Origin origin;     // of the test
  std::string text;  // the value in question
};

// The first alternative that only loose tests decide; nullopt: there is none.
std::optional<Loose> find_loose(const Expression& expression);

}  // namespace cmgmon::signatures
