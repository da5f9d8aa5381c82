#include <string>
#include <utility>
#include <vector>

#include "base/codec.h"
#include "incidents/incident_book_impl.h"
#include "incidents/incident_codec.h"

namespace cmgmon::incidents {
namespace {

constexpr std::string_view kKind = "incident book";
constexpr std::uint64_t kVersion = 2;  // 2: how long a clear is held

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
  writer.integer(entry.clear_hold.count());
}

void IncidentBook::Impl::read_entry(base::Reader& reader) {
  Entry entry;
  entry.serial = reader.number_up_to(kLargestSerial);
  const std::uint64_t touched = reader.number_up_to(kLargestSerial);
  entry.incident = read_incident(reader);
  entry.episode_ms = read_milliseconds(reader).count();
  entry.stream = reader.text();
  entry.seen = reader.optional_time();
  entry.wall_seen = reader.time();
  entry.silent = reader.boolean();
  entry.raised = reader.boolean();
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
  updated_.clear();
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
  writer.boolean(!backlog_streams_.empty());
  if (!backlog_streams_.empty()) {
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
  reader->list([&] { transitions_.push_back(read_transition(*reader)); });
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

}  // namespace cmgmon::incidents
