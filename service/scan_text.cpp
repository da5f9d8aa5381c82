#include "service/scan_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "sinks/incident_block.h"

namespace cmgmon::service {

void print(const engine::ScanReport& report, const Console& console) {
  const sinks::TextStyle style{console.colour, static_cast<std::size_t>(console.width)};
  std::size_t firing = 0;
  for (const auto& incident : report.incidents) {
    console.out << sinks::raised_block(incident, "", style);
    if (incident.state == incidents::State::kCleared) {
      console.out << sinks::cleared_block(incident, "", style);
    } else {
      ++firing;
    }
    console.out << '\n';
  }
  if (report.files.empty()) {
    return;  // "no known failure" would be a comfort that nobody has earned
  }
  std::uint64_t bytes = 0;
  for (const auto& file : report.files) {
    bytes += file.bytes;
  }
  console.out << fmt::format("{} ({:.1f} MiB): ", base::counted(report.files.size(), "file"),
                             static_cast<double>(bytes) / (1U << 20U));
  if (report.incidents.empty()) {
    console.out << "no known failure.\n";
  } else {
    console.out << fmt::format("{}, {} still firing.\n",
                               base::counted(report.incidents.size(), "incident"), firing);
  }
}

}  // namespace cmgmon::service
