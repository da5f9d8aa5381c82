// What the passing of time does: `for`, quiet, held clears, and the end of a backlog.

#include <algorithm>
#include <tuple>
#include <vector>

#include "incidents/identity.h"
#include "incidents/incident_book_impl.h"

namespace cmgmon::incidents {

void IncidentBook::Impl::time_is_up(Entry& entry, std::optional<base::Time> fires,
                                    std::optional<base::Time> seen, base::Time clock) {
  const auto quiet = signature_of(entry).quiet;
  switch (entry.incident.state) {
    case State::kPending:
      if (fires && *fires <= clock && (!quiet || *fires <= *seen + *quiet)) {
        fire(entry);
      } else {
        drop(entry, false);
      }
      return;
    case State::kFiring: {
      std::optional<base::Time> at;
      if (entry.seen) {
        at = *entry.seen + *quiet;
      }
      close(entry, ClearedBy::kQuiet, at, {});
      return;
    }
    case State::kCleared:
      finish(entry);
      return;
  }
}

void IncidentBook::Impl::run_log_clock(std::string_view stream, base::Time log_time,
                                       base::Time now) {
  now_ = now;
  while (Entry* entry = table_.log_due(stream, log_time)) {
    time_is_up(*entry, entry->fire_log, entry->seen, log_time - log_delay(*entry));
  }
}

void IncidentBook::Impl::advance(base::Time now) {
  now_ = now;
  while (Entry* entry = table_.wall_due(now)) {
    time_is_up(*entry, entry->fire_wall, entry->wall_seen, now);
  }
  endings_.forget_before(now - std::max<base::Duration>(longest_suppress_, std::chrono::hours(1)));
}

void IncidentBook::Impl::clock_moved(base::Duration by) {
  now_ += by;
  for (const std::uint64_t serial : table_.serials()) {
    Entry& entry = *table_.at(serial);
    entry.wall_seen += by;
    if (!entry.silent) {  // what is read of a backlog was written before
      entry.clock_set += std::chrono::duration_cast<std::chrono::milliseconds>(by);
    }
    for (auto* deadline : {&entry.fire_wall, &entry.clear_due}) {
      if (*deadline) {
        **deadline += by;
      }
    }
    table_.changed(entry);
  }
  endings_.clock_moved(by);
}

bool IncidentBook::Impl::close_if_recovered_elsewhere(Entry& entry) {
  const auto& recoveries = signature_of(entry).recoveries;
  for (std::size_t i = 0; i < recoveries.size() && entry.seen; ++i) {
    const auto seen = recoveries_.newest(
        recovery_key(entry.incident.signature, i, recoveries[i], entry.incident.fields),
        [&](const std::string& stream) {
          return stream != entry.stream && may_heal(stream, entry);
        });
    if (seen && seen->first >= *entry.seen) {
      if (entry.incident.state == State::kPending) {
        drop(entry, false);
      } else {
        close(entry, ClearedBy::kRecovery, seen->first, seen->second);
      }
      return true;
    }
  }
  return false;
}

IncidentBook::Impl::Order IncidentBook::Impl::order_of(const Entry& entry) const {
  return {graph_.rank(entry.rule), entry.incident.first_seen.value_or(now_), entry.serial};
}

void IncidentBook::Impl::end_backlog(const std::string& stream, base::Time now) {
  now_ = now;
  const bool was_backlog = backlog_streams_.erase(stream) > 0;
  std::set<Order> found;
  for (const auto& [serial, entry] : table_.entries()) {
    if (entry.silent && entry.stream == stream) {
      found.insert(order_of(entry));
    }
  }
  std::vector<std::uint64_t> open;
  for (const auto& [rank, first_seen, serial] : found) {
    Entry* entry = table_.at(serial);
    if (entry == nullptr) {
      continue;
    }
    const auto quiet = signature_of(*entry).quiet;
    const auto last_seen = entry->incident.last_seen;
    if (entry->incident.state == State::kCleared) {
      finish(*entry);
    } else if (close_if_recovered_elsewhere(*entry)) {
      continue;
    } else if (last_seen && *last_seen < now - options_.backlog_horizon) {
      drop(*entry, false);
    } else if (quiet && entry->seen && *entry->seen + *quiet <= now) {
      time_is_up(*entry, {}, entry->seen, now);
    } else {
      open.push_back(serial);
    }
  }
  for (const std::uint64_t serial : open) {
    Entry* entry = table_.at(serial);
    if (entry == nullptr || !entry->silent || entry->incident.state == State::kCleared) {
      continue;
    }
    entry->silent = false;
    entry->incident.late = true;
    entry->wall_seen = std::min(entry->seen.value_or(now), now);
    if (entry->incident.state == State::kPending) {
      const base::Time fires = entry->incident.first_seen.value_or(now) + signature_of(*entry).hold;
      entry->fire_wall = entry->fire_log ? std::max(fires, *entry->fire_log) : fires;
    }
    table_.changed(*entry);
    maybe_raise(*entry);
  }
  // What recovered in this backlog has no use for a hold: nobody heard of it.
  for (const auto& [rank, first_seen, serial] : found) {
    Entry* entry = table_.at(serial);
    if (entry != nullptr && entry->silent && entry->incident.state == State::kCleared) {
      finish(*entry);
    }
  }
  // Scan, for which nothing is backlog, needs them until it settles.
  if (was_backlog) {
    forget_recoveries();
  }
}

void IncidentBook::Impl::forget_recoveries() {
  if (!keeps_recoveries()) {
    recoveries_.clear();
  }
}

void IncidentBook::Impl::caught_up(base::Time now) {
  now_ = now;
  if (!may_be_over_) {
    return;
  }
  std::set<Order> waiting;
  for (const auto& [serial, entry] : table_.entries()) {
    if (is_due(entry)) {
      waiting.insert(order_of(entry));
    }
  }
  for (const Order& one : waiting) {
    Entry* entry = table_.at(std::get<2>(one));
    if (entry != nullptr && is_due(*entry)) {
      close_if_recovered_elsewhere(*entry);
    }
  }
  may_be_over_ = nullptr;
  for (const Order& one : waiting) {
    if (Entry* entry = table_.at(std::get<2>(one))) {
      maybe_raise(*entry);
    }
  }
  forget_recoveries();
}

}  // namespace cmgmon::incidents
