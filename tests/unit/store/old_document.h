#pragma once
// The state document as earlier versions wrote it.

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>

#include "base/codec.h"
#include "base/hash.h"
#include "base/text.h"
#include "incidents/incident_codec.h"
#include "store/store.h"

namespace cmgmon::store {

using Poco::JSON::Array;
using Poco::JSON::Object;

inline std::string to_hex(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; value >>= 4U) {
    text[i] = "0123456789abcdef"[value & 0xfU];
  }
  return text;
}

inline void put_path(Object& object, const std::string& name, const std::string& path) {
  if (base::is_valid_utf8(path)) {
    object.set(name, path);
  } else {
    object.set(name + "_base64", base::to_base64(path));
  }
}

inline Object::Ptr write_stream(const std::string& key, const StreamState& state) {
  const tail::Checkpoint& checkpoint = state.checkpoint;
  Object::Ptr place = new Object;
  put_path(*place, "stream", checkpoint.stream);
  put_path(*place, "path", checkpoint.path);
  place->set("volume", to_hex(checkpoint.id.volume));
  place->set("index", to_hex(checkpoint.id.index));
  place->set("head_length", Poco::UInt64{checkpoint.head_length});
  place->set("head_hash", to_hex(checkpoint.head_hash));
  place->set("offset", Poco::UInt64{checkpoint.offset});
  place->set("before_hash", to_hex(checkpoint.before_hash));
  place->set("resume", Poco::UInt64{checkpoint.resume});
  place->set("siblings", base::to_base64(checkpoint.siblings));
  Object::Ptr stream = new Object;
  put_path(*stream, "key", key);
  stream->set("checkpoint", place);
  stream->set("framer", base::to_base64(state.framer));
  stream->set("matcher", base::to_base64(state.matcher));
  stream->set("backlog_done", state.backlog_done);
  return stream;
}

inline std::string encode(const Snapshot& snapshot) {
  Array::Ptr streams = new Array;
  for (const auto& [key, state] : snapshot.streams) {
    streams->add(write_stream(key, state));
  }
  Array::Ptr outbox = new Array;
  for (const OutboxRow& row : snapshot.outbox) {
    Object::Ptr saved = new Object;
    saved->set("sink", row.sink);
    saved->set("transition", base::to_base64(incidents::save_transition(row.transition)));
    outbox->add(saved);
  }
  Object document;
  document.set("schema", "cmgmon/state/1");
  document.set("book", base::to_base64(snapshot.row_of(kBook)));
  document.set("correlations", base::to_base64(snapshot.row_of(kCorrelations)));
  document.set("absence", base::to_base64(snapshot.row_of(kAbsence)));
  document.set("streams", streams);
  document.set("outbox", outbox);
  std::ostringstream json;
  document.stringify(json);
  std::string bytes = std::move(json).str();
  const std::string checksum = to_hex(base::content_hash(bytes));
  bytes += '\n';
  bytes += "fnv1a64 ";
  bytes += checksum + '\n';
  return bytes;
}

}  // namespace cmgmon::store
