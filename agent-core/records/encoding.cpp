#include "records/encoding.h"

#include <array>

#include "base/text.h"

namespace cmgmon::records {

namespace {

struct Mark {
  std::string_view bytes;
  Encoding encoding;
};
constexpr std::array<Mark, 3> kMarks = {{{"\xEF\xBB\xBF", Encoding::kUtf8Bom},
                                         {"\xFF\xFE", Encoding::kUtf16Le},
                                         {"\xFE\xFF", Encoding::kUtf16Be}}};

bool is_ascii_text(char c) {
  return (c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n';
}

// ASCII characters and NULs in turn; the characters at odd places when `big`.
bool may_be_wide(std::string_view head, bool big) {
  for (std::size_t at = 0; at < head.size(); ++at) {
    const bool character = (at % 2 == 1) == big;
    if (character ? !is_ascii_text(head[at]) : head[at] != '\0') {
      return false;
    }
  }
  return true;
}

unsigned char byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

// Length of the sequence at `at`, which need not be a character that exists; 0 when it has not the form of UTF-8.
std::size_t sequence_length(std::string_view bytes, std::size_t at) {
  const unsigned char lead = byte_at(bytes, at);
  const std::size_t length = lead < 0xC0 || lead > 0xF7 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (at + length > bytes.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(bytes, at + i) & 0xC0U) != 0x80) {
      return 0;
    }
  }
  return length;
}

// Letters of a code page have the form of UTF-8 by accident only, most of UTF-8 keeps it when a part is damaged.
bool is_mostly_utf8(std::string_view bytes) {
  std::size_t formed = 0;
  std::size_t others = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    if (byte_at(bytes, at) < 0x80) {
      ++at;
    } else if (const std::size_t length = sequence_length(bytes, at); length != 0) {
      ++formed;
      at += length;
    } else {
      ++others;
      ++at;
    }
  }
  return formed > others;
}

}  // namespace

std::optional<FileStart> read_file_start(std::string_view head) {
  for (const Mark& mark : kMarks) {
    if (head.starts_with(mark.bytes)) {
      return FileStart{mark.encoding, mark.bytes.size()};
    }
  }
  for (const Mark& mark : kMarks) {
    if (mark.bytes.starts_with(head)) {
      return std::nullopt;
    }
  }
  head = head.substr(0, kFileStartBytes);
  for (const bool big : {false, true}) {
    if (may_be_wide(head, big)) {
      return head.size() < kFileStartBytes
                 ? std::nullopt
                 : std::optional(FileStart{big ? Encoding::kUtf16Be : Encoding::kUtf16Le, 0});
    }
  }
  return FileStart{};
}

DecodedText decode(std::string_view bytes) {
  if (base::is_valid_utf8(bytes)) {
    return {std::string(bytes), false};
  }
  if (is_mostly_utf8(bytes)) {
    return {base::from_utf16(base::to_utf16(bytes)), false};
  }
  return {base::decode_utf8_or_1252(bytes), true};
}

}  // namespace cmgmon::records
