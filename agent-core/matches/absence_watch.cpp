#include "matches/absence_watch.h"

#include <algorithm>

#include "base/path.h"
#include "base/text.h"
#include "signatures/field_names.h"

namespace cmgmon::matches {

namespace {

using signatures::Absence;
using signatures::ServiceState;
using signatures::Signature;

bool is_about(const Signature& signature, const std::string& service) {
  return service.empty() || std::find(signature.services.begin(), signature.services.end(),
                                      service) != signature.services.end();
}

bool any_is(const std::vector<std::string>& services, ServiceState state,
            const signatures::ServiceStates& states) {
  return std::any_of(services.begin(), services.end(), [&](const std::string& service) {
    return signatures::state_in(states, service) == state;
  });
}

// `path` is `name` or lies below the folder, or on the server, `name`. A server may be spelled in several ways.
bool is_at_or_below(std::string_view path, std::string_view name) {
  if (!name.empty() && name == base::network_root(name)) {
    return base::network_host(path) == base::network_host(name);
  }
  return path.starts_with(name) &&
         (path.size() == name.size() || path[name.size()] == '/' || path[name.size()] == '\\');
}

std::string book_stream_of(const Signature& signature, const std::string& unit) {
  return unit.empty() ? "absence of " + signature.name : unit;
}

}  // namespace

AbsenceWatch::AbsenceWatch(const signatures::SignatureSet& set, Fields base_fields, Emit emit,
                           base::Duration longest_step)
    : set_(set),
      base_fields_(std::move(base_fields)),
      emit_(std::move(emit)),
      longest_step_(longest_step) {
  for (const auto& signature : set.signatures) {
    if (signature.absence) {
      absences_.push_back(&signature);
      if (!signature.absence->per_stream) {
        watch_for(signature, "").open = true;
      }
    }
  }
}

AbsenceWatch::Watch& AbsenceWatch::watch_for(const Signature& signature, const std::string& unit) {
  const auto [found, is_new] = watches_.try_emplace(Key(signature.name, unit));
  Watch& watch = found->second;
  if (is_new) {
    watch.signature = &signature;
    watch.unit = unit;
    watch.wanted = signature.absence->while_open.empty();
  }
  if (!watch.open) {
    watch.grace_left = signature.absence->grace;
  }
  return watch;
}

AbsenceWatch::Log* AbsenceWatch::log_of(std::string_view key) {
  const auto found = logs_.find(key);
  return found == logs_.end() ? nullptr : &found->second;
}

// --- what happens to a log -------------------------------------------------------------------------------------------

void AbsenceWatch::opened(const std::string& key, Stream stream) {
  Log& log = logs_[key];
  log.stream = std::move(stream);
  log.path = key;
  log.watches.clear();
  for (const Signature* signature : absences_) {
    if (is_about(*signature, log.stream.service)) {
      Watch& watch = watch_for(*signature, signature->absence->per_stream ? key : "");
      watch.open = true;
      log.watches.push_back(&watch);
    }
  }
  check_readable(key, log);
}

void AbsenceWatch::backlog_ended(std::string_view key) {
  if (Log* log = log_of(key)) {
    log->stream.backlog = false;
  }
}

void AbsenceWatch::rolled_over(std::string_view key) {
  if (Log* log = log_of(key)) {
    for (Watch* watch : log->watches) {
      if (!watch->rollover_grace) {
        watch->rollover_grace = true;
        watch->grace_left = watch->signature->absence->grace;
      }
    }
  }
}

void AbsenceWatch::unreadable(const std::string& path, bool is) {
  if (is) {
    unreadable_.insert(path);
  } else {
    unreadable_.erase(path);
  }
  for (auto& [key, log] : logs_) {
    check_readable(key, log);
  }
}

void AbsenceWatch::check_readable(const std::string& key, Log& log) const {
  log.unreadable =
      std::any_of(unreadable_.begin(), unreadable_.end(), [&](const std::string& name) {
        return !name.empty() && (is_at_or_below(key, name) || is_at_or_below(log.path, name));
      });
}

void AbsenceWatch::wrote(std::string_view key, std::string_view path,
                         std::optional<base::Time> newest, base::Time now) {
  Log* log = log_of(key);
  if (log == nullptr) {
    return;
  }
  if (log->path != path) {
    log->path = path;
  }
  for (Watch* watch : log->watches) {
    if (!watch->signature->absence->expect) {
      note(*log, *watch, newest, path, now);
    }
  }
}

void AbsenceWatch::heard(std::string_view key, const Signature& signature,
                         const records::Record& record, std::string_view path, base::Time now) {
  Log* log = log_of(key);
  if (log == nullptr) {
    return;
  }
  for (Watch* watch : log->watches) {
    if (watch->signature == &signature) {
      if (!watch->evidence) {
        watch->evidence.emplace();
      }
      Evidence& evidence = *watch->evidence;  // its texts are reused: this happens often
      evidence.path = path;
      evidence.line = record.line;
      evidence.offset = record.offset;
      evidence.time = record.time;
      evidence.time_confidence = record.time_confidence;
      evidence.message = base::prefix_of_bytes(record.message, kMaxHeardBytes);
      note(*log, *watch, record.time, path, now);
    }
  }
}

void AbsenceWatch::note(Log& log, Watch& watch, std::optional<base::Time> time,
                        std::string_view path, base::Time now) {
  const bool backlog = log.stream.backlog;
  watch.armed = watch.armed || !backlog || (time && *time >= now - kArmingHorizon);
  if (watch.path != path) {
    watch.path = path;
  }
  watch.last_heard = time;
  watch.silent = base::Duration(0);
  watch.fresh = true;
  watch.rollover_grace = false;
  if (watch.told) {
    recover(watch, signatures::kHeardAgain, backlog ? time.value_or(now) : now);
  }
}

// --- what the passing of time does -----------------------------------------------------------------------------------

void AbsenceWatch::looked(base::Time at, const Circumstances& circumstances) {
  base::Duration step = last_look_ ? at - *last_look_ : base::Duration(0);
  const bool suspended = step > longest_step_;
  if (suspended || step.count() < 0) {
    step = base::Duration(0);
  }
  last_look_ = at;
  for (auto& [key, watch] : watches_) {
    if (watch.open) {
      pass(watch, step, suspended, at, circumstances);
    }
  }
}

void AbsenceWatch::pass(Watch& watch, base::Duration step, bool suspended, base::Time at,
                        const Circumstances& circumstances) {
  const Absence& absence = *watch.signature->absence;
  const bool fresh = std::exchange(watch.fresh, false);
  const bool armed_now =
      !watch.armed &&
      (absence.armed_by == Absence::ArmedBy::kAlways ||
       (absence.armed_by == Absence::ArmedBy::kServiceRunning && !is_remote(watch) &&
        any_is(absence.while_running, ServiceState::kRunning, circumstances.services)));
  watch.armed = watch.armed || armed_now;
  if (suspended) {
    watch.grace_left = absence.grace;
  }
  const bool wanted = absence.while_open.empty() ||
                      std::any_of(absence.while_open.begin(), absence.while_open.end(),
                                  [&](const auto& name) { return circumstances.is_open(name); });
  if (!wanted && watch.told) {
    recover(watch, signatures::kNoLongerExpected, at);
  }
  if (!wanted || !watch.wanted) {  // it is expected from now on at the earliest
    watch.wanted = wanted;
    watch.silent = base::Duration(0);
    watch.grace_left -= std::min(step, watch.grace_left);
    return;
  }
  if (pass_stopped(watch, step, circumstances) || blocked(watch)) {
    return;
  }
  const base::Duration in_grace = std::min(step, watch.grace_left);
  watch.grace_left -= in_grace;
  if (!watch.armed || armed_now || fresh || watch.told) {
    return;
  }
  watch.silent += step - in_grace;
  if (watch.silent >= absence.every) {
    raise(watch, at, at);
  }
}

// True while the rule is patient with a stopped service. Takes the time of patience off the step.
bool AbsenceWatch::pass_stopped(Watch& watch, base::Duration& step,
                                const Circumstances& circumstances) {
  const Absence& absence = *watch.signature->absence;
  const bool stopped = !is_remote(watch) && any_is(absence.while_running, ServiceState::kStopped,
                                                   circumstances.services);
  if (!stopped) {
    if (watch.was_stopped) {
      watch.was_stopped = false;
      watch.silent = base::Duration(0);
      watch.grace_left = absence.grace;
    }
    watch.stopped = base::Duration(0);
    return false;
  }
  watch.was_stopped = true;
  watch.stopped += step;
  if (!absence.stopped_at_most || watch.stopped <= *absence.stopped_at_most) {
    return true;
  }
  step = std::min<base::Duration>(step, watch.stopped - *absence.stopped_at_most);
  return false;
}

bool AbsenceWatch::blocked(const Watch& watch) const {
  const auto is_blocked = [](const Log& log) { return log.stream.backlog || log.unreadable; };
  if (!watch.unit.empty()) {
    return is_blocked(logs_.at(watch.unit));
  }
  return std::any_of(logs_.begin(), logs_.end(), [&](const auto& entry) {
    return is_about(*watch.signature, entry.second.stream.service) && is_blocked(entry.second);
  });
}

bool AbsenceWatch::is_remote(const Watch& watch) const {
  return !watch.unit.empty() && logs_.at(watch.unit).stream.remote;
}

std::optional<base::Time> AbsenceWatch::next_deadline() const {
  std::optional<base::Time> next;
  for (const auto& [key, watch] : watches_) {
    if (!last_look_ || !watch.open || !watch.armed || watch.told || !watch.wanted ||
        blocked(watch)) {
      continue;
    }
    const Absence& absence = *watch.signature->absence;
    base::Duration left = watch.grace_left + absence.every - watch.silent;
    if (watch.was_stopped) {
      if (!absence.stopped_at_most) {
        continue;
      }
      left += std::max<base::Duration>(*absence.stopped_at_most - watch.stopped, base::Duration(0));
    }
    const base::Time due = *last_look_ + left;
    next = std::min(next.value_or(due), due);
  }
  return next;
}

void AbsenceWatch::end_of_log(std::string_view key, std::optional<base::Time> newest,
                              const Circumstances& circumstances) {
  Log* log = log_of(key);
  if (log == nullptr || !newest) {
    return;
  }
  for (Watch* watch : log->watches) {
    const Absence& absence = *watch->signature->absence;
    const bool wanted = absence.while_open.empty() ||
                        std::any_of(absence.while_open.begin(), absence.while_open.end(),
                                    [&](const auto& name) { return circumstances.is_open(name); });
    if (absence.per_stream && wanted && !watch->told && watch->last_heard &&
        *newest - *watch->last_heard > absence.every + absence.grace) {
      raise(*watch, *newest, *newest);
    }
  }
}

// --- what leaves -----------------------------------------------------------------------------------------------------

Fields AbsenceWatch::fields_of(const Watch& watch) const {
  const auto log = logs_.find(watch.unit);
  Fields fields = log == logs_.end() ? base_fields_ : log->second.stream.base_fields;
  // The log, not the name under which its file happens to be: a group must not change with a rollover.
  const std::string& path = watch.unit.empty() ? watch.path : watch.unit;
  if (!path.empty()) {
    fields[std::string(signatures::kPathField)] = base::prefix_of_bytes(path, kMaxFieldBytes);
    fields[std::string(signatures::kLogField)] =
        base::prefix_of_bytes(base::file_name(path), kMaxFieldBytes);
  }
  return fields;
}

void AbsenceWatch::raise(Watch& watch, base::Time time, base::Time now) {
  watch.told = true;
  Match match;
  match.signature = watch.signature;
  match.time = time;
  match.fields = fields_of(watch);
  // By the log when it is known: the silence may be much older than our watch.
  const base::Duration silent =
      watch.last_heard ? std::max(watch.silent, now - *watch.last_heard) : watch.silent;
  match.fields[std::string(signatures::kSilentForField)] = base::describe_duration(silent);
  match.fields[std::string(signatures::kExpectedEveryField)] =
      base::describe_duration(watch.signature->absence->every);
  if (watch.last_heard) {
    match.fields[std::string(signatures::kLastHeardField)] = base::to_rfc3339(*watch.last_heard);
  }
  if (watch.evidence) {
    match.evidence.push_back(*watch.evidence);
  }
  emit_(std::move(match), book_stream_of(*watch.signature, watch.unit));
}

void AbsenceWatch::recover(Watch& watch, std::string_view recovery, base::Time time) {
  watch.told = false;
  const auto& known = watch.signature->recoveries;
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const auto& entry) { return entry.name == recovery; });
  if (found == known.end()) {
    return;
  }
  Match match;
  match.signature = watch.signature;
  match.recovery = &*found;
  match.time = time;
  match.fields = fields_of(watch);
  if (watch.evidence) {
    match.evidence.push_back(*watch.evidence);
  }
  emit_(std::move(match), book_stream_of(*watch.signature, watch.unit));
}

}  // namespace cmgmon::matches
