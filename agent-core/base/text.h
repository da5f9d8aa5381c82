#pragma once
// Text encodings and the few text operations that every room needs. Inside the program text is
// UTF-8.
//
// Errors:  none. Bytes that are not text become U+FFFD.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::base {

bool is_valid_utf8(std::string_view bytes);

// Strict UTF-8 if it is that, else Windows-1252 (its five undefined bytes become U+FFFD).
std::string decode_utf8_or_1252(std::string_view bytes);

enum class ByteOrder { kLittle, kBig };
// Lone surrogates and an odd last byte become U+FFFD.
std::string decode_utf16(std::string_view bytes, ByteOrder order);

// For the Windows API. Invalid input becomes U+FFFD, so the result is always well-formed.
std::u16string to_utf16(std::string_view utf8);
std::string from_utf16(std::u16string_view text);

// The longest prefix of at most `max_units` UTF-16 units that does not cut a character.
std::string_view prefix_of_utf16_units(std::string_view utf8, std::size_t max_units);
// The longest prefix of at most `max_bytes` bytes that does not cut a character.
std::string_view prefix_of_bytes(std::string_view utf8, std::size_t max_bytes);
std::size_t utf16_length(std::string_view utf8);

// ASCII only, locale-independent.
char to_lower(char c);
std::string to_lower(std::string_view text);
bool equals_ignore_case(std::string_view a, std::string_view b);
std::size_t find_ignore_case(std::string_view haystack, std::string_view lower_case_needle,
                             std::size_t from = 0);  // npos when absent

std::string_view trim(std::string_view text);  // spaces, tabs, CR, LF

// Makes one line that no terminal or log viewer interprets: C0/C1 controls and U+2028/9, bidi marks
// become \uXXXX (CR, LF, TAB become \r \n \t).
std::string printable(std::string_view utf8);

// The candidate with the smallest edit distance, if it is near enough to be a slip of the pen.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace cmgmon::base
