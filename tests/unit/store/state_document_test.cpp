#include "store/state_document.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"
#include "store/store.h"
#include "unit/store/old_document.h"
#include "unit/store/snapshots.h"

namespace cmgmon::store {
namespace {

// A document with a right checksum over any JSON.
std::string sealed(const std::string& json) {
  static const char* const kHex = "0123456789abcdef";
  std::string checksum;
  for (int shift = 60; shift >= 0; shift -= 4) {
    checksum += kHex[base::content_hash(json) >> static_cast<unsigned>(shift) & 0xfU];
  }
  return json + "\nfnv1a64 " + checksum + "\n";
}

TEST(StateDocument, ReturnsWhatEarlierVersionsSaved) {
  for (const Snapshot& snapshot : {full_snapshot(), Snapshot()}) {
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
  EXPECT_EQ(decoded->row_of(kBook), std::string(1, '\0'));
  EXPECT_EQ(decoded->row_of(kCorrelations), "");
}

TEST(StateDocument, RefusesEveryCutAndFlippedBit) {
  const std::string document = encode(full_snapshot());
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

}  // namespace
}  // namespace cmgmon::store
