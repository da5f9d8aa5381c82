#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/codec.h"
#include "base/hash.h"
#include "incidents/incident_book_impl.h"
#include "incidents/incident_codec.h"

namespace cmgmon::incidents {
namespace {

constexpr std::string_view kKind = "incident book";
// 2: how long a clear is held; 3: Incident::told; 4: that the clock was set
constexpr std::uint64_t kVersion = 4;
constexpr std::uint64_t kHasTold = 3;
constexpr std::uint64_t kHasClockSet = 4;

// The rows, each with a kind of its own; the same version.
constexpr std::string_view kHead = "head";
constexpr std::string_view kRecoveries = "recoveries";
constexpr std::string_view kIncident = "incident";
constexpr std::string_view kEnding = "ending";

std::string key_of(std::uint64_t serial) {
  return std::string(kIncident) + "/" + std::to_string(serial);
}

std::string key_of(const std::string& fingerprint) {
  return std::string(kEnding) + "/" + fingerprint;
}

// What counts on from here never gets round to the first number again.
constexpr std::uint64_t kLargestSerial = std::uint64_t{1} << 62U;

}  // namespace

void IncidentBook::Impl::write_entry(base::Writer& writer, const Entry& entry) const {
  writer.number(entry.serial).number(table_.touched(entry));
  write_incident(writer, entry.incident);
  writer.integer(entry.episode_ms).text(entry.stream).time(entry.seen).time(entry.wall_seen);
  writer.boolean(entry.silent).boolean(entry.raised).number(entry.steps).number(entry.said);
  writer.boolean(entry.stale_text).time(entry.fire_log).time(entry.fire_wall);
  writer.time(entry.clear_due).time(entry.cleared_log).text(entry.cleared_stream);
  writer.integer(entry.clear_hold.count()).integer(entry.clock_set.count());
}

void IncidentBook::Impl::read_entry(base::Reader& reader) {
  Entry entry;
  entry.serial = reader.number_up_to(kLargestSerial);
  const std::uint64_t touched = reader.number_up_to(kLargestSerial);
  entry.incident = read_incident(reader, reader.version() >= kHasTold);
  entry.episode_ms = read_milliseconds(reader).count();
  entry.stream = reader.text();
  entry.seen = reader.optional_time();
  entry.wall_seen = reader.time();
  entry.silent = reader.boolean();
  entry.raised = reader.boolean();
  if (!entry.raised) {
    entry.incident.told.clear();
  }
  entry.steps = reader.number();
  entry.said = reader.number();
  entry.stale_text = reader.boolean();
  entry.fire_log = reader.optional_time();
  entry.fire_wall = reader.optional_time();
  entry.clear_due = reader.optional_time();
  entry.cleared_log = reader.optional_time();
  entry.cleared_stream = reader.text();
  entry.clear_hold = reader.version() < 2
                         ? (entry.clear_due ? options_.clear_hold : entry.clear_hold)
                         : read_milliseconds(reader);
  if (reader.version() >= kHasClockSet) {
    entry.clock_set = read_milliseconds(reader);
  }
  const bool cleared = entry.incident.state == State::kCleared;
  const bool known =
      table_.at(entry.serial) != nullptr || table_.find(entry.incident.fingerprint) != nullptr;
  const bool whole = (entry.fire_wall || entry.incident.state != State::kPending) &&
                     (entry.seen || !entry.fire_log) && cleared == entry.clear_due.has_value();
  if (!reader.ok() || known || !whole) {
    reader.damaged();
    return;
  }
  const auto rule = graph_.find(entry.incident.signature);
  if (!rule) {
    return;
  }
  entry.rule = *rule;
  if (!cleared) {
    entry.stale_text = true;  // the pack may have better words by now
  }
  table_.restore(std::move(entry), touched);
}

void IncidentBook::Impl::clear() {
  table_.clear();
  endings_.clear();
  recoveries_.clear();
  backlog_streams_.clear();
  transitions_.clear();
  latest_.assign(latest_.size(), 0);
  updated_.clear();
  rows_.clear();
  endings_told_.reset();
}

std::string IncidentBook::Impl::save() const {
  base::Writer writer(kKind, kVersion);
  writer.time(now_);
  writer.list(table_.entries(), [&](const auto& item) { write_entry(writer, item.second); });
  writer.list(updated_, [&](std::uint64_t serial) { writer.number(serial); });
  writer.list(transitions_,
              [&](const Transition& transition) { write_transition(writer, transition); });
  endings_.save(writer);
  writer.list(backlog_streams_, [&](const std::string& stream) { writer.text(stream); });
  // Only a backlog has a use for them.
  writer.boolean(keeps_recoveries());
  if (keeps_recoveries()) {
    recoveries_.save(writer);
  }
  return writer.finish();
}

// Somebody has switched their signature off: those who heard of them hear that they are over.
void IncidentBook::Impl::close_silenced() {
  std::vector<std::string> fingerprints;
  for (const auto& [serial, entry] : table_.entries()) {
    if (signature_of(entry).silenced && entry.incident.state != State::kCleared) {
      fingerprints.push_back(entry.incident.fingerprint);
    }
  }
  for (const std::string& fingerprint : fingerprints) {
    close_by_operator(fingerprint, now_);
  }
}

base::Result<void> IncidentBook::Impl::load(std::string_view bytes) {
  clear();
  auto reader = base::Reader::open(bytes, kKind, kVersion);
  if (!reader) {
    return reader.error();
  }
  now_ = reader->time();
  reader->list([&] { read_entry(*reader); });
  reader->list([&] { updated_.insert(reader->number()); });
  reader->list(
      [&] { transitions_.push_back(read_transition(*reader, reader->version() >= kHasTold)); });
  endings_.load(*reader, reader->version() >= 2);
  reader->list([&] { backlog_streams_.insert(reader->text()); });
  if (reader->boolean()) {
    recoveries_.load(*reader);
  }
  if (const auto complete = reader->finish(); !complete) {
    clear();
    return complete.error();
  }
  close_silenced();
  return {};
}

// --- in rows

void IncidentBook::Impl::offer(RowChanges& changes, const std::string& key, std::string bytes) {
  const std::uint64_t hash = base::content_hash(bytes);
  const auto [row, fresh] = rows_.try_emplace(key, hash);
  if (fresh || row->second != hash) {
    row->second = hash;
    changes[key] = std::move(bytes);
  }
}

void IncidentBook::Impl::withdraw(RowChanges& changes, const std::string& key) {
  if (rows_.erase(key) > 0) {
    changes[key] = std::nullopt;
  }
}

std::string IncidentBook::Impl::head() const {
  base::Writer writer(kHead, kVersion);
  writer.time(now_);
  writer.list(updated_, [&](std::uint64_t serial) { writer.number(serial); });
  writer.list(transitions_,
              [&](const Transition& transition) { write_transition(writer, transition); });
  writer.list(backlog_streams_, [&](const std::string& stream) { writer.text(stream); });
  return writer.finish();
}

// An incident can only have changed when the table handed it out, so nothing else is looked at.
std::map<std::string, std::optional<std::string>> IncidentBook::Impl::changes(bool everything) {
  RowChanges changes;
  auto serials = table_.take_handed_out();
  if (everything || rows_.empty()) {
    rows_.clear();
    endings_told_.reset();
    serials.clear();
    for (const auto& [serial, entry] : table_.entries()) {
      serials.insert(serial);
    }
  }
  offer(changes, std::string(kHead), head());
  for (const std::uint64_t serial : serials) {
    const auto entry = table_.entries().find(serial);
    if (entry == table_.entries().end()) {
      withdraw(changes, key_of(serial));
      continue;
    }
    base::Writer writer(kIncident, kVersion);
    write_entry(writer, entry->second);
    offer(changes, key_of(serial), writer.finish());
  }
  if (endings_told_ != endings_.revision()) {
    endings_told_ = endings_.revision();
    const std::string first = key_of(std::string());
    std::vector<std::string> gone;
    for (auto row = rows_.lower_bound(first); row != rows_.end() && row->first.starts_with(first);
         ++row) {
      if (!endings_.all().contains(row->first.substr(first.size()))) {
        gone.push_back(row->first);
      }
    }
    for (const std::string& key : gone) {
      withdraw(changes, key);
    }
    for (const auto& [fingerprint, ending] : endings_.all()) {
      base::Writer writer(kEnding, kVersion);
      writer.number(ending.order);
      Endings::write(writer, fingerprint, ending);
      offer(changes, key_of(fingerprint), writer.finish());
    }
  }
  // Only a backlog has a use for them.
  if (!keeps_recoveries()) {
    withdraw(changes, std::string(kRecoveries));
  } else {
    base::Writer writer(kRecoveries, kVersion);
    recoveries_.save(writer);
    offer(changes, std::string(kRecoveries), writer.finish());
  }
  return changes;
}

base::Result<void> IncidentBook::Impl::read_row(
    const std::string& key, std::string_view bytes,
    std::map<std::uint64_t, std::pair<std::string, Ending>>& endings) {
  const std::string kind = key.substr(0, key.find('/'));
  auto reader = base::Reader::open(bytes, kind, kVersion);
  if (!reader) {
    return reader.error();
  }
  if (kind == kHead) {
    now_ = reader->time();
    reader->list([&] { updated_.insert(reader->number()); });
    reader->list(
        [&] { transitions_.push_back(read_transition(*reader, reader->version() >= kHasTold)); });
    reader->list([&] { backlog_streams_.insert(reader->text()); });
  } else if (kind == kIncident) {
    read_entry(*reader);
  } else if (kind == kEnding) {
    const std::uint64_t order = reader->number();
    endings[order] = Endings::read(*reader, true);
  } else if (kind == kRecoveries) {
    recoveries_.load(*reader);
  } else {
    reader->damaged();
  }
  return reader->finish();
}

base::Result<void> IncidentBook::Impl::load_rows(const std::map<std::string, std::string>& rows) {
  if (const auto whole = rows.find(""); whole != rows.end()) {
    return load(whole->second);
  }
  clear();
  std::map<std::uint64_t, std::pair<std::string, Ending>> endings;
  for (const auto& [key, bytes] : rows) {
    if (const auto read = read_row(key, bytes, endings); !read) {
      clear();
      return read.error();
    }
  }
  for (const auto& [order, item] : endings) {
    endings_.add(item.first, item.second);
  }
  close_silenced();
  return {};
}

}  // namespace cmgmon::incidents
