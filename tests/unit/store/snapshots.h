#pragma once
// A snapshot with something odd in every field, and what it means to be the same.

#include <gtest/gtest.h>

#include <string>

#include "store/store.h"

namespace cmgmon::store {

inline Snapshot full_snapshot() {
  Snapshot snapshot;
  StreamState state;
  state.checkpoint.stream = "D:\\Logs\\Größe \"x\".log";
  state.checkpoint.path = "D:\\Logs\\x.lo_\n\x01";
  state.checkpoint.id = {0xfedcba9876543210U, ~std::uint64_t{0}};
  state.checkpoint.head_length = 1024;
  state.checkpoint.head_hash = 0x8000000000000001U;
  state.checkpoint.offset = std::uint64_t{1} << 62U;
  state.checkpoint.before_hash = 3;
  state.checkpoint.resume = 12345678901234U;
  state.checkpoint.siblings = std::string("\0\xff older files", 14);
  state.framer = std::string("\0\xff framer", 9);
  state.matcher = "";
  state.backlog_done = false;
  snapshot.streams["D:\\Logs\\Größe \"x\".log"] = state;
  state.backlog_done = true;
  state.checkpoint.stream = state.checkpoint.path = "/logs/not utf-8 \xff.log";
  snapshot.streams[state.checkpoint.stream] = state;
  snapshot.rooms[kBook][""] = std::string(1000, '\x80');
  snapshot.rooms[kCorrelations][""] = std::string("\0\xff", 2);
  snapshot.rooms[kAbsence][""] = std::string("\0\xff", 2);
  OutboxRow row;
  row.sink = "event-log";
  row.transition.kind = incidents::TransitionKind::kCleared;
  row.transition.delivery_id = "f-1:2";
  row.transition.incident.signature = "A";
  row.transition.incident.fields = {{"x", "\xff\n\""}};
  snapshot.outbox.push_back(row);
  row.sink = "jsonl";
  row.transition.delivery_id = "f-1:1";
  snapshot.outbox.push_back(row);
  return snapshot;
}

inline void expect_equal(const Snapshot& a, const Snapshot& b) {
  ASSERT_EQ(a.streams.size(), b.streams.size());
  for (auto left = a.streams.begin(), right = b.streams.begin(); left != a.streams.end();
       ++left, ++right) {
    SCOPED_TRACE(left->first);
    EXPECT_EQ(left->first, right->first);
    const tail::Checkpoint& x = left->second.checkpoint;
    const tail::Checkpoint& y = right->second.checkpoint;
    EXPECT_EQ(x.stream, y.stream);
    EXPECT_EQ(x.path, y.path);
    EXPECT_EQ(x.id, y.id);
    EXPECT_EQ(x.head_length, y.head_length);
    EXPECT_EQ(x.head_hash, y.head_hash);
    EXPECT_EQ(x.offset, y.offset);
    EXPECT_EQ(x.before_hash, y.before_hash);
    EXPECT_EQ(x.siblings, y.siblings);
    EXPECT_EQ(x.resume, y.resume);
    EXPECT_EQ(left->second.framer, right->second.framer);
    EXPECT_EQ(left->second.matcher, right->second.matcher);
    EXPECT_EQ(left->second.backlog_done, right->second.backlog_done);
  }
  EXPECT_EQ(a.rooms, b.rooms);
  ASSERT_EQ(a.outbox.size(), b.outbox.size());
  for (std::size_t i = 0; i < a.outbox.size(); ++i) {
    EXPECT_EQ(a.outbox[i].sink, b.outbox[i].sink);
    EXPECT_EQ(a.outbox[i].transition.kind, b.outbox[i].transition.kind);
    EXPECT_EQ(a.outbox[i].transition.delivery_id, b.outbox[i].transition.delivery_id);
    EXPECT_EQ(a.outbox[i].transition.incident.fields, b.outbox[i].transition.incident.fields);
  }
}

// To be committed in place of all there is.
inline Changes all_of(const Snapshot& snapshot) {
  Changes changes;
  changes.everything = true;
  changes.streams = snapshot.streams;
  for (const auto& [room, rows] : snapshot.rooms) {
    for (const auto& [key, row] : rows) {
      changes.rooms[room].rows[key] = row;
    }
  }
  changes.outbox.added = snapshot.outbox;
  return changes;
}

}  // namespace cmgmon::store
