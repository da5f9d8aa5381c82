// The life of one incident: how a failure begins it or is absorbed, and what ends it.

#include <algorithm>
#include <utility>

#include "base/path.h"
#include "incidents/identity.h"
#include "incidents/incident_book_impl.h"

namespace cmgmon::incidents {
namespace {

// The first half of what may be kept stays, the rest is the newest.
void keep_evidence(std::vector<matches::Evidence>& kept,
                   const std::vector<matches::Evidence>& more) {
  constexpr std::size_t kFirst = kMaxEvidence / 2;
  std::size_t taken = 0;
  for (; taken < more.size() && kept.size() < kMaxEvidence; ++taken) {
    kept.push_back(more[taken]);
  }
  const auto newest = kept.begin() + static_cast<std::ptrdiff_t>(std::min(kept.size(), kFirst));
  const std::size_t rest = std::min(more.size() - taken, kMaxEvidence - kFirst);
  std::rotate(newest, newest + static_cast<std::ptrdiff_t>(rest), kept.end());
  std::copy(more.end() - static_cast<std::ptrdiff_t>(rest), more.end(),
            kept.end() - static_cast<std::ptrdiff_t>(rest));
}

// What the diagnoses ask for.
bool asks_only_for_fields(const signatures::Signature& signature) {
  using Kind = signatures::Condition::Kind;
  return std::all_of(
      signature.diagnoses.begin(), signature.diagnoses.end(), [](const auto& diagnosis) {
        return std::none_of(
            diagnosis.when.begin(), diagnosis.when.end(), [](const auto& condition) {
              return condition.kind == Kind::kFactEquals || condition.kind == Kind::kFieldInFact ||
                     condition.kind == Kind::kIncidentOpen;
            });
      });
}

}  // namespace

void IncidentBook::Impl::fail(const matches::Match& match, std::size_t rule,
                              const std::string& stream, bool backlog) {
  if (Entry* same = repeated(match, rule)) {
    absorb(*same, match, stream, backlog, true);
    return;
  }
  const signatures::Signature& signature = set_.signatures[rule];
  auto group = group_of(signature, match.fields);
  const std::string fingerprint = fingerprint_of(signature.name, group);
  Entry* entry = table_.find(fingerprint);
  if (entry == nullptr) {
    const Ending* past = endings_.find(fingerprint);
    if (past != nullptr && past->first_seen && match.time && *past->first_seen <= *match.time &&
        healed_already(*past, match, stream)) {
      if (Entry* shown = cleared_.newest(fingerprint)) {
        ++shown->incident.count;
        shown->incident.last_seen = std::max(shown->incident.last_seen, match.time);
      }
      return;
    }
    begin(match, rule, stream, backlog, std::move(group), fingerprint);
    return;
  }
  if (entry->incident.state != State::kCleared) {
    absorb(*entry, match, stream, backlog, false);
    return;
  }
  if (healed_already(ending_of(*entry), match, stream)) {
    ++entry->incident.count;
    ++entry->steps;
    entry->incident.last_seen = std::max(entry->incident.last_seen, match.time);
    return;
  }
  if (!within_hold(*entry, match)) {
    finish(*entry);
    begin(match, rule, stream, backlog, std::move(group), fingerprint);
    return;
  }
  reopen(*entry);
  absorb(*entry, match, stream, backlog, false);
}

// The open incident that the last failure of this rule was counted in, if this one has the same fields: then it is another one
// of it, and its name need not be made.
Entry* IncidentBook::Impl::repeated(const matches::Match& match, std::size_t rule) {
  const Entry* last = table_.look_at(latest_[rule]);
  const bool same = last != nullptr && last->incident.state != State::kCleared &&
                    last->incident.fields == match.fields;
  return same ? table_.at(last->serial) : nullptr;
}

void IncidentBook::Impl::begin(const matches::Match& match, std::size_t rule,
                               const std::string& stream, bool backlog,
                               std::map<std::string, std::string> group,
                               const std::string& fingerprint) {
  const signatures::Signature& signature = set_.signatures[rule];
  Entry fresh;
  fresh.rule = rule;
  fresh.silent = backlog;
  fresh.stream = stream;
  fresh.seen = match.time;
  fresh.wall_seen = backlog ? match.time.value_or(now_) : now_;
  fresh.steps = 1;
  fresh.stale_text = true;
  Incident& incident = fresh.incident;
  incident.signature = signature.name;
  incident.title = signature.title;
  incident.level = signatures::Level::kInformational;  // refresh() raises it
  incident.event_id = signature.event_id;
  incident.fingerprint = fingerprint;
  fresh.episode_ms = new_episode(fingerprint, match.time);
  incident.episode = episode_of(fingerprint, fresh.episode_ms);
  incident.state = State::kPending;
  incident.group = std::move(group);
  incident.count = 1;
  incident.first_seen = match.time;
  incident.last_seen = match.time;
  incident.fields = match.fields;
  incident.references = signature.references;
  keep_evidence(incident.evidence, match.evidence);
  refresh(fresh);
  if (!make_room(incident.level)) {
    ++counters_.dropped_incidents;
    return;
  }
  if (match.time) {
    fresh.fire_log = *match.time + signature.hold;
  }
  fresh.fire_wall = now_ + signature.hold;
  const bool suppressed = delay_if_suppressed(fresh, match.time);
  counters_.suppressed += suppressed ? 1 : 0;
  Entry& entry = table_.add(std::move(fresh));
  if (signature.hold.count() <= 0 && !suppressed) {
    fire(entry);
  }
}

// An episode starts when its first failure was logged; one that starts in the millisecond in which
// the last one of the same failure did still gets an id of its own.
std::int64_t IncidentBook::Impl::new_episode(const std::string& fingerprint,
                                             std::optional<base::Time> time) const {
  const std::int64_t start = milliseconds_of(time.value_or(now_));
  const Ending* last = endings_.find(fingerprint);
  if (last != nullptr && start <= last->episode_ms && last->episode_ms - start < 1000) {
    return last->episode_ms + 1;
  }
  return start;
}

bool IncidentBook::Impl::delay_if_suppressed(Entry& entry, std::optional<base::Time> time) const {
  const std::chrono::milliseconds suppress = signature_of(entry).suppress;
  const Ending* last = endings_.find(entry.incident.fingerprint);
  if (suppress.count() <= 0 || last == nullptr || !last->raised) {
    return false;
  }
  const bool by_log = time && last->log_time;
  if (by_log ? *time >= *last->log_time + suppress : now_ >= last->wall + suppress) {
    return false;
  }
  entry.fire_wall = std::max(*entry.fire_wall, last->wall + suppress);
  if (by_log) {
    entry.fire_log = std::max(*entry.fire_log, *last->log_time + suppress);
  } else {
    entry.fire_log.reset();
  }
  return true;
}

void IncidentBook::Impl::absorb(Entry& entry, const matches::Match& match,
                                const std::string& stream, bool backlog, bool same_fields) {
  const Presence before = presence(entry.rule);
  Incident& incident = entry.incident;
  const bool newest =
      stream == entry.stream || !match.time || !entry.seen || *match.time >= *entry.seen;
  ++incident.count;
  if (match.time) {
    incident.first_seen = std::min(incident.first_seen.value_or(*match.time), *match.time);
    incident.last_seen = std::max(incident.last_seen.value_or(*match.time), *match.time);
    if (newest) {
      entry.seen = match.time;
      entry.clock_set = {};
    }
  }
  if (newest && !same_fields) {
    incident.fields = match.fields;
    latest_[entry.rule] = entry.serial;
  }
  keep_evidence(incident.evidence, match.evidence);
  if (entry.stream != stream) {
    entry.stream = stream;
  }
  if (!backlog) {
    entry.wall_seen = now_;
    if (entry.silent) {
      entry.silent = false;
      incident.late = true;
      entry.fire_wall = now_ + signature_of(entry).hold;
    }
  } else if (match.time) {
    entry.wall_seen = std::max(entry.wall_seen, std::min(*match.time, now_));
  }
  mark_changed(entry);
  if (!same_fields || !asks_only_for_fields(signature_of(entry))) {
    refresh(entry);
  }
  if (incident.state == State::kFiring) {
    incident.explained_by = explanation_of(entry);
  }
  table_.touch(entry);
  if (same_fields) {
    table_.counted(entry);
  } else {
    table_.changed(entry);
  }
  if (incident.state == State::kPending) {
    if (match.time) {
      run_log_clock(stream, *match.time, now_);  // another stream's clock may be further
    }
    return;
  }
  maybe_raise(entry);
  after_opening(entry, before);
}

void IncidentBook::Impl::recover(const matches::Match& match, std::size_t rule,
                                 const std::string& stream) {
  const auto& known = set_.signatures[rule].recoveries;
  const auto recovery = std::find_if(known.begin(), known.end(), [&](const auto& candidate) {
    return &candidate == match.recovery;
  });
  if (recovery == known.end()) {
    return;
  }
  const std::string key =
      recovery_key(set_.signatures[rule].name, static_cast<std::size_t>(recovery - known.begin()),
                   *recovery, match.fields);
  if (match.time) {
    recoveries_.add(key, stream, *match.time);
  }
  for (const std::uint64_t serial : table_.recovered_by(key)) {
    Entry* entry = table_.at(serial);
    if (entry == nullptr || entry->incident.state == State::kCleared) {
      continue;
    }
    if (stream != entry->stream && match.time && entry->seen && *match.time < *entry->seen) {
      continue;
    }
    if (!may_heal(stream, *entry)) {
      continue;
    }
    if (entry->incident.state == State::kPending) {
      drop(*entry, false);
    } else {
      close(*entry, recovery->confirmed ? ClearedBy::kRecovery : ClearedBy::kQuiet, match.time,
            stream);
    }
  }
}

bool IncidentBook::Impl::close_by_operator(std::string_view fingerprint, base::Time now) {
  now_ = now;
  Entry* entry = table_.find(fingerprint);
  if (entry == nullptr || entry->incident.state == State::kCleared) {
    return false;
  }
  if (entry->incident.state == State::kPending) {
    drop(*entry, false);
  } else {
    close(*entry, ClearedBy::kOperator, std::nullopt, {});
  }
  return true;
}

bool IncidentBook::Impl::may_heal(const std::string& stream, const Entry& entry) const {
  return !options_.folders_are_machines || entry.incident.fields.contains("host") ||
         base::same_path(base::parent_path(stream), base::parent_path(entry.stream));
}

// The match was logged before the recovery that is already known, in another log: it is part of
// what is over.
bool IncidentBook::Impl::healed_already(const Ending& ending, const matches::Match& match,
                                        const std::string& stream) const {
  const bool elsewhere = (ending.by == ClearedBy::kRecovery && stream != ending.stream) ||
                         ending.by == ClearedBy::kExplained;
  return elsewhere && match.time && ending.log_time && *match.time < *ending.log_time;
}

Ending IncidentBook::Impl::ending_of(const Entry& entry) const {
  const base::Time decided = *entry.clear_due - entry.clear_hold;
  const Ending* last = endings_.find(entry.incident.fingerprint);
  const bool again = last != nullptr && decided - last->wall < kFlapWindow;
  return {entry.episode_ms,
          entry.raised,
          entry.incident.first_seen,
          entry.incident.cleared_by,
          entry.cleared_log,
          entry.cleared_stream,
          decided,
          (again ? last->flaps : 0) + (entry.raised ? 1 : 0)};
}

// How long the end of an incident is held back. A failure that has ended twice within the hour is
// waited for twice as long, and so on: its clears and raises become fewer, not its count.
std::chrono::milliseconds IncidentBook::Impl::hold_of(const Entry& entry) const {
  const std::chrono::milliseconds hold =
      std::max(options_.clear_hold, signature_of(entry).keep_firing_for);
  const Ending* last = endings_.find(entry.incident.fingerprint);
  if (!entry.raised || last == nullptr || now_ - last->wall >= kFlapWindow) {
    return hold;
  }
  std::chrono::milliseconds longer = hold;
  for (std::uint64_t flaps = 2; flaps <= last->flaps && longer < kLongestFlapHold; ++flaps) {
    longer *= 2;
    if (longer.count() <= 0) {
      break;
    }
  }
  return std::max(hold, std::min<std::chrono::milliseconds>(longer, kLongestFlapHold));
}

bool IncidentBook::Impl::within_hold(const Entry& entry, const matches::Match& match) const {
  if (match.time && entry.cleared_log) {
    return *match.time - *entry.cleared_log < entry.clear_hold;
  }
  return now_ < *entry.clear_due;
}

void IncidentBook::Impl::reopen(Entry& entry) {
  ++counters_.cancelled_clears;
  entry.incident.state = State::kFiring;
  entry.incident.cleared_by = ClearedBy::kNone;
  entry.incident.cleared_at.reset();
  entry.clear_due.reset();
  entry.clear_hold = {};
  entry.cleared_log.reset();
  entry.cleared_stream.clear();
}

// --- life of an incident

void IncidentBook::Impl::fire(Entry& entry) {
  const Presence before = presence(entry.rule);
  entry.incident.state = State::kFiring;
  entry.fire_log.reset();
  entry.fire_wall.reset();
  refresh(entry);
  table_.changed(entry);
  entry.incident.explained_by = explanation_of(entry);
  maybe_raise(entry);
  after_opening(entry, before);
}

bool IncidentBook::Impl::is_due(const Entry& entry) const {
  return !entry.raised && !entry.silent && entry.incident.state == State::kFiring && !folded(entry);
}

void IncidentBook::Impl::maybe_raise(Entry& entry) {
  if (is_due(entry) && !(may_be_over_ && may_be_over_(signature_of(entry), entry.stream))) {
    raise(entry);
  }
}

void IncidentBook::Impl::raise(Entry& entry) {
  entry.raised = true;
  write_text(entry);
  emit(TransitionKind::kRaised, entry, 1);
  updated_.erase(entry.serial);
  table_.changed(entry);
}

void IncidentBook::Impl::mark_changed(Entry& entry) {
  ++entry.steps;
  entry.stale_text = true;
  if (entry.raised && entry.incident.state == State::kFiring) {
    updated_.insert(entry.serial);
  }
}

void IncidentBook::Impl::close(Entry& entry, ClearedBy by, std::optional<base::Time> at,
                               const std::string& stream) {
  // Whoever reads its log without a break is told of both.
  const bool is_over_elsewhere = !stream.empty() && stream != entry.stream;
  if (may_be_over_ && !is_over_elsewhere && is_due(entry)) {
    raise(entry);
  }
  write_text(entry);  // while everything still is as it was
  entry.incident.state = State::kCleared;
  entry.incident.cleared_by = by;
  entry.incident.cleared_at = at || entry.silent ? at : now_;
  entry.cleared_log = at;
  entry.cleared_stream = stream;
  entry.clear_hold = hold_of(entry);
  entry.clear_due = now_ + entry.clear_hold;
  updated_.erase(entry.serial);
  if (entry.raised && entry.clear_hold.count() > 0) {
    ++entry.steps;  // whoever follows the state hears of it now; the clear itself waits
    updated_.insert(entry.serial);
  }
  table_.changed(entry);
  const bool recovered = by == ClearedBy::kRecovery || by == ClearedBy::kExplained;
  const Closing closing{entry.rule, entry.incident.level, recovered, recovered ? at : entry.seen,
                        stream,     entry.incident.group};
  if (entry.clear_hold.count() <= 0) {
    finish(entry);
  }
  after_closing(closing);
}

// A cleared incident is told of and becomes history.
void IncidentBook::Impl::finish(Entry& entry) {
  updated_.erase(entry.serial);
  if (entry.raised) {
    emit(TransitionKind::kCleared, entry, entry.steps + 1);
  }
  endings_.add(entry.incident.fingerprint, ending_of(entry));
  cleared_.add(table_.remove(entry));
}

// Gives an open incident up. One that others have heard of still ends for them.
void IncidentBook::Impl::drop(Entry& entry, bool counted) {
  const bool firing = entry.incident.state == State::kFiring;
  const Closing closing{entry.rule, entry.incident.level, false, entry.seen,
                        {},         entry.incident.group};
  counters_.dropped_incidents += counted ? 1 : 0;
  updated_.erase(entry.serial);
  if (entry.raised) {
    write_text(entry);
    entry.incident.state = State::kCleared;
    entry.incident.cleared_by = ClearedBy::kQuiet;
    entry.incident.cleared_at = now_;
    entry.clear_hold = {};
    entry.clear_due = now_;
    table_.changed(entry);
    finish(entry);
  } else {
    table_.remove(entry);
  }
  if (firing) {
    after_closing(closing);
  }
}

bool IncidentBook::Impl::make_room(signatures::Level level) {
  while (table_.size() >= options_.max_incidents || table_.bytes() > kMaxBytes) {
    if (Entry* held = table_.first_held()) {
      finish(*held);
      continue;
    }
    Entry* victim = table_.least_wanted();
    if (victim == nullptr || victim->incident.level > level) {
      return false;
    }
    drop(*victim, true);
  }
  return true;
}

}  // namespace cmgmon::incidents
