#include "status/alert_memory.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

namespace cmgmon::status {

namespace {

std::size_t order_of(std::string_view severity) {
  constexpr std::array<std::string_view, 4> kWorstFirst = {"critical", "high", "medium", "low"};
  return static_cast<std::size_t>(std::find(kWorstFirst.begin(), kWorstFirst.end(), severity) -
                                  kWorstFirst.begin());
}

}  // namespace

std::vector<AlertCount> AlertMemory::update(const std::vector<AlertCount>& open, base::Time now) {
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts;
  for (const auto& alert : open) {
    if (alert.open > 0) {
      seen_[{alert.rule, alert.severity}] = {alert.event_id, now};
      counts[{alert.rule, alert.severity}] += alert.open;
    }
  }
  // The clock may have been set back: what would be shown for longer than an hour from now is not.
  std::erase_if(seen_, [&](const auto& entry) {
    return now - entry.second.open_until >= kShownAfterEnd || entry.second.open_until > now;
  });
  std::vector<AlertCount> shown;
  for (const auto& [key, ended] : seen_) {
    const auto count = counts.find(key);
    shown.push_back({key.first, key.second, ended.event_id,
                     count == counts.end() ? std::uint64_t{0} : count->second});
  }
  std::sort(shown.begin(), shown.end(), [](const AlertCount& a, const AlertCount& b) {
    return std::make_tuple(order_of(a.severity), std::string_view(a.rule)) <
           std::make_tuple(order_of(b.severity), std::string_view(b.rule));
  });
  return shown;
}

}  // namespace cmgmon::status
