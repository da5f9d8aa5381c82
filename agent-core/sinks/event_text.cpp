#include "sinks/event_text.h"

#include "base/text.h"
#include "base/words.h"

namespace cmgmon::sinks {

namespace {

constexpr std::string_view kInertPercent = "\xEF\xBC\x85";  // U+FF05
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";      // U+2026

// What follows a percent sign that some reader expands. The end counts: what comes next is somebody else's text.
bool expands(std::string_view after_percent) {
  return after_percent.empty() ||
         std::string_view("0123456789%!.{ nrtb").find(after_percent.front()) !=
             std::string_view::npos;
}

std::string inert_percent(std::string_view text) {
  std::string inert;
  inert.reserve(text.size() + 16);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && expands(text.substr(at + 1))) {
      inert += kInertPercent;
    } else {
      inert += text[at];
    }
  }
  return inert;
}

}  // namespace

std::string cut_to_units(std::string_view text, std::size_t max_units) {
  if (base::prefix_of_utf16_units(text, max_units).size() == text.size()) {
    return std::string(text);
  }
  if (max_units == 0) {
    return {};
  }
  std::string cut(base::prefix_of_utf16_units(text, max_units - 1));
  cut += kEllipsis;
  return cut;
}

std::string event_line(std::string_view text, std::size_t max_units) {
  // Nothing gets shorter by becoming inert, so what is beyond the limit now is beyond it afterwards: cutting first
  // keeps a 100 MB line from being worked on as a whole. One unit more shows that something was cut.
  const std::string_view enough = base::prefix_of_utf16_units(text, max_units + 1);
  return cut_to_units(inert_percent(base::printable(enough)), max_units);
}

std::string event_paragraph(std::string_view text, std::size_t max_units) {
  return event_line(base::flowing(text), max_units);
}

std::string join_event_lines(const std::vector<std::string>& lines, std::size_t max_units) {
  std::string joined;
  std::size_t used = 0;
  for (const auto& line : lines) {
    const std::size_t separator = joined.empty() ? 0 : 2;
    const std::size_t units = base::utf16_length(line);
    if (used + separator + units > max_units) {
      if (joined.empty()) {
        return cut_to_units(line, max_units);
      }
      if (used + 3 <= max_units) {
        joined += "\r\n";
        joined += kEllipsis;
      }
      break;
    }
    if (separator != 0) {
      joined += "\r\n";
    }
    joined += line;
    used += separator + units;
  }
  return joined;
}

}  // namespace cmgmon::sinks
