// Two lines: an expression, and a message it is held against; as RE2, as an extraction with every type, and as a text with
// wildcards, whose answer a slow matcher of wildcards must confirm.

#include <re2/re2.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "matches/field_collector.h"
#include "signatures/forgery.h"
#include "signatures/regular_expression.h"
#include "signatures/sigma_text.h"

using namespace cmgmon;
using signatures::SigmaPiece;

namespace {

constexpr std::size_t kMaxSlow = 64;  // bytes of text that the slow matcher is given

// The whole text, letter by letter.
bool matches_slowly(const std::vector<SigmaPiece>& pieces, std::size_t piece,
                    std::string_view text) {
  if (piece == pieces.size()) {
    return text.empty();
  }
  const SigmaPiece& now = pieces[piece];
  switch (now.kind) {
    case SigmaPiece::Kind::kText:
      return text.size() >= now.text.size() &&
             base::equals_ignore_case(text.substr(0, now.text.size()), now.text) &&
             matches_slowly(pieces, piece + 1, text.substr(now.text.size()));
    case SigmaPiece::Kind::kOne:
      return !text.empty() && matches_slowly(pieces, piece + 1, text.substr(1));
    case SigmaPiece::Kind::kAny:
      for (std::size_t taken = 0; taken <= text.size(); ++taken) {
        if (matches_slowly(pieces, piece + 1, text.substr(taken))) {
          return true;
        }
      }
      return false;
  }
  return false;
}

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      return false;
    }
  }
  return true;
}

void as_wildcards(std::string_view pattern, std::string_view text) {
  const auto pieces = signatures::parse_sigma_text(pattern);
  if (pieces.size() > 6 || !is_ascii(pattern) || !is_ascii(text)) {
    return;
  }
  const auto expression = signatures::compile(signatures::to_regular_expression(pieces, false));
  if (expression.compiled != nullptr) {
    const auto part = text.substr(0, kMaxSlow);
    fuzz::promise(re2::RE2::PartialMatch(re2::StringPiece(part.data(), part.size()),
                                         *expression.compiled) == matches_slowly(pieces, 0, part),
                  "wildcards mean what they say");
  }
}

void as_extraction(const signatures::RegularExpression& expression, std::string_view text) {
  using signatures::ValueType;
  for (const auto type :
       {ValueType::kText, ValueType::kInteger, ValueType::kHex, ValueType::kFlags,
        ValueType::kTimestamp, ValueType::kUrl, ValueType::kGuid, ValueType::kThumbprint}) {
    signatures::Extraction extraction;
    extraction.expression = expression.compiled;
    extraction.every = true;
    for (const auto& name : signatures::group_names(*expression.compiled)) {
      extraction.types[name].type = type;
      extraction.types[name].bits = {{1, "ONE"}, {8, "EIGHT"}};
      extraction.types[name].parts = {{"host", "url_host"}, {"segment", "url_segment"}};
    }
    records::Record record;
    record.format = records::Format::kPlain;
    record.message = text;
    matches::FieldCollector fields({});
    fields.apply(extraction, record);
    for (const auto& [name, value] : fields.fields()) {
      fuzz::promise(type == ValueType::kFlags || value.size() <= matches::kMaxFieldBytes,
                    "a value has a bound");
      fuzz::promise(!value.empty(), "a value that is set says something");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::text_of(data, size).substr(0, 16384);
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  const auto pattern = bytes.substr(0, end);
  const auto text = bytes.substr(std::min(end + 1, bytes.size()));
  if (!base::is_valid_utf8(pattern) || !base::is_valid_utf8(text)) {
    return 0;  // neither packs nor records hold such
  }
  as_wildcards(pattern, text);
  const auto expression = signatures::compile(pattern);
  fuzz::promise((expression.compiled == nullptr) != expression.error.empty(),
                "compiled or an error");
  if (expression.compiled == nullptr) {
    return 0;
  }
  as_extraction(expression, text);
  signatures::Expression test;
  test.kind = signatures::Expression::Kind::kTest;
  test.test.field = "Message";
  test.test.op = signatures::Operator::kRegex;
  test.test.values = {std::string(pattern)};
  test.test.required = {""};
  test.test.compiled = {expression.compiled};
  static_cast<void>(signatures::find_loose(test));
  return 0;
}
