#include "store/row_codec.h"

#include <utility>

#include "base/codec.h"
#include "incidents/incident_codec.h"

namespace cmgmon::store {
namespace {

constexpr std::string_view kStream = "stream";
constexpr std::string_view kRoomRow = "room row";
constexpr std::string_view kOutboxRow = "outbox row";
constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kOutboxVersion = 2;  // 2: Incident::told

// What stands in front of each value.
base::Result<base::Reader> open_under(std::string_view bytes, std::string_view kind,
                                      std::string_view first, std::string_view second,
                                      std::uint64_t newest = kVersion) {
  auto reader = base::Reader::open(bytes, kind, newest);
  if (reader && (reader->view() != first || reader->view() != second)) {
    return base::Error{base::ErrorKind::kCorrupt, 0,
                       "a " + std::string(kind) + " stands under another key"};
  }
  return reader;
}

}  // namespace

std::string save_stream(const std::string& key, const StreamState& state) {
  const tail::Checkpoint& place = state.checkpoint;
  base::Writer writer(kStream, kVersion);
  writer.text(key).text("");
  writer.text(place.stream).text(place.path);
  writer.number(place.id.volume).number(place.id.index);
  writer.number(place.head_length).number(place.head_hash);
  writer.number(place.offset).number(place.before_hash).number(place.resume);
  writer.text(place.siblings);
  writer.text(state.framer).text(state.matcher).boolean(state.backlog_done);
  return writer.finish();
}

base::Result<StreamState> load_stream(const std::string& key, std::string_view bytes) {
  auto reader = open_under(bytes, kStream, key, "");
  if (!reader) {
    return reader.error();
  }
  StreamState state;
  tail::Checkpoint& place = state.checkpoint;
  place.stream = reader->text();
  place.path = reader->text();
  place.id.volume = reader->number();
  place.id.index = reader->number();
  place.head_length = reader->number();
  place.head_hash = reader->number();
  place.offset = reader->number();
  place.before_hash = reader->number();
  place.resume = reader->number();
  place.siblings = reader->text();
  state.framer = reader->text();
  state.matcher = reader->text();
  state.backlog_done = reader->boolean();
  if (const auto complete = reader->finish(); !complete) {
    return complete.error();
  }
  return state;
}

std::string save_room_row(const std::string& room, const std::string& key, std::string_view row) {
  base::Writer writer(kRoomRow, kVersion);
  writer.text(room).text(key).text(row);
  return writer.finish();
}

base::Result<std::string> load_room_row(const std::string& room, const std::string& key,
                                        std::string_view bytes) {
  auto reader = open_under(bytes, kRoomRow, room, key);
  if (!reader) {
    return reader.error();
  }
  std::string row = reader->text();
  if (const auto complete = reader->finish(); !complete) {
    return complete.error();
  }
  return row;
}

std::string save_outbox_row(const OutboxRow& row) {
  base::Writer writer(kOutboxRow, kOutboxVersion);
  writer.text(row.sink).text(std::to_string(row.id));
  incidents::write_transition(writer, row.transition);
  return writer.finish();
}

base::Result<OutboxRow> load_outbox_row(const std::string& sink, std::uint64_t id,
                                        std::string_view bytes) {
  auto reader = open_under(bytes, kOutboxRow, sink, std::to_string(id), kOutboxVersion);
  if (!reader) {
    return reader.error();
  }
  OutboxRow row{sink, incidents::read_transition(*reader, reader->version() >= 2), id};
  if (const auto complete = reader->finish(); !complete) {
    return complete.error();
  }
  return row;
}

}  // namespace cmgmon::store
