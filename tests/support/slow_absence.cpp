#include "support/slow_absence.h"

namespace cmgmon::test {

namespace {

using Kind = AbsenceEvent::Kind;

std::int64_t seconds_of(std::chrono::milliseconds duration) {
  return static_cast<std::int64_t>(duration.count() / 1000);
}

}  // namespace

SlowAbsence::SlowAbsence(const signatures::SignatureSet& set, std::int64_t longest_step,
                         std::int64_t arming_horizon)
    : set_(set), longest_step_(longest_step), arming_horizon_(arming_horizon) {
  for (const auto& signature : set_.signatures) {
    if (signature.absence && !signature.absence->per_stream) {
      Watch& watch = watches_[{signature.name, ""}];
      watch.grace = seconds_of(signature.absence->grace);
      watch.wanted = signature.absence->while_open.empty();
    }
  }
}

std::vector<Told> SlowAbsence::handle(const AbsenceEvent& event) {
  std::vector<Told> told;
  const bool known = logs_.contains(event.log) && logs_[event.log].open;
  switch (event.kind) {
    case Kind::kOpened:
      open(event);
      break;
    case Kind::kBacklogEnded:
      if (known) {
        logs_[event.log].backlog = false;
      }
      break;
    case Kind::kRolledOver:
      for (const auto& signature : set_.signatures) {
        if (known && signature.absence) {
          Watch& watch = watches_[{signature.name, signature.absence->per_stream ? event.log : ""}];
          if (!watch.rolled) {
            watch.rolled = true;
            watch.grace = seconds_of(signature.absence->grace);
          }
        }
      }
      break;
    case Kind::kWrote:
    case Kind::kHeard:
      for (const auto& signature : set_.signatures) {
        if (known && signature.absence &&
            (event.kind == Kind::kWrote ? !signature.absence->expect.has_value()
                                        : signature.name == event.name)) {
          hear(signature, event, told);
        }
      }
      break;
    case Kind::kUnreadable:
    case Kind::kReadable:
      logs_[event.log].unreadable = event.kind == Kind::kUnreadable;
      break;
    case Kind::kLooked:
      look(event, told);
      break;
    case Kind::kService:
      services_[event.name] = event.state;
      break;
    case Kind::kIncident:
      if (event.flag) {
        incidents_.insert(event.name);
      } else {
        incidents_.erase(event.name);
      }
      break;
    case Kind::kRestart:
      last_look_.reset();
      logs_.clear();
      for (auto& [key, watch] : watches_) {
        watch.grace = seconds_of(set_.find(key.first)->absence->grace);
        watch.fresh = false;
      }
      break;
  }
  return told;
}

void SlowAbsence::open(const AbsenceEvent& event) {
  Log& log = logs_[event.log];
  log.open = true;
  log.backlog = true;
  log.remote = event.flag;
  for (const auto& signature : set_.signatures) {
    if (signature.absence && signature.absence->per_stream &&
        !watches_.contains({signature.name, event.log})) {
      Watch& watch = watches_[{signature.name, event.log}];
      watch.grace = seconds_of(signature.absence->grace);
      watch.wanted = signature.absence->while_open.empty();
    }
  }
}

void SlowAbsence::hear(const signatures::Signature& signature, const AbsenceEvent& event,
                       std::vector<Told>& told) {
  const std::string unit = signature.absence->per_stream ? event.log : "";
  Watch& watch = watches_[{signature.name, unit}];
  const bool backlog = logs_[event.log].backlog;
  if (!backlog || (event.log_time && *event.log_time >= event.now - arming_horizon_)) {
    watch.armed = true;
  }
  watch.silent = 0;
  watch.fresh = true;
  watch.rolled = false;
  if (watch.told) {
    watch.told = false;
    told.push_back({signature.name, unit, "heard_again",
                    backlog && event.log_time ? *event.log_time : event.now});
  }
}

void SlowAbsence::look(const AbsenceEvent& event, std::vector<Told>& told) {
  std::int64_t seconds = last_look_ ? event.now - *last_look_ : 0;
  const bool suspended = seconds > longest_step_;
  if (suspended || seconds < 0) {
    seconds = 0;
  }
  last_look_ = event.now;
  for (const auto& signature : set_.signatures) {
    for (auto& [key, watch] : watches_) {
      if (key.first != signature.name) {
        continue;
      }
      const bool whole_service = key.second.empty();
      if (!whole_service && (!logs_.contains(key.second) || !logs_[key.second].open)) {
        continue;
      }
      const auto& absence = *signature.absence;
      const bool fresh = watch.fresh;
      watch.fresh = false;
      if (suspended) {
        watch.grace = seconds_of(absence.grace);
      }
      const bool remote = !whole_service && logs_[key.second].remote;
      bool stopped = false;
      bool running = false;
      for (const auto& name : absence.while_running) {
        stopped = stopped || (!remote && services_[name] == "stopped");
        running = running || (!remote && services_[name] == "running");
      }
      using ArmedBy = signatures::Absence::ArmedBy;
      const bool was_armed = watch.armed;
      watch.armed = watch.armed || absence.armed_by == ArmedBy::kAlways ||
                    (absence.armed_by == ArmedBy::kServiceRunning && running);
      bool wanted = absence.while_open.empty();
      for (const auto& name : absence.while_open) {
        wanted = wanted || incidents_.contains(name);
      }
      if (!wanted && watch.told) {
        watch.told = false;
        told.push_back({signature.name, key.second, "no_longer_expected", event.now});
      }
      const bool was_wanted = watch.wanted;
      watch.wanted = wanted;
      if (!wanted || !was_wanted) {
        watch.silent = 0;
        for (std::int64_t second = 0; second < seconds && watch.grace > 0; ++second) {
          --watch.grace;
        }
        continue;
      }
      if (!stopped) {
        if (watch.was_stopped) {
          watch.silent = 0;
          watch.grace = seconds_of(absence.grace);
        }
        watch.stopped = 0;
      }
      watch.was_stopped = stopped;
      bool blocked = false;
      for (const auto& [name, log] : logs_) {
        blocked = blocked || ((whole_service || name == key.second) && log.open &&
                              (log.backlog || log.unreadable));
      }
      for (std::int64_t second = 0; second < seconds; ++second) {
        if (stopped) {
          ++watch.stopped;
          if (!absence.stopped_at_most || watch.stopped <= seconds_of(*absence.stopped_at_most)) {
            continue;
          }
        }
        if (blocked) {
          continue;
        }
        if (watch.grace > 0) {
          --watch.grace;
        } else if (was_armed && !watch.told && !fresh) {
          ++watch.silent;
        }
      }
      const bool patient = stopped && (!absence.stopped_at_most ||
                                       watch.stopped <= seconds_of(*absence.stopped_at_most));
      if (blocked || patient) {
        continue;
      }
      if (was_armed && !watch.told && !fresh && watch.silent >= seconds_of(absence.every)) {
        watch.told = true;
        told.push_back({signature.name, key.second, "overdue", event.now});
      }
    }
  }
}

}  // namespace cmgmon::test
