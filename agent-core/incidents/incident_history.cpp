#include "incidents/incident_history.h"

#include <algorithm>
#include <utility>

#include "incidents/incident_codec.h"

namespace cmgmon::incidents {

void ClearedIncidents::add(Entry entry) {
  bytes_ += size_of(entry.incident);
  newest_[entry.incident.fingerprint] = next_;
  entries_.emplace(next_++, std::move(entry));
  while (!entries_.empty() && (entries_.size() > max_incidents_ || bytes_ > kMaxBytes)) {
    const auto oldest = entries_.begin();
    bytes_ -= std::min(bytes_, size_of(oldest->second.incident));
    const auto newest = newest_.find(oldest->second.incident.fingerprint);
    if (newest != newest_.end() && newest->second == oldest->first) {
      newest_.erase(newest);
    }
    entries_.erase(oldest);
    ++forgotten_;
  }
}

Entry* ClearedIncidents::newest(std::string_view fingerprint) {
  const auto found = newest_.find(std::string(fingerprint));
  return found == newest_.end() ? nullptr : &entries_.at(found->second);
}

void Endings::add(const std::string& fingerprint, const Ending& ending) {
  Ending& kept = endings_[fingerprint] = ending;
  kept.order = next_order_++;
  ++revision_;
  order_.emplace_back(fingerprint, ending.wall);
  while (order_.size() > kMax) {
    forget_before(order_.front().second + base::Duration(1));
  }
}

const Ending* Endings::find(const std::string& fingerprint) const {
  const auto found = endings_.find(fingerprint);
  return found == endings_.end() ? nullptr : &found->second;
}

void Endings::forget_before(base::Time wall) {
  while (!order_.empty() && order_.front().second < wall) {
    const auto found = endings_.find(order_.front().first);
    if (found != endings_.end() && found->second.wall == order_.front().second) {
      endings_.erase(found);
      ++revision_;
    }
    order_.pop_front();
  }
}

void Endings::clock_moved(base::Duration by) {
  ++revision_;
  for (auto& [fingerprint, ending] : endings_) {
    ending.wall += by;
  }
  for (auto& [fingerprint, wall] : order_) {
    wall += by;
  }
}

void Endings::clear() {
  ++revision_;
  endings_.clear();
  order_.clear();
}

void Endings::save(base::Writer& writer) const {
  writer.list(order_, [&](const auto& item) {
    const Ending* ending = find(item.first);
    const bool current = ending != nullptr && ending->wall == item.second;
    writer.boolean(current);
    if (current) {
      write(writer, item.first, *ending);
    }
  });
}

void Endings::write(base::Writer& writer, const std::string& fingerprint, const Ending& ending) {
  writer.text(fingerprint).integer(ending.episode_ms).boolean(ending.raised);
  writer.time(ending.first_seen).number(static_cast<std::uint64_t>(ending.by));
  writer.time(ending.log_time).text(ending.stream).time(ending.wall);
  writer.number(ending.flaps);
}

std::pair<std::string, Ending> Endings::read(base::Reader& reader, bool with_flaps) {
  std::string fingerprint = reader.text();
  Ending ending;
  ending.episode_ms = read_milliseconds(reader).count();
  ending.raised = reader.boolean();
  ending.first_seen = reader.optional_time();
  ending.by = static_cast<ClearedBy>(
      reader.number_up_to(static_cast<std::uint64_t>(ClearedBy::kExplained)));
  ending.log_time = reader.optional_time();
  ending.stream = reader.text();
  ending.wall = reader.time();
  ending.flaps = with_flaps ? reader.number() : 0;
  return {std::move(fingerprint), std::move(ending)};
}

void Endings::load(base::Reader& reader, bool with_flaps) {
  reader.list([&] {
    if (reader.boolean()) {
      const auto [fingerprint, ending] = read(reader, with_flaps);
      add(fingerprint, ending);
    }
  });
}

void SeenRecoveries::add(const std::string& key, const std::string& stream, base::Time time) {
  const auto [place, fresh] = seen_[key].try_emplace(stream, time);
  place->second = std::max(place->second, time);
  if (!fresh) {
    return;
  }
  order_.emplace_back(key, stream);
  if (order_.size() > kMax) {
    const auto oldest = seen_.find(order_.front().first);
    oldest->second.erase(order_.front().second);
    if (oldest->second.empty()) {
      seen_.erase(oldest);
    }
    order_.pop_front();
  }
}

std::optional<std::pair<base::Time, std::string>> SeenRecoveries::newest(
    const std::string& key, const std::function<bool(const std::string&)>& counts) const {
  std::optional<std::pair<base::Time, std::string>> newest;
  if (const auto found = seen_.find(key); found != seen_.end()) {
    for (const auto& [other, time] : found->second) {
      if (counts(other) && (!newest || newest->first < time)) {
        newest.emplace(time, other);
      }
    }
  }
  return newest;
}

void SeenRecoveries::clear() {
  seen_.clear();
  order_.clear();
}

void SeenRecoveries::save(base::Writer& writer) const {
  writer.list(order_, [&](const auto& item) {
    writer.text(item.first).text(item.second).time(seen_.at(item.first).at(item.second));
  });
}

void SeenRecoveries::load(base::Reader& reader) {
  reader.list([&] {
    const std::string key = reader.text();
    const std::string stream = reader.text();
    add(key, stream, reader.time());
  });
}

}  // namespace cmgmon::incidents
