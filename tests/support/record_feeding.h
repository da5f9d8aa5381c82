#pragma once
// Feeds a Framer in every way a file may arrive, and lists what came out.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.h"
#include "support/record_oracle.h"

namespace cmgmon::support {

// The wall clock of all these readings.
inline const base::Time kReadingTime = *base::from_rfc3339("2027-01-01T00:00:00Z");

// The whole file, `chunk` bytes at a time (0: all at once), then its end.
LogFile frame(std::string_view bytes, std::size_t chunk);

// The first `split` bytes; then the state is saved and another Framer reads on from the resume offset.
// Throws std::logic_error when the state is not taken back.
LogFile frame_with_restart(std::string_view bytes, std::size_t split);

}  // namespace cmgmon::support
