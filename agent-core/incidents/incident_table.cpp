#include "incidents/incident_table.h"

#include <algorithm>

#include "base/text.h"
#include "incidents/identity.h"

namespace cmgmon::incidents {
namespace {

// Where more are open, one of them will be in what a record says.
constexpr std::size_t kMostAsked = 8;

std::size_t index_of(signatures::Level level) {
  return static_cast<std::size_t>(level);
}

std::optional<signatures::Level> highest(const std::array<std::size_t, 5>& counts) {
  for (std::size_t level = counts.size(); level-- > 0;) {
    if (counts[level] > 0) {
      return static_cast<signatures::Level>(level);
    }
  }
  return std::nullopt;
}

std::optional<base::Time> earlier(std::optional<base::Time> a, std::optional<base::Time> b) {
  if (!a || !b) {
    return a ? a : b;
  }
  return std::min(*a, *b);
}

// Replaces one member of an ordered set by another.
template <typename Set>
void move_deadline(Set& set, std::uint64_t serial, std::optional<base::Time> from,
                   std::optional<base::Time> to) {
  if (from == to) {
    return;
  }
  auto member = from ? set.extract({*from, serial}) : typename Set::node_type();
  if (to && !member.empty()) {
    member.value() = {*to, serial};
    set.insert(std::move(member));
  } else if (to) {
    set.insert({*to, serial});
  }
}

}  // namespace

std::size_t text_size_of(const Incident& incident) {
  const auto of_map = [](const std::map<std::string, std::string>& map) {
    std::size_t bytes = 0;
    for (const auto& [key, value] : map) {
      bytes += 64 + key.size() + value.size();
    }
    return bytes;
  };
  std::size_t bytes = sizeof(Entry) + 512 + of_map(incident.group) + of_map(incident.fields) +
                      incident.title.size() + incident.cause.size();
  for (const auto* texts : {&incident.resolution, &incident.references}) {
    for (const std::string& text : *texts) {
      bytes += sizeof(text) + text.size();
    }
  }
  return bytes;
}

std::size_t evidence_size_of(const Incident& incident) {
  std::size_t bytes = 0;
  for (const matches::Evidence& evidence : incident.evidence) {
    bytes += sizeof(evidence) + evidence.path.size() + evidence.message.size();
  }
  return bytes;
}

IncidentTable::IncidentTable(const signatures::SignatureSet& set, const SignatureGraph& graph)
    : set_(set),
      graph_(graph),
      rules_(set.signatures.size()),
      open_(set.signatures.size()),
      telltales_(set.signatures.size(), std::vector<std::string>()),
      places_(set.signatures.size()) {}

Entry& IncidentTable::add(Entry entry) {
  entry.serial = next_serial_;
  return restore(std::move(entry), next_touch_);
}

Entry& IncidentTable::restore(Entry entry, std::uint64_t touched) {
  const std::uint64_t serial = entry.serial;
  next_serial_ = std::max(next_serial_, serial + 1);
  next_touch_ = std::max(next_touch_, touched + 1);
  Entry& kept = entries_.insert_or_assign(serial, std::move(entry)).first->second;
  kept.touched_ = touched;
  kept.filed_ = {};
  kept.filed_stream_.clear();
  kept.filed_recoveries_.clear();
  kept.filed_signs_.clear();
  by_fingerprint_[kept.incident.fingerprint] = &kept;
  changed(kept);
  return *hand_out(&kept);
}

void IncidentTable::touch(Entry& entry) {
  if (entry.touched_ + 1 != next_touch_) {  // else it is the last one already
    entry.touched_ = next_touch_++;
  }
}

void IncidentTable::changed(Entry& entry) {
  const bool was_open = entry.filed_.open;
  entry.filed_text_bytes_ = text_size_of(entry.incident);
  counted(entry);
  file_recoveries(entry, was_open);
}

void IncidentTable::counted(Entry& entry) {
  file(entry, filing(entry));
}

Entry IncidentTable::remove(Entry& entry) {
  hand_out(&entry);
  const bool was_open = entry.filed_.open;
  file(entry, {});
  by_fingerprint_.erase(entry.incident.fingerprint);
  file_recoveries(entry, was_open);
  auto node = entries_.extract(entry.serial);
  return std::move(node.mapped());
}

void IncidentTable::clear() {
  while (!entries_.empty()) {
    remove(entries_.begin()->second);
  }
}

// Where an entry in this state belongs.
Entry::Filed IncidentTable::filing(const Entry& entry) const {
  const signatures::Signature& signature = set_.signatures[entry.rule];
  const Incident& incident = entry.incident;
  Entry::Filed filed;
  filed.open = incident.state != State::kCleared;
  filed.firing = incident.state == State::kFiring;
  filed.raised = filed.firing && entry.raised;
  filed.level = incident.level;
  filed.touched = entry.touched_;
  filed.bytes = entry.filed_text_bytes_ + evidence_size_of(incident);
  filed.begin = incident.first_seen.value_or(base::Time::min());
  if (!filed.open) {
    filed.held_due = entry.clear_due;
    if (!entry.silent) {
      filed.wall_due = entry.clear_due;
    }
    return filed;
  }
  if (signature.quiet) {
    filed.wall_due = entry.wall_seen + *signature.quiet;
    if (entry.seen) {
      filed.log_due = *entry.seen + *signature.quiet;
    }
  }
  if (incident.state == State::kPending) {
    filed.wall_due = earlier(filed.wall_due, entry.fire_wall);
    filed.log_due = earlier(filed.log_due, entry.fire_log);
  }
  if (filed.log_due) {
    *filed.log_due += log_delay(entry);
  }
  // Backlog is read faster than it was written: only the log's own clock may judge it.
  if (entry.silent) {
    filed.wall_due.reset();
  }
  return filed;
}

void IncidentTable::count_in(Summary& summary, const Entry::Filed& filed, std::uint64_t serial,
                             bool in) {
  const auto adjust = [&](PerLevel& counts) {
    std::size_t& number = counts[index_of(filed.level)];
    number = in ? number + 1 : number - 1;
  };
  if (filed.raised) {
    adjust(summary.raised);
  }
  adjust(summary.firing);
  if (in) {
    summary.serials.insert(serial);
    summary.begins.insert(filed.begin);
  } else {
    summary.serials.erase(serial);
    summary.begins.erase(summary.begins.find(filed.begin));
  }
}

void IncidentTable::count(const Entry& entry, const Entry::Filed& filed, bool in) {
  if (!filed.firing) {
    return;
  }
  count_in(rules_[entry.rule], filed, entry.serial, in);
  for (const auto& fields : graph_.places(entry.rule)) {
    auto& places = places_[entry.rule];
    const auto place = places.try_emplace(place_key(fields, entry.incident.group)).first;
    count_in(place->second, filed, entry.serial, in);
    if (place->second.serials.empty()) {
      places.erase(place);
    }
  }
}

const IncidentTable::Summary& IncidentTable::summary_of(std::size_t rule,
                                                        const std::string& place) const {
  static const Summary kNothing;
  if (place.empty()) {
    return rules_[rule];
  }
  const auto found = places_[rule].find(place);
  return found == places_[rule].end() ? kNothing : found->second;
}

void IncidentTable::file(Entry& entry, const Entry::Filed& next) {
  Entry::Filed& now = entry.filed_;
  const std::uint64_t serial = entry.serial;
  if (now.firing != next.firing || now.raised != next.raised || now.level != next.level ||
      now.begin != next.begin) {
    count(entry, now, false);
    count(entry, next, true);
  }
  if (now.open != next.open) {
    if (next.open) {
      open_[entry.rule].insert(&entry);
    } else {
      open_[entry.rule].erase(&entry);
    }
  }
  if (now.open != next.open || now.level != next.level || now.touched != next.touched) {
    if (now.open) {
      by_age_[index_of(now.level)].erase(now.touched);
    }
    if (next.open) {
      by_age_[index_of(next.level)].emplace(next.touched, serial);
    }
  }
  bytes_ += next.bytes - now.bytes;
  move_deadline(wall_deadlines_, serial, now.wall_due, next.wall_due);
  move_deadline(held_, serial, now.held_due, next.held_due);
  if (entry.filed_stream_ == entry.stream && now.log_due && next.log_due) {
    move_deadline(log_deadlines_.find(entry.stream)->second, serial, now.log_due, next.log_due);
  } else {
    if (now.log_due) {
      const auto found = log_deadlines_.find(entry.filed_stream_);
      found->second.erase({*now.log_due, serial});
      if (found->second.empty()) {
        log_deadlines_.erase(found);
      }
    }
    if (next.log_due) {
      log_deadlines_[entry.stream].insert({*next.log_due, serial});
    }
  }
  if (entry.filed_stream_ != entry.stream) {
    entry.filed_stream_ = entry.stream;
  }
  now = next;
}

// Under what a recovery finds it, as long as it is open.
void IncidentTable::file_recoveries(Entry& entry, bool was_open) {
  const signatures::Signature& signature = set_.signatures[entry.rule];
  std::vector<std::string> keys;
  if (entry.filed_.open) {
    for (std::size_t i = 0; i < signature.recoveries.size(); ++i) {
      keys.push_back(
          recovery_key(signature.name, i, signature.recoveries[i], entry.incident.fields));
    }
  }
  if (keys == entry.filed_recoveries_) {
    if (was_open != entry.filed_.open) {
      note_telltales(entry.rule);
    }
    return;
  }
  for (const std::string& key : entry.filed_recoveries_) {
    const auto found = by_recovery_.find(key);
    found->second.erase(entry.serial);
    if (found->second.empty()) {
      by_recovery_.erase(found);
    }
  }
  entry.filed_signs_.clear();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    by_recovery_[keys[i]].insert(entry.serial);
    entry.filed_signs_.push_back(
        matches::recovery_texts(signature.recoveries[i], entry.incident.fields));
  }
  entry.filed_recoveries_ = std::move(keys);
  note_telltales(entry.rule);
}

