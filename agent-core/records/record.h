#pragma once
// One log entry, whatever the format of its file.
//
// Life: a Record is a view, valid only during the call it is passed to. Everything else owns what it keeps.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/time.h"

namespace cmgmon::records {

enum class Format { kUnknown, kCcm, kSiteServer, kW3c, kPlain };
std::string_view name_of(Format format);  // "ccm", "site-server", "w3c", "plain", "unknown"

enum class Encoding { kUtf8, kUtf8Bom, kUtf16Le, kUtf16Be, kWindows1252 };
// "utf-8", "utf-8-bom", "utf-16le", "utf-16be", "windows-1252"
std::string_view name_of(Encoding encoding);

// kExact: the record carries its own bias, or the format is UTC. kAssumed: local time without a usable
// bias, read with the newest exact bias of the stream, else as UTC; also a time more than 5 minutes ahead
// of the wall clock, which is clamped to it. kNone: the record has no time.
enum class TimeConfidence { kExact, kAssumed, kNone };
std::string_view name_of(TimeConfidence confidence);  // "exact", "assumed", "none"

// Field of a W3C line: column name as in #Fields, value as logged ('+' still stands for a space; "-" means empty).
using Column = std::pair<std::string_view, std::string_view>;

struct Record {
  Format format = Format::kUnknown;
  // Decoded UTF-8. Site-server: trailing "~~" removed, inner ones kept. W3C, plain: the line.
  std::string_view message;
  std::string_view component;
  std::string_view thread;          // decimal text; may be empty
  std::string_view type;            // CCM type digit; says nothing about severity
  std::string_view source;          // file="..." of CCM
  std::span<const Column> columns;  // W3C only
  std::optional<base::Time> time;
  TimeConfidence time_confidence = TimeConfidence::kNone;
  std::uint64_t offset = 0;  // of the record's first byte in its file
  std::uint64_t length = 0;  // bytes in the file
  std::uint64_t line = 0;    // of its first byte, counted from 1
  // Bytes of the stream before it, in all files that were read. Only distances between records say something.
  std::uint64_t position = 0;

  // Sigma field names: Message Component Thread Type Source, and any W3C column; letter case is ignored.
  std::optional<std::string_view> field(std::string_view name) const;
};

}  // namespace cmgmon::records
