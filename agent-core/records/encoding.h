#pragma once
// How the bytes of a file become text: by its first bytes, and record by record where those leave it open.
//
// Errors:  none. What is no text becomes U+FFFD.
// Source:  docs/formats.md, "Encoding".     Tests: tests/unit/records/encoding_test.cpp

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "records/record.h"

namespace cmgmon::records {

inline constexpr std::size_t kFileStartBytes = 4;

struct FileStart {
  Encoding encoding = Encoding::kUtf8;
  std::size_t mark = 0;  // bytes of the byte order mark
};
// `head` is the start of a file, as far as it is there; nullopt while the next byte decides. Without a mark UTF-16 is
// known by its first two characters when they are ASCII: such bytes are no text in any other encoding.
std::optional<FileStart> read_file_start(std::string_view head);

struct DecodedText {
  std::string text;
  bool windows_1252 = false;  // it is not UTF-8
};
// One record of a file that is not UTF-16. What has no form of UTF-8 in most of its places is Windows-1252: localized
// systems write the code page of the machine. Elsewhere damage becomes U+FFFD: cut characters, overlong forms, surrogates.
DecodedText decode(std::string_view bytes);

}  // namespace cmgmon::records