void IncidentTable::note_telltales(std::size_t rule) {
  auto& telltales = telltales_[rule];
  telltales.reset();
  if (open_[rule].size() > kMostAsked) {
    return;
  }
  std::set<std::string> texts;
  for (const Entry* entry : open_[rule]) {
    for (const auto& sign : entry->filed_signs_) {
      if (!sign) {
        continue;  // no record can be it
      }
      const auto longest = std::max_element(sign->begin(), sign->end(),
                                            [](auto& a, auto& b) { return a.size() < b.size(); });
      if (longest == sign->end()) {
        return;
      }
      texts.insert(*longest);
    }
  }
  telltales.emplace(texts.begin(), texts.end());
}

std::vector<std::uint64_t> IncidentTable::serials() const {
  std::vector<std::uint64_t> all;
  all.reserve(entries_.size());
  for (const auto& [serial, entry] : entries_) {
    all.push_back(serial);
  }
  return all;
}

Entry* IncidentTable::hand_out(Entry* entry) {
  if (takes_note_ && entry != nullptr) {
    handed_out_.insert(entry->serial);
  }
  return entry;
}

std::set<std::uint64_t> IncidentTable::take_handed_out() {
  takes_note_ = true;
  return std::exchange(handed_out_, {});
}

Entry* IncidentTable::find(std::string_view fingerprint) {
  const auto found = by_fingerprint_.find(std::string(fingerprint));
  return found == by_fingerprint_.end() ? nullptr : hand_out(found->second);
}

