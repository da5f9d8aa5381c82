// What one incident means to others, in the slow book.

#include <algorithm>

#include "unit/incidents/slow_book.h"

namespace cmgmon::incidents {

using signatures::Level;
using signatures::Signature;

std::vector<const Signature*> SlowBook::explainers(const std::string& name) const {
  std::vector<const Signature*> found;
  for (const Signature& candidate : set_.signatures) {
    if (std::count(candidate.explains.begin(), candidate.explains.end(), name) > 0) {
      found.push_back(&candidate);
    }
  }
  return found;
}

// An incident of `explainer` in this group may explain one of `symptom` in that.
bool SlowBook::agree(const std::string& explainer, const std::string& symptom,
                     const std::string& group, const std::string& other) const {
  return rule(explainer).explains_same.count(symptom) == 0 || group == other;
}

bool SlowBook::firing(const std::string& name) const {
  return top(name).has_value();
}

std::optional<Level> SlowBook::top(const std::string& name) const {
  return top(name, "", "");
}

// Of those that may explain an incident of `symptom` in `group`; "": of all.
std::optional<Level> SlowBook::top(const std::string& name, const std::string& symptom,
                                   const std::string& group) const {
  std::optional<Level> top;
  for (const Case& other : cases_) {
    if (!other.over && other.name == name && other.state == State::kFiring &&
        (symptom.empty() || agree(name, symptom, other.group, group))) {
      top = std::max(top.value_or(other.level), other.level);
    }
  }
  return top;
}

// nullopt: one of them has no time.
std::optional<base::Time> SlowBook::begin_of(const std::string& name, const std::string& symptom,
                                             const std::string& group) const {
  std::optional<base::Time> begin = base::Time::max();
  for (const Case& other : cases_) {
    if (!other.over && other.name == name && other.state == State::kFiring &&
        agree(name, symptom, other.group, group)) {
      begin = !begin || !other.first ? std::nullopt : std::optional(std::min(*begin, *other.first));
    }
  }
  return begin;
}

bool SlowBook::overlaps(const Case& incident, const std::string& explainer,
                        const std::string& symptom) const {
  if (!top(explainer, symptom, incident.group)) {
    return false;
  }
  const auto begin = begin_of(explainer, symptom, incident.group);
  return !begin || !incident.seen || *incident.seen >= *begin - std::chrono::hours(1);
}

std::string SlowBook::explanation(const Case& incident) const {
  std::string best;
  std::optional<Level> best_level;
  for (const Signature* explainer : explainers(incident.name)) {
    const auto level = top(explainer->name, incident.name, incident.group);
    if (overlaps(incident, explainer->name, incident.name) && level > best_level) {
      best = explainer->name;
      best_level = level;
    }
  }
  return best;
}

bool SlowBook::folded(const Case& incident, const std::string& name,
                      std::set<std::string>& visited) const {
  visited.insert(name);
  for (const Signature* explainer : explainers(name)) {
    if (visited.count(explainer->name) > 0 || !overlaps(incident, explainer->name, name)) {
      continue;
    }
    for (const Case& other : cases_) {
      if (!other.over && other.name == explainer->name && other.state == State::kFiring &&
          agree(explainer->name, name, other.group, incident.group) && other.raised &&
          other.level >= incident.level) {
        return true;
      }
    }
    if (folded(incident, explainer->name, visited)) {
      return true;
    }
  }
  return false;
}

void SlowBook::opened(const std::string& name, const std::string& group, bool was_open,
                      std::optional<Level> was) {
  if (!firing(name)) {
    return;
  }
  for (const std::string& symptom : rule(name).explains) {
    const bool anywhere = rule(name).explains_same.count(symptom) == 0;
    if (anywhere && was_open && top(name) <= was) {
      continue;
    }
    for (Case& other : cases_) {
      if (!other.over && other.name == symptom && other.state == State::kFiring &&
          agree(name, symptom, group, other.group) && explanation(other) != other.explained_by) {
        other.explained_by = explanation(other);
        changed(other);
      }
    }
  }
  if (!was_open) {
    watchers(name);
  }
}

void SlowBook::closed(const std::string& name, const std::string& group, Level level,
                      bool recovered, std::optional<base::Time> until, const std::string& stream) {
  for (const std::string& symptom : rule(name).explains) {
    if (top(name, symptom, group)) {
      continue;
    }
    for (Case& other : cases_) {
      if (other.over || other.name != symptom || other.state != State::kFiring ||
          other.explained_by != name || !agree(name, symptom, group, other.group)) {
        continue;
      }
      const bool still = other.seen && until && *other.seen > *until;
      if (recovered && (!other.raised || level >= other.level) && !still &&
          explanation(other).empty()) {
        close(other, ClearedBy::kExplained, until, stream);
        continue;
      }
      other.explained_by = explanation(other);
      changed(other);
      if (still) {
        raise_if_due(other);
      }
    }
  }
  if (!firing(name)) {
    watchers(name);
  }
}

void SlowBook::watchers(const std::string& name) {
  for (const Signature& watcher : set_.signatures) {
    const bool asks =
        std::any_of(watcher.diagnoses.begin(), watcher.diagnoses.end(),
                    [&](const auto& said) { return said.when.front().subject == name; });
    if (!asks) {
      continue;
    }
    for (Case& other : cases_) {
      if (!other.over && other.name == watcher.name && other.state == State::kFiring) {
        const auto was = top(other.name);
        if (look_again(other)) {
          changed(other);
          raise_if_due(other);
          opened(other.name, other.group, true, was);
        }
      }
    }
  }
}

}  // namespace cmgmon::incidents
