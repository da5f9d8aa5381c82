#include "store/state_document.h"

#include <Poco/Dynamic/Var.h>
#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <charconv>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <utility>

#include "base/codec.h"
#include "base/hash.h"
#include "base/text.h"
#include "incidents/incident_codec.h"
#include "platform/files.h"

namespace cmgmon::store {
namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr std::string_view kSchemaFamily = "cmgmon/state/";
constexpr unsigned kVersion = 1;
constexpr std::string_view kChecksumName = "fnv1a64 ";

// Damage that only shows while reading fields; never leaves this file.
class Damaged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string to_hex(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; value >>= 4U) {
    text[i] = "0123456789abcdef"[value & 0xfU];
  }
  return text;
}

std::uint64_t from_hex(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 16 || error != std::errc() || end != text.data() + text.size()) {
    throw Damaged("a number is no number");
  }
  return value;
}

std::string text_of(const Object& object, const std::string& name) {
  const Poco::Dynamic::Var value = object.get(name);
  if (!value.isString()) {
    throw Damaged("\"" + name + "\" is missing");
  }
  return value.extract<std::string>();
}

std::uint64_t number_of(const Object& object, const std::string& name) {
  const Poco::Dynamic::Var value = object.get(name);
  if (!value.isInteger()) {
    throw Damaged("\"" + name + "\" is missing");
  }
  return value.convert<Poco::UInt64>();
}

std::string bytes_of(const Object& object, const std::string& name) {
  auto bytes = base::from_base64(text_of(object, name));
  if (!bytes) {
    throw Damaged("\"" + name + "\" is no base64");
  }
  return std::move(*bytes);
}

std::string path_of(const Object& object, const std::string& name) {
  return object.has(name) ? text_of(object, name) : bytes_of(object, name + "_base64");
}

StreamState read_stream(const Object& stream) {
  StreamState state;
  const Object::Ptr place = stream.getObject("checkpoint");
  const Poco::Dynamic::Var done = stream.get("backlog_done");
  if (place.isNull() || !done.isBoolean()) {
    throw Damaged("a stream is incomplete");
  }
  tail::Checkpoint& checkpoint = state.checkpoint;
  checkpoint.stream = path_of(*place, "stream");
  checkpoint.path = path_of(*place, "path");
  checkpoint.id.volume = from_hex(text_of(*place, "volume"));
  checkpoint.id.index = from_hex(text_of(*place, "index"));
  checkpoint.head_length = number_of(*place, "head_length");
  checkpoint.head_hash = from_hex(text_of(*place, "head_hash"));
  checkpoint.offset = number_of(*place, "offset");
  checkpoint.before_hash = from_hex(text_of(*place, "before_hash"));
  checkpoint.resume = number_of(*place, "resume");
  checkpoint.siblings = bytes_of(*place, "siblings");
  state.framer = bytes_of(stream, "framer");
  state.matcher = bytes_of(stream, "matcher");
  state.backlog_done = done.extract<bool>();
  return state;
}

Object::Ptr object_at(const Array& array, unsigned place) {
  Object::Ptr object = array.getObject(place);
  if (object.isNull()) {
    throw Damaged("a list holds something else");
  }
  return object;
}

Array::Ptr array_of(const Object& object, const std::string& name) {
  Array::Ptr array = object.getArray(name);
  if (array.isNull()) {
    throw Damaged("\"" + name + "\" is missing");
  }
  return array;
}

base::Error corrupt(const std::string& why) {
  return {base::ErrorKind::kCorrupt, 0, "The state document is damaged (" + why + ")"};
}

base::Result<Snapshot> read_snapshot(const std::string& json) {
  Poco::JSON::Parser parser;
  parser.setDepth(16);
  const Poco::Dynamic::Var root = parser.parse(json);
  if (root.type() != typeid(Object::Ptr)) {
    return corrupt("it is no JSON object");
  }
  const Object& document = *root.extract<Object::Ptr>();
  const std::string schema = text_of(document, "schema");
  if (schema != std::string(kSchemaFamily) + std::to_string(kVersion)) {
    if (!schema.starts_with(kSchemaFamily)) {
      return corrupt("its schema is \"" + base::printable(schema) + "\"");
    }
    return base::Error{base::ErrorKind::kUnsupported, 0,
                       "The state document was written by another version of this program (" +
                           base::printable(schema) + ")"};
  }
  Snapshot snapshot;
  const auto take = [&](const char* room, const char* name) {
    if (std::string bytes = bytes_of(document, name); !bytes.empty()) {
      snapshot.rooms[room][""] = std::move(bytes);
    }
  };
  take(kBook, "book");
  if (document.has("correlations")) {  // older versions had none
    take(kCorrelations, "correlations");
  }
  if (document.has("absence")) {
    take(kAbsence, "absence");
  }
  const Array::Ptr streams = array_of(document, "streams");
  for (unsigned i = 0; i < streams->size(); ++i) {
    const Object::Ptr stream = object_at(*streams, i);
    snapshot.streams.insert_or_assign(path_of(*stream, "key"), read_stream(*stream));
  }
  const Array::Ptr outbox = array_of(document, "outbox");
  for (unsigned i = 0; i < outbox->size(); ++i) {
    const Object::Ptr row = object_at(*outbox, i);
    auto transition = incidents::load_transition(bytes_of(*row, "transition"));
    if (!transition) {
      return transition.error();
    }
    snapshot.outbox.push_back({text_of(*row, "sink"), std::move(*transition), 0});
  }
  return snapshot;
}

}  // namespace

base::Result<Snapshot> decode(std::string_view document) {
  const std::size_t end = document.find('\n');
  if (end == std::string_view::npos) {
    return corrupt("it is cut off");
  }
  const std::string json(document.substr(0, end));
  const std::string checksum = std::string(kChecksumName) + to_hex(base::content_hash(json)) + '\n';
  if (document.substr(end + 1) != checksum) {
    return corrupt("its checksum is wrong");
  }
  try {
    return read_snapshot(json);
  } catch (const Poco::Exception& error) {
    return corrupt(error.displayText());
  } catch (const std::exception& error) {
    return corrupt(error.what());
  }
}

base::Result<Snapshot> read_state_document(const std::string& path) {
  const auto bytes = platform::read_small_file(path, kMaxDocumentBytes);
  if (bytes) {
    return decode(*bytes);
  }
  if (bytes.error().kind == base::ErrorKind::kNotFound) {
    return Snapshot{};
  }
  return bytes.error();
}

}  // namespace cmgmon::store
