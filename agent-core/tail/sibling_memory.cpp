#include "tail/sibling_memory.h"

#include <utility>

#include "base/codec.h"

namespace cmgmon::tail {

namespace {

constexpr const char* kKind = "tail.siblings";
constexpr std::uint64_t kVersion = 1;

}  // namespace

void SiblingMemory::remember(Behind file) {
  for (Behind& older : behind) {
    older.watched =
        older.watched && older.place.path != file.place.path;  // another file has its name now
  }
  behind.insert(behind.begin(), std::move(file));
  if (behind.size() > kMaxBehind) {
    behind.pop_back();
  }
}

std::string SiblingMemory::save() const {
  std::vector<const FilePlace*> places;
  for (const Behind& file : behind) {
    if (file.delivered) {
      places.push_back(&file.place);
    }
  }
  base::Writer writer(kKind, kVersion);
  writer.text(watermark);
  writer.list(places, [&](const FilePlace* place) {
    writer.text(place->path).number(place->id.volume).number(place->id.index);
    writer.number(place->head_length).number(place->head_hash);
    writer.number(place->offset).number(place->before_hash);
  });
  return writer.finish();
}

bool SiblingMemory::load(std::string_view bytes) {
  behind.clear();
  watermark.clear();
  auto reader = base::Reader::open(bytes, kKind, kVersion);
  if (!reader) {
    return false;
  }
  std::string order = reader->text();
  std::vector<Behind> files;
  reader->list([&] {
    FilePlace place;
    place.path = reader->text();
    place.id.volume = reader->number();
    place.id.index = reader->number();
    place.head_length = reader->number_up_to(kHeadBytes);
    place.head_hash = reader->number();
    place.offset = reader->number();
    place.before_hash = reader->number();
    if (files.size() < kMaxBehind) {
      files.push_back({std::move(place), true, true});
    }
  });
  if (!reader->finish()) {
    return false;
  }
  watermark = std::move(order);
  behind = std::move(files);
  return true;
}

}  // namespace cmgmon::tail
