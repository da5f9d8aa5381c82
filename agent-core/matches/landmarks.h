#pragma once
// Finds places in the raw bytes of a log at which a record certainly starts (records::Framer::Landmark), the last one first.
//
// Units:   bytes. Text of two-byte characters starts with a whole one, and so does everything that is found.
// Tests:   tests/unit/matches/landmarks_test.cpp

#include <cstddef>
#include <string_view>

#include "matches/character_form.h"
#include "records/framer.h"

namespace cmgmon::matches {

// The last place behind `after`, not behind `up_to`, that follows a LF; npos if there is none.
std::size_t last_line(std::string_view text, std::size_t after, std::size_t up_to,
                      CharacterForm form);
// The same for an opener of CCM at the start of a line.
std::size_t last_opener(std::string_view text, std::size_t after, std::size_t up_to,
                        CharacterForm form);
std::size_t last_landmark(records::Framer::Landmark kind, std::string_view text, std::size_t after,
                          std::size_t up_to, CharacterForm form);
// The last place in [from, end) with the sign of what may be an exact bias of a CCM or site-server record; npos if there is none.
std::size_t last_bias(std::string_view text, std::size_t from, std::size_t end, CharacterForm form);
// Whether the character before the one at `at` is a CR.
bool follows_cr(std::string_view text, std::size_t at, CharacterForm form);
// The first line of a W3C log that starts in [from, end) and may be a directive; npos if there is none. The text starts at the
// start of a line.
std::size_t first_directive(std::string_view text, std::size_t from, std::size_t end,
                            CharacterForm form);

}  // namespace cmgmon::matches
