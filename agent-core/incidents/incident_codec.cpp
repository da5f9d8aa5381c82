#include "incidents/incident_codec.h"

#include <cstdint>
#include <utility>

#include "matches/match_codec.h"

namespace cmgmon::incidents {
namespace {

constexpr std::string_view kKind = "transition";
constexpr std::uint64_t kVersion = 2;  // 2: Incident::told

template <typename Enum>
void write_enum(base::Writer& writer, Enum value) {
  writer.number(static_cast<std::uint64_t>(value));
}

template <typename Enum>
Enum read_enum(base::Reader& reader, Enum last) {
  return static_cast<Enum>(reader.number_up_to(static_cast<std::uint64_t>(last)));
}

void write_texts(base::Writer& writer, const std::vector<std::string>& texts) {
  writer.list(texts, [&](const std::string& text) { writer.text(text); });
}

std::vector<std::string> read_texts(base::Reader& reader) {
  std::vector<std::string> texts;
  reader.list([&] { texts.push_back(reader.text()); });
  return texts;
}

void write_map(base::Writer& writer, const std::map<std::string, std::string>& map) {
  writer.list(map, [&](const auto& item) { writer.text(item.first).text(item.second); });
}

std::map<std::string, std::string> read_map(base::Reader& reader) {
  std::map<std::string, std::string> map;
  reader.list([&] {
    std::string key = reader.text();
    std::string value = reader.text();
    map.insert_or_assign(std::move(key), std::move(value));
  });
  return map;
}

// Without them, the level it has is the best guess.
std::vector<Told> read_told(base::Reader& reader, bool has_told, signatures::Level level) {
  if (!has_told) {
    return {{level, 1}};
  }
  std::vector<Told> told;
  reader.list([&] {
    const auto next = read_enum(reader, level);
    if (!told.empty() && next <= told.back().level) {
      reader.damaged();
    }
    told.push_back({next, reader.number()});
  });
  return told;
}

}  // namespace

void write_incident(base::Writer& writer, const Incident& incident) {
  writer.text(incident.signature).text(incident.title);
  write_enum(writer, incident.level);
  writer.list(incident.told, [&](const Told& told) {
    write_enum(writer, told.level);
    writer.number(told.sequence);
  });
  writer.integer(incident.event_id).text(incident.fingerprint).text(incident.episode);
  write_enum(writer, incident.state);
  write_enum(writer, incident.cleared_by);
  write_map(writer, incident.group);
  writer.number(incident.count);
  writer.time(incident.first_seen).time(incident.last_seen).time(incident.cleared_at);
  write_map(writer, incident.fields);
  writer.text(incident.cause);
  write_texts(writer, incident.resolution);
  write_texts(writer, incident.references);
  writer.text(incident.explained_by).boolean(incident.late);
  writer.list(incident.evidence, [&](const matches::Evidence& evidence) {
    matches::write_evidence(writer, evidence);
  });
}

// Sums with them, and in microseconds, stay in range.
std::chrono::milliseconds read_milliseconds(base::Reader& reader) {
  constexpr std::chrono::milliseconds kMost = std::chrono::years(10'000);
  return std::chrono::milliseconds(reader.integer_within(-kMost.count(), kMost.count()));
}

Incident read_incident(base::Reader& reader, bool has_told) {
  Incident incident;
  incident.signature = reader.text();
  incident.title = reader.text();
  incident.level = read_enum(reader, signatures::Level::kCritical);
  incident.told = read_told(reader, has_told, incident.level);
  incident.event_id = static_cast<int>(reader.integer_within(0, 0xffff));
  incident.fingerprint = reader.text();
  incident.episode = reader.text();
  incident.state = read_enum(reader, State::kCleared);
  incident.cleared_by = read_enum(reader, ClearedBy::kExplained);
  incident.group = read_map(reader);
  incident.count = reader.number();
  incident.first_seen = reader.optional_time();
  incident.last_seen = reader.optional_time();
  incident.cleared_at = reader.optional_time();
  incident.fields = read_map(reader);
  incident.cause = reader.text();
  incident.resolution = read_texts(reader);
  incident.references = read_texts(reader);
  incident.explained_by = reader.text();
  incident.late = reader.boolean();
  reader.list([&] { incident.evidence.push_back(matches::read_evidence(reader)); });
  return incident;
}

void write_transition(base::Writer& writer, const Transition& transition) {
  write_enum(writer, transition.kind);
  writer.text(transition.delivery_id).number(transition.sequence).time(transition.at);
  write_incident(writer, transition.incident);
}

Transition read_transition(base::Reader& reader, bool has_told) {
  Transition transition;
  transition.kind = read_enum(reader, TransitionKind::kCleared);
  transition.delivery_id = reader.text();
  transition.sequence = reader.number();
  transition.at = reader.time();
  transition.incident = read_incident(reader, has_told);
  return transition;
}

std::string save_transition(const Transition& transition) {
  base::Writer writer(kKind, kVersion);
  write_transition(writer, transition);
  return writer.finish();
}

base::Result<Transition> load_transition(std::string_view bytes) {
  auto reader = base::Reader::open(bytes, kKind, kVersion);
  if (!reader) {
    return reader.error();
  }
  Transition transition = read_transition(*reader, reader->version() >= 2);
  if (const auto complete = reader->finish(); !complete) {
    return complete.error();
  }
  return transition;
}

}  // namespace cmgmon::incidents
