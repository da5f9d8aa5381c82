#pragma once
// An incident as a block of text for a terminal: what failed, where, since when, why, what to do, what the log said.
//
// The block is marked by a bar at its left edge. Log text is shown with controls spelled out. Long words (URLs,
// commands, thumbprints) are never broken, so that they can be copied.
//
// Units:   width is terminal columns; characters count one each.
// Tests:   tests/unit/sinks/console_sink_test.cpp

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "incidents/incident.h"

namespace cmgmon::sinks {

struct TextStyle {
  bool colour = false;
  std::size_t width = 100;
};

enum class Ink { kPlain, kDim, kBold, kRed, kYellow, kGreen, kCyan, kAlarm };

// `text` in that colour, or as it is.
std::string inked(std::string_view text, Ink ink, const TextStyle& style);
Ink ink_of(signatures::Level level);

// Lines of at most `width` columns, broken at spaces only: a longer word gets a longer line.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

// "RAISED" with everything, or "CLEARED" in short. Ends with a line end.
std::string raised_block(const incidents::Incident& incident, std::string_view host,
                         const TextStyle& style);
std::string cleared_block(const incidents::Incident& incident, std::string_view host,
                          const TextStyle& style);
// One line: the count has grown.
std::string updated_line(const incidents::Incident& incident, std::string_view host,
                         const TextStyle& style);

}  // namespace cmgmon::sinks
