#include <algorithm>
#include <utility>

#include "incidents/identity.h"
#include "incidents/incident_book_impl.h"

namespace cmgmon::incidents {

// --- what is said

const Facts& IncidentBook::Impl::facts() const {
  const bool current =
      facts_at_ && now_ >= *facts_at_ && now_ - *facts_at_ < std::chrono::seconds(1);
  if (!current) {
    facts_ = fact_source_ ? fact_source_() : Facts();
    facts_at_ = now_;
  }
  return facts_;
}

Circumstances IncidentBook::Impl::circumstances_of(const matches::Fields& fields) const {
  return {fields, [this]() -> const Facts& { return facts(); },
          [this](std::string_view name) { return is_open(name); }};
}

bool IncidentBook::Impl::is_open(std::string_view signature) const {
  const auto rule = graph_.find(std::string(signature));
  return rule && table_.firing_count(*rule) > 0;
}

bool IncidentBook::Impl::refresh(Entry& entry) {
  const signatures::Signature& signature = signature_of(entry);
  Incident& incident = entry.incident;
  const auto said = applicable(signature, circumstances_of(incident.fields));
  std::uint64_t bits = 0;
  for (const signatures::Diagnosis* diagnosis : said) {
    const auto index = static_cast<std::uint64_t>(diagnosis - signature.diagnoses.data());
    bits |= std::uint64_t{1} << (index % 64);
  }
  // A level that went down would let a sink with a minimum level show a raise and never its clear.
  const signatures::Level level = std::max(incident.level, level_of(signature, said));
  const bool changed = bits != entry.said || level != incident.level;
  entry.said = bits;
  incident.level = level;
  return changed;
}

void IncidentBook::Impl::write_text(Entry& entry) {
  refresh(entry);
  const signatures::Signature& signature = signature_of(entry);
  Incident& incident = entry.incident;
  Texts texts = texts_of(signature, incident.fields,
                         applicable(signature, circumstances_of(incident.fields)));
  incident.cause = std::move(texts.cause);
  incident.resolution = std::move(texts.resolution);
  entry.stale_text = false;
  table_.changed(entry);
}

void IncidentBook::Impl::emit(TransitionKind kind, Entry& entry, std::uint64_t sequence) {
  Incident& incident = entry.incident;
  // Nobody begins to hear of what is over.
  if (incident.state != State::kCleared &&
      (incident.told.empty() || incident.told.back().level < incident.level)) {
    incident.told.push_back({incident.level, sequence});
  }
  Transition transition;
  transition.kind = kind;
  transition.sequence = sequence;
  transition.delivery_id = delivery_id_of(incident.episode, sequence);
  transition.at = now_;
  transition.incident = incident;
  transitions_.push_back(std::move(transition));
}

// --- explains

IncidentBook::Impl::Presence IncidentBook::Impl::presence(std::size_t rule) const {
  return {table_.firing_count(rule), table_.firing_level(rule)};
}

// Where an incident of `explainer` must be to explain one of `symptom` with this group; empty:
// anywhere.
std::string IncidentBook::Impl::place_of_cause(
    std::size_t explainer, std::size_t symptom,
    const std::map<std::string, std::string>& group) const {
  const auto& same = graph_.same(explainer, symptom);
  return same.empty() ? std::string() : place_key(same, group);
}

// There is an open incident of `explainer` in that place, and the entry was still failing when the
// first of them began.
bool IncidentBook::Impl::overlaps(const Entry& entry, std::size_t explainer,
                                  const std::string& place) const {
  if (table_.firing_count(explainer, place) == 0) {
    return false;
  }
  const base::Time begin = table_.earliest_begin(explainer, place);
  return !entry.seen || begin == base::Time::min() || *entry.seen >= begin - kExplainsBackwards;
}

// The name of the signature whose open incident explains the entry best: the most severe one, then
// the first one.
std::string IncidentBook::Impl::explanation_of(const Entry& entry) const {
  std::optional<std::size_t> best;
  std::optional<signatures::Level> best_level;
  for (const std::size_t explainer : graph_.explainers(entry.rule)) {
    if (table_.firing_count(explainer) == 0) {
      continue;
    }
    const std::string place = place_of_cause(explainer, entry.rule, entry.incident.group);
    if (!overlaps(entry, explainer, place)) {
      continue;
    }
    const auto level = table_.firing_level(explainer, place);
    if (!best || level > best_level) {
      best = explainer;
      best_level = level;
    }
  }
  return best ? set_.signatures[*best].name : std::string();
}

void IncidentBook::Impl::update_explanation(Entry& entry) {
  std::string explanation = explanation_of(entry);
  if (explanation != entry.incident.explained_by) {
    entry.incident.explained_by = std::move(explanation);
    mark_changed(entry);
  }
}

// Others have heard of an incident that explains this one and is at least as severe.
bool IncidentBook::Impl::folded(const Entry& entry) const {
  if (graph_.explainers(entry.rule).empty()) {
    return false;
  }
  std::vector<bool> visited(set_.signatures.size(), false);
  return folded_under(entry, entry.rule, visited);
}

bool IncidentBook::Impl::folded_under(const Entry& entry, std::size_t rule,
                                      std::vector<bool>& visited) const {
  visited[rule] = true;
  for (const std::size_t explainer : graph_.explainers(rule)) {
    // What explains the explanation must agree with the entry itself, as far as it can tell.
    const std::string place = place_of_cause(explainer, rule, entry.incident.group);
    if (visited[explainer] || !overlaps(entry, explainer, place)) {
      continue;
    }
    const auto raised = table_.raised_level(explainer, place);
    if ((raised && *raised >= entry.incident.level) || folded_under(entry, explainer, visited)) {
      return true;
    }
  }
  return false;
}

// The entry opened, became more severe, or was just seen again.
void IncidentBook::Impl::after_opening(const Entry& entry, const Presence& before) {
  const std::size_t rule = entry.rule;
  const Presence now = presence(rule);
  if (settling_ || now.count == 0) {
    return;
  }
  const bool news = before.count == 0 || now.level > before.level;
  for (const std::size_t symptom : graph_.symptoms(rule)) {
    if (table_.firing_count(symptom) == 0) {
      continue;
    }
    const std::string place = place_of_cause(rule, symptom, entry.incident.group);
    if (!news && place.empty()) {
      continue;
    }
    for (const std::uint64_t serial : table_.firing_of(symptom, place)) {
      if (Entry* explained = table_.at(serial)) {
        update_explanation(*explained);
      }
    }
  }
  if (before.count == 0) {
    tell_watchers(rule);
  }
}

// An incident of closing.rule is open no more. While another one of the same signature is, that
// explains as much, nothing changes.
void IncidentBook::Impl::after_closing(const Closing& closing) {
  if (settling_) {
    return;
  }
  const std::string& name = set_.signatures[closing.rule].name;
  for (const std::size_t symptom : graph_.symptoms(closing.rule)) {
    const std::string place = place_of_cause(closing.rule, symptom, closing.group);
    if (table_.firing_count(closing.rule, place) > 0) {
      continue;
    }
    for (const std::uint64_t serial : table_.firing_of(symptom, place)) {
      Entry* entry = table_.at(serial);
      if (entry == nullptr || entry->incident.state != State::kFiring ||
          entry->incident.explained_by != name) {
        continue;
      }
      std::string explanation = explanation_of(*entry);
      const bool still_failing = entry->seen && closing.until && *entry->seen > *closing.until;
      // What was raised although its cause was open, because it is more severe, needs a recovery of its own.
      const bool heals =
          closing.recovered && (!entry->raised || closing.level >= entry->incident.level);
      if (explanation.empty() && heals && !still_failing) {
        close(*entry, ClearedBy::kExplained, closing.until, closing.stream);
        continue;
      }
      entry->incident.explained_by = std::move(explanation);
      mark_changed(*entry);
      // Otherwise its raise waits for its next failure.
      if (still_failing) {
        maybe_raise(*entry);
      }
    }
  }
  if (table_.firing_count(closing.rule) == 0) {
    tell_watchers(closing.rule);
  }
}

void IncidentBook::Impl::tell_watchers(std::size_t rule) {
  for (const std::size_t watcher : graph_.watchers(rule)) {
    for (const std::uint64_t serial : table_.firing_of(watcher)) {
      Entry* entry = table_.at(serial);
      if (entry == nullptr) {
        continue;
      }
      const Presence before = presence(watcher);
      if (refresh(*entry)) {
        table_.changed(*entry);
        mark_changed(*entry);
        maybe_raise(*entry);
        after_opening(*entry, before);
      }
    }
  }
}

// --- settle

struct IncidentBook::Impl::Span {
  std::size_t rule = 0;
  bool in_table = false;
  std::uint64_t key = 0;  // serial, or place among the cleared ones
  signatures::Level level = signatures::Level::kMedium;
  std::optional<base::Time> first;
  std::optional<base::Time> last;
  bool open = false;
  bool recovered = false;
  std::optional<base::Time> until;  // when it ended, by the log
  std::string stream;               // that showed its recovery
  std::map<std::string, std::string> group;

