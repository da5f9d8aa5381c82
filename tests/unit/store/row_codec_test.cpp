#include "store/row_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "base/codec.h"
#include "unit/store/snapshots.h"

namespace cmgmon::store {
namespace {

std::string with_flipped_bit(std::string bytes, std::size_t bit) {
  bytes[bit / 8] =
      static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
  return bytes;
}

TEST(RowCodec, ReturnsWhatWasSaved) {
  const Snapshot expected = full_snapshot();
  Snapshot loaded;
  for (const auto& [key, state] : expected.streams) {
    loaded.streams[key] = *load_stream(key, save_stream(key, state));
  }
  for (const auto& [room, rows] : expected.rooms) {
    for (const auto& [key, row] : rows) {
      loaded.rooms[room][key] = *load_room_row(room, key, save_room_row(room, key, row));
    }
  }
  for (const auto& row : expected.outbox) {
    loaded.outbox.push_back(*load_outbox_row(row.sink, row.id, save_outbox_row(row)));
  }
  expect_equal(loaded, expected);
}

TEST(RowCodec, RefusesEveryCutAndFlippedBitAndForeignKey) {
  const Snapshot snapshot = full_snapshot();
  const std::string& key = snapshot.streams.begin()->first;
  const std::string stream = save_stream(key, snapshot.streams.begin()->second);
  const std::string row = save_room_row("book", "head", "some bytes");
  const std::string outbox = save_outbox_row(snapshot.outbox.front());
  const auto check = [&](const std::string& bytes, const auto& load) {
    ASSERT_TRUE(load(bytes).has_value());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_EQ(load(bytes.substr(0, size)).error().kind, base::ErrorKind::kCorrupt) << size;
    }
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 3) {
      ASSERT_FALSE(load(with_flipped_bit(bytes, bit)).has_value()) << bit;
    }
  };
  check(stream, [&](const std::string& bytes) { return load_stream(key, bytes); });
  check(row, [](const std::string& bytes) { return load_room_row("book", "head", bytes); });
  check(outbox, [&](const std::string& bytes) {
    return load_outbox_row(snapshot.outbox.front().sink, snapshot.outbox.front().id, bytes);
  });
  EXPECT_FALSE(load_stream(key + "x", stream).has_value());
  EXPECT_FALSE(load_room_row("book", "tail", row).has_value());
  EXPECT_FALSE(load_room_row("absence", "head", row).has_value());
  EXPECT_FALSE(load_outbox_row("other", 0, outbox).has_value());
  EXPECT_EQ(load_room_row("book", "head", base::Writer("room row", 99).finish()).error().kind,
            base::ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace cmgmon::store
