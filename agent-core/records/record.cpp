#include "records/record.h"

#include "base/text.h"

namespace cmgmon::records {

std::string_view name_of(Format format) {
  switch (format) {
    case Format::kCcm:
      return "ccm";
    case Format::kSiteServer:
      return "site-server";
    case Format::kW3c:
      return "w3c";
    case Format::kPlain:
      return "plain";
    case Format::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view name_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8Bom:
      return "utf-8-bom";
    case Encoding::kUtf16Le:
      return "utf-16le";
    case Encoding::kUtf16Be:
      return "utf-16be";
    case Encoding::kWindows1252:
      return "windows-1252";
    case Encoding::kUtf8:
      break;
  }
  return "utf-8";
}

std::string_view name_of(TimeConfidence confidence) {
  switch (confidence) {
    case TimeConfidence::kExact:
      return "exact";
    case TimeConfidence::kAssumed:
      return "assumed";
    case TimeConfidence::kNone:
      break;
  }
  return "none";
}

std::optional<std::string_view> Record::field(std::string_view name) const {
  for (const Column& column : columns) {
    if (base::equals_ignore_case(column.first, name)) {
      return column.second;
    }
  }
  if (base::equals_ignore_case(name, "message")) {
    return message;
  }
  const bool framed = format == Format::kCcm || format == Format::kSiteServer;
  if (framed && base::equals_ignore_case(name, "component")) {
    return component;
  }
  if (framed && base::equals_ignore_case(name, "thread")) {
    return thread;
  }
  if (format == Format::kCcm && base::equals_ignore_case(name, "type")) {
    return type;
  }
  if (format == Format::kCcm && base::equals_ignore_case(name, "source")) {
    return source;
  }
  return std::nullopt;
}

}  // namespace cmgmon::records