  bool overlaps(const Span& cause) const {
    const bool begun = !last || !cause.first || *last >= *cause.first - kExplainsBackwards;
    return begun && (cause.open || !first || !cause.until || *first <= *cause.until);
  }
};

std::vector<std::vector<IncidentBook::Impl::Span>> IncidentBook::Impl::spans() const {
  std::vector<std::vector<Span>> all(set_.signatures.size());
  const auto add = [&](const Entry& entry, bool in_table, std::uint64_t key) {
    const Incident& incident = entry.incident;
    if (incident.state == State::kPending) {
      return;
    }
    const bool recovered =
        incident.cleared_by == ClearedBy::kRecovery || incident.cleared_by == ClearedBy::kExplained;
    all[entry.rule].push_back({entry.rule, in_table, key, incident.level, incident.first_seen,
                               incident.last_seen, incident.state == State::kFiring, recovered,
                               entry.cleared_log, entry.cleared_stream, incident.group});
  };
  for (const auto& [serial, entry] : table_.entries()) {
    add(entry, true, serial);
  }
  for (const auto& [place, entry] : cleared_.all()) {
    add(entry, false, place);
  }
  return all;
}

void IncidentBook::Impl::settle() {
  settling_ = true;  // relations are looked up by time at the end, not by what happens to be open
  std::vector<std::uint64_t> open;
  for (const auto& [serial, entry] : table_.entries()) {
    if (entry.incident.state != State::kCleared) {
      open.push_back(serial);
    }
  }
  for (const std::uint64_t serial : open) {
    if (Entry* entry = table_.at(serial)) {
      close_if_recovered_elsewhere(*entry);
    }
  }
  auto all = spans();
  for (const std::size_t rule : graph_.causes_first()) {
    if (!graph_.explainers(rule).empty()) {
      for (Span& symptom : all[rule]) {
        settle_explanation(all, symptom);
      }
    }
  }
  all = spans();
  for (std::size_t rule = 0; rule < all.size(); ++rule) {
    if (graph_.watches(rule)) {
      for (const Span& span : all[rule]) {
        settle_text(all, span);
      }
    }
  }
  settling_ = false;
}

void IncidentBook::Impl::settle_explanation(std::vector<std::vector<Span>>& spans, Span& symptom) {
  const Span* best = nullptr;
  const Span* healing = nullptr;  // ended by recovery when the symptom was not seen any more
  bool explained_still = false;
  for (const std::size_t rule : graph_.explainers(symptom.rule)) {
    const std::string place = place_of_cause(rule, symptom.rule, symptom.group);
    for (const Span& cause : spans[rule]) {
      if (!symptom.overlaps(cause) || place_of_cause(rule, symptom.rule, cause.group) != place) {
        continue;
      }
      if (best == nullptr || cause.level > best->level) {
        best = &cause;
      }
      explained_still = explained_still || cause.open;
      if (cause.recovered && cause.level >= symptom.level &&
          (!cause.until || !symptom.last || *cause.until >= *symptom.last)) {
        healing = &cause;
      }
    }
  }
  Entry* entry = nullptr;
  if (symptom.in_table) {
    entry = table_.at(symptom.key);
  } else if (const auto place = cleared_.all().find(symptom.key); place != cleared_.all().end()) {
    entry = &place->second;
  }
  if (entry == nullptr) {
    return;
  }
  entry->incident.explained_by = best == nullptr ? std::string() : set_.signatures[best->rule].name;
  if (symptom.open && healing != nullptr && !explained_still) {
    symptom.open = false;
    symptom.recovered = true;
    symptom.level = std::max(symptom.level, healing->level);  // the whole chain ends with its root
    symptom.until = healing->until;
    symptom.stream = healing->stream;
    close(*entry, ClearedBy::kExplained, symptom.until, symptom.stream);
  }
}

void IncidentBook::Impl::settle_text(const std::vector<std::vector<Span>>& spans,
                                     const Span& span) {
  Entry* entry = nullptr;
  if (span.in_table) {
    entry = table_.at(span.key);
  } else if (const auto place = cleared_.all().find(span.key); place != cleared_.all().end()) {
    entry = &place->second;
  }
  if (entry == nullptr) {
    return;
  }
  Incident& incident = entry->incident;
  Circumstances circumstances = circumstances_of(incident.fields);
  circumstances.is_open = [&](std::string_view name) {
    const auto rule = graph_.find(std::string(name));
    return rule && std::any_of(spans[*rule].begin(), spans[*rule].end(),
                               [&](const Span& other) { return span.overlaps(other); });
  };
  const signatures::Signature& signature = signature_of(*entry);
  const auto said = applicable(signature, circumstances);
  incident.level = std::max(incident.level, level_of(signature, said));
  Texts texts = texts_of(signature, incident.fields, said);
  incident.cause = std::move(texts.cause);
  incident.resolution = std::move(texts.resolution);
  if (span.in_table) {
    entry->stale_text = false;
    table_.changed(*entry);
  }
}

}  // namespace cmgmon::incidents
