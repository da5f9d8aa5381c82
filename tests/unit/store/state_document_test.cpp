#include "store/state_document.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "platform/files.h"
#include "store/store.h"
#include "support/temp_folder.h"

namespace cmgmon::store {
namespace {

Snapshot full() {
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
  snapshot.book = std::string(1000, '\x80');
  snapshot.correlations = std::string("\0\xff", 2);
  snapshot.absence = std::string("\0\xff", 2);
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

void expect_equal(const Snapshot& a, const Snapshot& b) {
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
  EXPECT_EQ(a.book, b.book);
  EXPECT_EQ(a.correlations, b.correlations);
  EXPECT_EQ(a.absence, b.absence);
  ASSERT_EQ(a.outbox.size(), b.outbox.size());
  for (std::size_t i = 0; i < a.outbox.size(); ++i) {
    EXPECT_EQ(a.outbox[i].sink, b.outbox[i].sink);
    EXPECT_EQ(a.outbox[i].transition.kind, b.outbox[i].transition.kind);
    EXPECT_EQ(a.outbox[i].transition.delivery_id, b.outbox[i].transition.delivery_id);
    EXPECT_EQ(a.outbox[i].transition.incident.fields, b.outbox[i].transition.incident.fields);
  }
}

// A document with a right checksum over any JSON.
std::string sealed(const std::string& json) {
  static const char* const kHex = "0123456789abcdef";
  std::string checksum;
  for (int shift = 60; shift >= 0; shift -= 4) {
    checksum += kHex[base::content_hash(json) >> static_cast<unsigned>(shift) & 0xfU];
  }
  return json + "\nfnv1a64 " + checksum + "\n";
}

TEST(StateDocument, ReturnsWhatWasSaved) {
  for (const Snapshot& snapshot : {full(), Snapshot()}) {
    const std::string document = encode(snapshot);
    EXPECT_EQ(document.find('\n'), document.rfind('\n', document.size() - 2)) << "two lines";
    EXPECT_NE(document.find("\"schema\":\"cmgmon/state/1\""), std::string::npos);
    const auto decoded = decode(document);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    expect_equal(*decoded, snapshot);
  }
}

TEST(StateDocument, ReadsWhatWasSavedBeforeThereWereCorrelations) {
  const auto decoded =
      decode(sealed(R"({"schema":"cmgmon/state/1","book":"AA==","outbox":[],"streams":[]})"));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(decoded->book, std::string(1, '\0'));
  EXPECT_EQ(decoded->correlations, "");
}

TEST(StateDocument, RefusesEveryCutAndFlippedBit) {
  const std::string document = encode(full());
  for (std::size_t size = 0; size < document.size(); size += 97) {
    ASSERT_FALSE(decode(document.substr(0, size)).has_value()) << size;
  }
  for (std::size_t size = document.size() - 40; size < document.size(); ++size) {
    ASSERT_FALSE(decode(document.substr(0, size)).has_value()) << size;
  }
  for (std::size_t bit = 0; bit < document.size() * 8; bit += 13) {
    std::string flipped = document;
    flipped[bit / 8] =
        static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
    ASSERT_FALSE(decode(flipped).has_value()) << bit;
  }
}

TEST(StateDocument, RefusesOtherDocuments) {
  struct Row {
    const char* name;
    std::string document;
    base::ErrorKind kind;
  };
  const std::string empty = R"("book":"","outbox":[],"streams":[])";
  const Row rows[] = {
      {"empty", "", base::ErrorKind::kCorrupt},
      {"zeros", std::string(4096, '\0'), base::ErrorKind::kCorrupt},
      {"something appended", encode({}) + "x", base::ErrorKind::kCorrupt},
      {"no JSON", sealed("hello"), base::ErrorKind::kCorrupt},
      {"a list", sealed("[]"), base::ErrorKind::kCorrupt},
      {"deep", sealed(std::string(100000, '[')), base::ErrorKind::kCorrupt},
      {"no schema", sealed("{" + empty + "}"), base::ErrorKind::kCorrupt},
      {"another schema", sealed(R"({"schema":"x/1",)" + empty + "}"), base::ErrorKind::kCorrupt},
      {"newer", sealed(R"({"schema":"cmgmon/state/2","all":"new"})"),
       base::ErrorKind::kUnsupported},
      {"no book", sealed(R"({"schema":"cmgmon/state/1","outbox":[],"streams":[]})"),
       base::ErrorKind::kCorrupt},
      {"book is no base64",
       sealed(R"({"schema":"cmgmon/state/1","book":"?","outbox":[],"streams":[]})"),
       base::ErrorKind::kCorrupt},
      {"stream is a number",
       sealed(R"({"schema":"cmgmon/state/1","book":"","outbox":[],"streams":[7]})"),
       base::ErrorKind::kCorrupt},
      {"outbox row is damaged",
       sealed(
           R"({"schema":"cmgmon/state/1","book":"","outbox":[{"sink":"a","transition":"AAAA"}],"streams":[]})"),
       base::ErrorKind::kCorrupt},
      {"negative offset",
       sealed(
           R"({"schema":"cmgmon/state/1","book":"","outbox":[],"streams":[{"key":"k","framer":"","matcher":"",)"
           R"("backlog_done":true,"checkpoint":{"stream":"k","path":"p","volume":"0000000000000000",)"
           R"("index":"0000000000000000","head_length":0,"head_hash":"0000000000000000","offset":-1,)"
           R"("before_hash":"0000000000000000","resume":0}}]})"),
       base::ErrorKind::kCorrupt},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto decoded = decode(row.document);
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error().kind, row.kind) << decoded.error().message;
  }
  EXPECT_TRUE(decode(sealed(R"({"schema":"cmgmon/state/1",)" + empty + "}")).has_value());
}

// --- on disk

std::vector<std::string> names_in(const support::TempFolder& folder) {
  std::vector<std::string> names;
  auto entries = platform::list_folder(folder.path());
  EXPECT_TRUE(entries.has_value());
  for (const auto& entry : *entries) {
    names.push_back(entry.name);
  }
  return names;
}

TEST(StateDocument, BeginsEmptyAndKeepsWhatIsCommitted) {
  const support::TempFolder folder;
  const std::string path = folder.file("state/deeper/state.json");
  {
    const auto opened = open_state_document(path);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    EXPECT_FALSE(opened->quarantined);
    EXPECT_TRUE(opened->snapshot.streams.empty());
    EXPECT_TRUE(platform::file_exists(path));
    ASSERT_TRUE(opened->store->commit(full()).has_value());
  }
  for (int restart = 0; restart < 2; ++restart) {
    const auto opened = open_state_document(path);
    ASSERT_TRUE(opened.has_value());
    EXPECT_FALSE(opened->quarantined);
    expect_equal(opened->snapshot, full());
  }
}

TEST(StateDocument, PutsDamageAsideAndGoesOn) {
  const std::string good = encode(full());
  std::string flipped = good;
  flipped[good.size() / 2] ^= 1;
  struct Row {
    const char* name;
    std::string bytes;
    base::ErrorKind kind;
  };
  const Row rows[] = {
      {"empty", "", base::ErrorKind::kCorrupt},
      {"cut off", good.substr(0, good.size() / 2), base::ErrorKind::kCorrupt},
      {"zeros", std::string(good.size(), '\0'), base::ErrorKind::kCorrupt},
      {"one bit", flipped, base::ErrorKind::kCorrupt},
      {"newer", sealed(R"({"schema":"cmgmon/state/9"})"), base::ErrorKind::kUnsupported},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const support::TempFolder folder;
    const std::string path = folder.write("state.json", row.bytes);
    for (int again = 0; again < 2;
         ++again) {  // twice in the same second must not overwrite the first
      const auto opened = open_state_document(path);
      ASSERT_TRUE(opened.has_value()) << opened.error().message;
      EXPECT_TRUE(opened->snapshot.streams.empty());
      ASSERT_TRUE(opened->quarantined);
      EXPECT_EQ(opened->quarantined->kind, row.kind);
      EXPECT_NE(opened->quarantined->message.find("state.json.damaged-"), std::string::npos)
          << opened->quarantined->message;
      EXPECT_FALSE(opened->quarantined->remedy.empty());
      ASSERT_TRUE(opened->store->commit(full()).has_value());
      const auto reopened = open_state_document(path);
      ASSERT_TRUE(reopened.has_value());
      EXPECT_FALSE(reopened->quarantined);
      expect_equal(reopened->snapshot, full());
      folder.write("state.json", row.bytes);
    }
    int aside = 0;
    for (const std::string& name : names_in(folder)) {
      if (name.starts_with("state.json.damaged-")) {
        ++aside;
        EXPECT_EQ(folder.read(name), row.bytes);
        EXPECT_GE(name.size(), std::string("state.json.damaged-20261122-130440").size());
      }
    }
    EXPECT_EQ(aside, 2);
  }
}

TEST(StateDocument, SaysWhatToDoWhenTheFolderCannotBeUsed) {
  const support::TempFolder folder;
  folder.write("file", "not a folder");
  const auto opened = open_state_document(folder.file("file/state.json"));
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().message.find("state.json"), std::string::npos) << opened.error().message;
  EXPECT_NE(opened.error().remedy.find("data_folder"), std::string::npos) << opened.error().remedy;
}

}  // namespace
}  // namespace cmgmon::store
