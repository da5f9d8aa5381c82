#pragma once
// Untrusted text made inert for the Windows Event Log, and cut to what the log takes.
//
// Readers of the log expand what they find inside inserted strings: "%1" and "%n" when they format an event again,
// "%%1843" from a parameter file, "%{S-1-5-18}" from the directory. A percent sign that could begin one of these
// becomes U+FF05 (full-width percent): it looks like what it was, and nobody copies an invisible character into a
// command. All other percent signs stay, so %ProgramData% can be copied. The JSON string writes \u0025 instead, so
// programs get the exact text.
//
// Units:   sizes are UTF-16 units, because the log counts those.
// Errors:  none. Bytes that are not UTF-8 become U+FFFD.
// Source:  learn.microsoft.com, ReportEventW and "Message Text Files".   Tests: tests/unit/sinks/event_text_test.cpp

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::sinks {

inline constexpr std::size_t kMaxEventStringUnits = 8000;
inline constexpr std::size_t kMaxEventUnits = 30000;

// One line: controls, line ends and direction marks are spelled out (\n, \u202E), percent signs are inert; at most
// max_units, the last of them "…" when it was cut.
std::string event_line(std::string_view text, std::size_t max_units = kMaxEventStringUnits);

// Like event_line, for text of ours with untrusted parts in it: line ends become single spaces.
std::string event_paragraph(std::string_view text, std::size_t max_units = kMaxEventStringUnits);

// Joins lines that are already inert with CRLF; lines that no longer fit are left out, the first is cut.
std::string join_event_lines(const std::vector<std::string>& lines,
                             std::size_t max_units = kMaxEventStringUnits);

// Cuts inert text; the result ends in "…" when something was cut.
std::string cut_to_units(std::string_view text, std::size_t max_units);

}  // namespace cmgmon::sinks
