#include "unit/incidents/slow_book.h"

#include <algorithm>
#include <utility>

namespace cmgmon::incidents {

std::string line_of(std::string_view what, const Incident& incident, std::uint64_t sequence) {
  const auto seconds = [](const std::optional<base::Time>& time) {
    return time ? std::to_string(time->time_since_epoch().count() % 100'000'000'000)
                : std::string("?");
  };
  return std::string(what) + " " + incident.signature + " " + incident.group.at("g") + " x" +
         std::to_string(incident.count) + " level " +
         std::to_string(static_cast<int>(incident.level)) + " #" + std::to_string(sequence) + " " +
         seconds(incident.first_seen) + ".." + seconds(incident.last_seen) + " " +
         std::string(name_of(incident.state)) + "(" + std::string(name_of(incident.cleared_by)) +
         ") " + seconds(incident.cleared_at) + " <- " + incident.explained_by +
         (incident.late ? " late" : "");
}

using signatures::Level;
using signatures::Signature;

// cases_ may grow while a reference into it is held: every loop works by index and on at most one new case per call,
// which is the last thing that happens in it.

const Signature& SlowBook::rule(const std::string& name) const {
  return *std::find_if(set_.signatures.begin(), set_.signatures.end(),
                       [&](const Signature& candidate) { return candidate.name == name; });
}

std::string SlowBook::key_of(const std::string& name, const std::string& group) const {
  return rule(name).recoveries.front().on.empty() ? "" : group;
}

// Knows one kind of diagnosis: a level while another signature has an open incident. True when something changed.
bool SlowBook::look_again(Case& incident) const {
  const Case before = incident;
  Level level = rule(incident.name).level;
  incident.in_company = false;
  for (const auto& diagnosis : rule(incident.name).diagnoses) {
    if (firing(diagnosis.when.front().subject)) {
      level = *diagnosis.level;
      incident.in_company = true;
    }
  }
  incident.level = std::max(incident.level, level);
  return incident.level != before.level || incident.in_company != before.in_company;
}

void SlowBook::changed(Case& incident) {
  ++incident.steps;
  incident.updated = incident.raised && incident.state == State::kFiring;
}

std::string SlowBook::line(const char* what, const Case& incident, std::uint64_t sequence) const {
  Incident shown;
  shown.signature = incident.name;
  shown.group = {{"g", incident.group}};
  shown.count = incident.count;
  shown.level = incident.level;
  shown.first_seen = incident.first;
  shown.last_seen = incident.last;
  shown.state = incident.state;
  shown.cleared_by = incident.by;
  shown.cleared_at = incident.cleared_at;
  shown.explained_by = incident.explained_by;
  shown.late = incident.late;
  return line_of(what, shown, sequence);
}

// --- life

void SlowBook::raise_if_due(Case& incident) {
  std::set<std::string> visited;
  if (!incident.raised && !incident.silent && incident.state == State::kFiring &&
      !folded(incident, incident.name, visited)) {
    incident.raised = true;
    incident.updated = false;
    look_again(incident);
    told_.push_back(line("raised", incident, 1));
  }
}

void SlowBook::fire(Case& incident) {
  const auto was = top(incident.name);
  incident.state = State::kFiring;
  look_again(incident);
  incident.explained_by = explanation(incident);
  raise_if_due(incident);
  opened(incident.name, incident.group, was.has_value(), was);
}

void SlowBook::close(Case& incident, ClearedBy by, std::optional<base::Time> at,
                     const std::string& stream) {
  look_again(incident);
  incident.state = State::kCleared;
  incident.by = by;
  incident.cleared_log = at;
  incident.cleared_at = at;
  if (!at && !incident.silent) {
    incident.cleared_at = now_;
  }
  incident.healer = stream;
  incident.decided = now_;
  incident.hold = std::max(clear_hold_, rule(incident.name).keep_firing_for);
  const Case* last = last_end(incident);
  if (incident.raised && last != nullptr) {
    const std::chrono::milliseconds most = std::chrono::minutes(30);
    for (std::uint64_t i = 1; i < last->flaps && incident.hold < most; ++i) {
      incident.hold = std::min(incident.hold * 2, most);
    }
  }
  incident.updated = incident.raised && incident.hold.count() > 0;
  incident.steps += incident.updated ? 1 : 0;
  const bool recovered = by != ClearedBy::kQuiet;
  const auto until = recovered ? at : incident.seen;
  closed(incident.name, incident.group, incident.level, recovered, until, stream);
}

void SlowBook::finish(Case& incident) {
  if (incident.raised) {
    told_.push_back(line("cleared", incident, incident.steps + 1));
  }
  const Case* last = last_end(incident);
  incident.flaps = (last == nullptr ? 0 : last->flaps) + (incident.raised ? 1 : 0);
  incident.over = true;
}

// The end of the same failure before this one, if it was within the hour.
const SlowBook::Case* SlowBook::last_end(const Case& incident) const {
  const Case* last = nullptr;
  for (const Case& other : cases_) {
    if (other.over && !other.vanished && other.name == incident.name &&
        other.group == incident.group) {
      last = &other;
    }
  }
  return last != nullptr && incident.decided - last->decided < std::chrono::hours(1) ? last
                                                                                     : nullptr;
}

void SlowBook::vanish(Case& incident) {
  const bool was = incident.state == State::kFiring;
  incident.over = true;
  incident.vanished = true;
  if (was) {
    closed(incident.name, incident.group, incident.level, false, incident.seen, "");
  }
}

// --- time

std::optional<base::Time> SlowBook::due(const Case& incident, bool wall) const {
  const auto quiet = rule(incident.name).quiet;
  std::vector<base::Time> times;
  if (incident.over || (wall && incident.silent)) {
    return std::nullopt;
  }
  if (incident.state == State::kCleared) {
    return wall ? std::optional(incident.decided + incident.hold) : std::nullopt;
  }
  if (quiet && wall) {
    times.push_back(incident.wall_seen + *quiet);
  } else if (quiet && incident.seen) {
    times.push_back(*incident.seen + *quiet);
  }
  const auto& fires = wall ? incident.fire_wall : incident.fire_log;
  if (incident.state == State::kPending && fires) {
    times.push_back(*fires);
  }
  if (times.empty()) {
    return std::nullopt;
  }
  const auto later = wall ? base::Duration(0) : std::max(incident.clock_set, base::Duration(0));
  return *std::min_element(times.begin(), times.end()) + later;
}

void SlowBook::run(bool wall, const std::string& stream, base::Time clock) {
  for (;;) {
    Case* next = nullptr;
    for (Case& incident : cases_) {
      const auto time = (wall || incident.stream == stream) ? due(incident, wall) : std::nullopt;
      if (time && *time <= clock && (next == nullptr || *time < *due(*next, wall))) {
        next = &incident;
      }
    }
    if (next == nullptr) {
      return;
    }
    const auto quiet = rule(next->name).quiet;
    auto fires = wall ? next->fire_wall : next->fire_log;
    if (fires && !wall) {
      *fires += std::max(next->clock_set, base::Duration(0));
    }
    if (next->state == State::kCleared) {
      finish(*next);
    } else if (next->state == State::kFiring) {
      close(*next, ClearedBy::kQuiet,
            next->seen ? std::optional(*next->seen + *quiet) : std::nullopt, "");
    } else if (fires && *fires <= clock && *fires == *due(*next, wall)) {
      fire(*next);
    } else {
      vanish(*next);
    }
  }
}

void SlowBook::watermark(const std::string& stream, base::Time time, base::Time now) {
  now_ = now;
  run(false, stream, time);
}

void SlowBook::advance(base::Time now) {
  now_ = now;
  run(true, "", now);
}

void SlowBook::clock_moved(base::Duration by) {
  now_ += by;
  for (Case& incident : cases_) {
    incident.wall_seen += by;
    incident.decided += by;
    if (incident.fire_wall) {
      *incident.fire_wall += by;
    }
    if (!incident.silent) {
      incident.clock_set += by;
    }
  }
}

// --- what comes in

void SlowBook::fail(const std::string& name, const std::string& group,
                    std::optional<base::Time> time, const std::string& stream, bool backlog,
                    base::Time now) {
  now_ = now;
  begin_backlog(stream, backlog);
  if (time) {
    run(false, stream, *time);
  }
  const auto healed = [&](const Case& past) {
    const bool elsewhere = past.by == ClearedBy::kExplained ||
                           (past.by == ClearedBy::kRecovery && past.healer != stream);
    return elsewhere && time && past.cleared_log && *time < *past.cleared_log;
  };
  Case* current = nullptr;
  Case* past = nullptr;
  for (Case& other : cases_) {
    if (other.name == name && other.group == group && !other.vanished) {
      (other.over ? past : current) = &other;
    }
  }
  bool reopened = false;
  if (current != nullptr && current->state == State::kCleared) {
    const bool inside = time && current->cleared_log ? *time - *current->cleared_log < current->hold
                                                     : now < current->decided + current->hold;
    if (healed(*current)) {
      ++current->count;
      ++current->steps;
      current->last = std::max(current->last, time);
      return;
    }
    if (inside) {
      reopened = true;
    } else {
      finish(*current);
      past = current;
      current = nullptr;
    }
  } else if (current == nullptr && past != nullptr && past->first && time &&
             *past->first <= *time && healed(*past)) {
    ++past->count;
    past->last = std::max(past->last, time);
    return;
  }
  const Signature& signature = rule(name);
  if (current == nullptr) {
    Case fresh;
    fresh.name = name;
    fresh.group = group;
    fresh.stream = stream;
    fresh.first = fresh.last = fresh.seen = time;
    fresh.wall_seen = backlog ? time.value_or(now) : now;
    fresh.silent = backlog;
    look_again(fresh);
    fresh.fire_wall = now + signature.hold;
    if (time) {
      fresh.fire_log = *time + signature.hold;
    }
    bool suppressed = false;
    if (past != nullptr && past->raised && signature.suppress.count() > 0) {
      const bool by_log = time && past->cleared_log;
      const auto over_by_log = by_log ? *past->cleared_log + signature.suppress : base::Time{};
      const auto over_by_wall = past->decided + signature.suppress;
      suppressed = by_log ? *time < over_by_log : now < over_by_wall;
      if (suppressed) {
        fresh.fire_wall = std::max(*fresh.fire_wall, over_by_wall);
        fresh.fire_log =
            by_log ? std::optional(std::max(*fresh.fire_log, over_by_log)) : std::nullopt;
      }
    }
    cases_.push_back(fresh);
    if (signature.hold.count() == 0 && !suppressed) {
      fire(cases_.back());
    }
    return;
  }
  Case& incident = *current;
  const auto was = top(name);
  if (reopened) {
    incident.state = State::kFiring;
    incident.hold = {};
    incident.by = ClearedBy::kNone;
    incident.cleared_at.reset();
    incident.cleared_log.reset();
    incident.healer.clear();
  }
  ++incident.count;
  if (time) {
    incident.first = std::min(incident.first.value_or(*time), *time);
    incident.last = std::max(incident.last.value_or(*time), *time);
    if (stream == incident.stream || !incident.seen || *time >= *incident.seen) {
      incident.seen = time;
      incident.clock_set = {};
    }
  }
  incident.stream = stream;
  if (!backlog) {
    incident.wall_seen = now;
    if (incident.silent) {
      incident.silent = false;
      incident.late = true;
      incident.fire_wall = now + signature.hold;
    }
  } else if (time) {
    incident.wall_seen = std::max(incident.wall_seen, std::min(*time, now));
  }
  changed(incident);
  look_again(incident);
  if (incident.state == State::kPending) {
    if (time) {
      run(false, stream, *time);
    }
    return;
  }
  incident.explained_by = explanation(incident);
  raise_if_due(incident);
  opened(name, group, was.has_value(), was);
}

void SlowBook::recover(const std::string& name, const std::string& group,
                       std::optional<base::Time> time, const std::string& stream, bool backlog,
                       base::Time now) {
  now_ = now;
  begin_backlog(stream, backlog);
  if (time) {
    run(false, stream, *time);
    heard_.push_back({name, key_of(name, group), stream, *time});
  }
  for (Case& incident : cases_) {
    const bool meant = incident.name == name && key_of(name, incident.group) == key_of(name, group);
    if (incident.over || incident.state == State::kCleared || !meant) {
      continue;
    }
    if (stream != incident.stream && time && incident.seen && *time < *incident.seen) {
      continue;
    }
    if (incident.state == State::kPending) {
      vanish(incident);
    } else {
      close(incident, ClearedBy::kRecovery, time, stream);
    }
  }
}

bool SlowBook::heal_from_elsewhere(Case& incident) {
  const Heard* newest = nullptr;
  for (const std::string_view stream :
       {"s1", "s2", "s3", "s4"}) {  // of equal ones, that of the first stream
    for (const Heard& heard : heard_) {
      if (heard.stream == stream && heard.name == incident.name &&
          heard.key == key_of(incident.name, incident.group) && heard.stream != incident.stream &&
          (newest == nullptr || newest->time < heard.time)) {
        newest = &heard;
      }
    }
  }
  if (newest == nullptr || !incident.seen || newest->time < *incident.seen) {
    return false;
  }
  if (incident.state == State::kPending) {
    vanish(incident);
  } else {
    close(incident, ClearedBy::kRecovery, newest->time, newest->stream);
  }
  return true;
}

void SlowBook::begin_backlog(const std::string& stream, bool backlog) {
  if (backlog) {
    if (backlogs_.empty()) {
      heard_.clear();
    }
    backlogs_.insert(stream);
  }
}

// The signatures of the set stand in order, causes before symptoms.
void SlowBook::end_backlog(const std::string& stream, base::Time now) {
  now_ = now;
  const bool was_backlog = backlogs_.erase(stream) > 0;
  std::vector<Case*> found;
  for (const Signature& signature : set_.signatures) {
    std::vector<Case*> of_one;
    for (Case& incident : cases_) {
      if (!incident.over && incident.silent && incident.stream == stream &&
          incident.name == signature.name) {
        of_one.push_back(&incident);
      }
    }
    std::stable_sort(of_one.begin(), of_one.end(), [&](const Case* a, const Case* b) {
      return a->first.value_or(now) < b->first.value_or(now);
    });
    found.insert(found.end(), of_one.begin(), of_one.end());
  }
  std::vector<Case*> open;
  for (Case* incident : found) {
    const auto quiet = rule(incident->name).quiet;
    if (incident->over) {
      continue;
    }
    if (incident->state == State::kCleared) {
      finish(*incident);
    } else if (heal_from_elsewhere(*incident)) {
      continue;
    } else if (incident->last && *incident->last < now - horizon_) {
      vanish(*incident);
    } else if (quiet && incident->seen && *incident->seen + *quiet <= now) {
      if (incident->state == State::kPending) {
        vanish(*incident);
      } else {
        close(*incident, ClearedBy::kQuiet, *incident->seen + *quiet, "");
      }
    } else {
      open.push_back(incident);
    }
  }
  for (Case* incident : open) {
    if (incident->over || !incident->silent || incident->state == State::kCleared) {
      continue;
    }
    incident->silent = false;
    incident->late = true;
    incident->wall_seen = std::min(incident->seen.value_or(now), now);
    const auto fires = incident->first.value_or(now) + rule(incident->name).hold;
    incident->fire_wall = std::max(fires, incident->fire_log.value_or(fires));
    raise_if_due(*incident);
  }
  for (Case* incident : found) {
    if (!incident->over && incident->silent && incident->state == State::kCleared) {
      finish(*incident);
    }
  }
  if (was_backlog && backlogs_.empty()) {
    heard_.clear();
  }
}

// --- what comes out

std::vector<std::string> SlowBook::take() {
  for (Case& incident : cases_) {
    if (!incident.over && incident.updated) {
      told_.push_back(line("updated", incident, incident.steps));
      incident.updated = false;
    }
  }
  return std::exchange(told_, {});
}

std::vector<std::string> SlowBook::shown() const {
  std::vector<std::string> lines;
  for (const Case& incident : cases_) {
    if (!incident.vanished) {
      lines.push_back(line("shown", incident, 0));
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace cmgmon::incidents