Entry* IncidentTable::at(std::uint64_t serial) {
  const auto found = entries_.find(serial);
  return found == entries_.end() ? nullptr : hand_out(&found->second);
}

const Entry* IncidentTable::look_at(std::uint64_t serial) const {
  const auto found = entries_.find(serial);
  return found == entries_.end() ? nullptr : &found->second;
}

Entry* IncidentTable::wall_due(base::Time now) {
  if (wall_deadlines_.empty() || wall_deadlines_.begin()->first > now) {
    return nullptr;
  }
  return at(wall_deadlines_.begin()->second);
}

Entry* IncidentTable::log_due(std::string_view stream, base::Time log_time) {
  const auto found = log_deadlines_.find(stream);
  if (found == log_deadlines_.end() || found->second.begin()->first > log_time) {
    return nullptr;
  }
  return at(found->second.begin()->second);
}

std::optional<base::Time> IncidentTable::next_wall_deadline() const {
  if (wall_deadlines_.empty()) {
    return std::nullopt;
  }
  return wall_deadlines_.begin()->first;
}

Entry* IncidentTable::first_held() {
  return held_.empty() ? nullptr : at(held_.begin()->second);
}

Entry* IncidentTable::least_wanted() {
  for (const auto& ages : by_age_) {
    if (!ages.empty()) {
      return at(ages.begin()->second);
    }
  }
  return nullptr;
}

std::vector<std::uint64_t> IncidentTable::recovered_by(const std::string& key) const {
  const auto found = by_recovery_.find(key);
  if (found == by_recovery_.end()) {
    return {};
  }
  return {found->second.begin(), found->second.end()};
}

std::vector<std::uint64_t> IncidentTable::firing_of(std::size_t rule,
                                                    const std::string& place) const {
  const Summary& summary = summary_of(rule, place);
  return {summary.serials.begin(), summary.serials.end()};
}

bool IncidentTable::could_end(std::size_t rule, std::string_view text) const {
  const auto& open = open_[rule];
  return open.size() > kMostAsked || std::any_of(open.begin(), open.end(), [&](const Entry* entry) {
           const auto& signs = entry->filed_signs_;
           return std::any_of(signs.begin(), signs.end(), [&](const auto& sign) {
             return sign && std::all_of(sign->begin(), sign->end(), [&](const auto& part) {
                      return base::find_ignore_case(text, part) != std::string_view::npos;
                    });
           });
         });
}

std::size_t IncidentTable::firing_count(std::size_t rule, const std::string& place) const {
  return summary_of(rule, place).serials.size();
}

std::optional<signatures::Level> IncidentTable::firing_level(std::size_t rule,
                                                             const std::string& place) const {
  return highest(summary_of(rule, place).firing);
}

std::optional<signatures::Level> IncidentTable::raised_level(std::size_t rule,
                                                             const std::string& place) const {
  return highest(summary_of(rule, place).raised);
}

base::Time IncidentTable::earliest_begin(std::size_t rule, const std::string& place) const {
  return *summary_of(rule, place).begins.begin();
}

}  // namespace cmgmon::incidents
