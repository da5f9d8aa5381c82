#pragma once
// What the text of a log is, read slowly: the part of record_oracle.h below lines and records.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "records/record.h"

namespace cmgmon::support {

// A file as text; where each byte of the text stands in the file, and one entry more for the end.
struct SlowText {
  records::Encoding encoding = records::Encoding::kUtf8;  // as the first bytes say
  std::string bytes;
  std::vector<std::uint64_t> offset;
};
SlowText text_slowly(std::string_view file);

// Part of a text as UTF-8; what is none is UTF-8 with damage, or Windows-1252.
std::string decode_slowly(const std::string& bytes);
bool is_windows_1252(const std::string& bytes);

}  // namespace cmgmon::support
