// Databases that are damaged, of another time, in the way, or gone.

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/codec.h"
#include "platform/files.h"
#include "store/store.h"
#include "support/temp_folder.h"
#include "unit/store/old_document.h"
#include "unit/store/snapshots.h"

namespace cmgmon::store {
namespace {

// The same as rows of the database: they have ids.
Snapshot numbered() {
  Snapshot snapshot = full_snapshot();
  for (auto& row : snapshot.outbox) {
    row.id = 1;
  }
  return snapshot;
}

std::string good_database() {
  const support::TempFolder folder;
  auto opened = open_state(folder.path(), {});
  EXPECT_TRUE(opened.store->commit(all_of(numbered())).has_value());
  opened.store.reset();
  return folder.read("state.db");
}

std::vector<std::string> names_in(const support::TempFolder& folder, const std::string& prefix) {
  std::vector<std::string> names;
  auto entries = platform::list_folder(folder.path());
  EXPECT_TRUE(entries.has_value());
  for (const auto& entry : *entries) {
    if (entry.name.starts_with(prefix)) {
      names.push_back(entry.name);
    }
  }
  return names;
}

TEST(OpenState, PutsDamageAsideAndGoesOn) {
  const std::string good = good_database();
  const auto flipped_near = [&](const std::string& text) {
    std::string bytes = good;
    const std::size_t place = bytes.find(text);
    EXPECT_NE(place, std::string::npos);
    bytes[place + text.size() - 1] ^= 1;
    return bytes;
  };
  std::string foreign;
  {
    const support::TempFolder folder;
    SQLite::Database other(folder.file("x.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE t(a)");
    foreign = folder.read("x.db");
  }
  struct Row {
    const char* name;
    std::string bytes;
  };
  const Row rows[] = {
      {"cut off", good.substr(0, good.size() / 2)},
      {"without its last page", good.substr(0, good.size() - 4096)},
      {"zeros", std::string(good.size(), '\0')},
      {"text", std::string(5000, 'x')},
      {"one bit of a value", flipped_near(" framer")},
      {"one bit of the tables", flipped_near("CREATE TABLE rooms")},
      {"somebody else's", foreign},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const support::TempFolder folder;
    for (int again = 1; again <= 2; ++again) {  // within one second
      folder.write("state.db", row.bytes);
      auto opened = open_state(folder.path(), {});
      EXPECT_TRUE(opened.snapshot.streams.empty());
      ASSERT_TRUE(opened.quarantined);
      EXPECT_EQ(opened.quarantined->kind, base::ErrorKind::kCorrupt);
      EXPECT_NE(opened.quarantined->message.find("state.db.damaged-"), std::string::npos)
          << opened.quarantined->message;
      EXPECT_FALSE(opened.quarantined->remedy.empty());
      ASSERT_TRUE(opened.store->commit(all_of(numbered())).has_value());
      opened.store.reset();
      const auto reopened = open_state(folder.path(), {});
      EXPECT_FALSE(reopened.quarantined);
      expect_equal(reopened.snapshot, numbered());
      const auto aside = names_in(folder, "state.db.damaged-");
      ASSERT_EQ(aside.size(), static_cast<std::size_t>(again));
      EXPECT_EQ(folder.read(aside.back()), row.bytes);
    }
  }
}

// Not every flipped bit can be found (free pages); but none may be fatal, or make a different state.
TEST(OpenState, AFlippedBitIsFoundOrDoesNoHarm) {
  const std::string good = good_database();
  int found = 0;
  for (std::size_t bit = 3; bit < good.size() * 8; bit += 9001) {
    SCOPED_TRACE(bit);
    std::string bytes = good;
    bytes[bit / 8] =
        static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
    const support::TempFolder folder;
    folder.write("state.db", bytes);
    auto opened = open_state(folder.path(), {});
    if (opened.quarantined) {
      ++found;
    } else if (!opened.unsaved) {
      ASSERT_NO_FATAL_FAILURE(expect_equal(opened.snapshot, numbered()));
    }
  }
  EXPECT_GT(found, 0);
}

TEST(OpenState, ACopyHoldsWhatWasSavedAndIsNeverWrittenOver) {
  const support::TempFolder folder;
  auto opened = open_state(folder.path(), {});
  ASSERT_TRUE(opened.store->commit(all_of(numbered())).has_value());
  std::vector<std::string> copies;
  for (int again = 0; again < 2; ++again) {  // within one second
    const auto copy = opened.store->keep_copy();
    ASSERT_TRUE(copy.has_value()) << copy.error().message;
    copies.push_back(*copy);
    ASSERT_TRUE(opened.store->commit(all_of({})).has_value());
  }
  EXPECT_NE(copies[0], copies[1]);
  for (const std::size_t which : {0U, 1U}) {
    const support::TempFolder elsewhere;
    ASSERT_TRUE(platform::rename_file(copies[which], elsewhere.file("state.db")).has_value());
    expect_equal(open_state(elsewhere.path(), {}).snapshot, which == 0 ? numbered() : Snapshot());
  }
}

TEST(OpenState, LeavesANewerDatabaseAloneAndSaysSo) {
  const support::TempFolder folder;
  folder.write("state.db", good_database());
  {
    SQLite::Database newer(folder.file("state.db"), SQLite::OPEN_READWRITE);
    newer.exec("PRAGMA user_version=99");
  }
  auto opened = open_state(folder.path(), {});
  EXPECT_FALSE(opened.quarantined);
  EXPECT_TRUE(opened.unsaved);
  EXPECT_TRUE(opened.snapshot.streams.empty());
  for (int again = 0; again < 2; ++again) {
    const auto committed = opened.store->commit(all_of({}));
    ASSERT_FALSE(committed.has_value());
    EXPECT_EQ(committed.error().kind, base::ErrorKind::kUnsupported);
    EXPECT_NE(committed.error().message.find("99"), std::string::npos);
    EXPECT_FALSE(committed.error().remedy.empty());
  }
  // It comes back when the file is out of the way.
  ASSERT_TRUE(platform::rename_file(folder.file("state.db"), folder.file("newer.db")).has_value());
  ASSERT_TRUE(opened.store->commit(all_of(numbered())).has_value());
  opened.store.reset();
  expect_equal(open_state(folder.path(), {}).snapshot, numbered());
}

TEST(OpenState, LeavesRowsOfANewerProgramAlone) {
  const support::TempFolder folder;
  folder.write("state.db", good_database());
  base::Writer newer("room row", 99);
  newer.text(kBook).text("newer").text("x");
  const std::string bytes = newer.finish();
  const auto newer_rows = [&](SQLite::Database& database) {
    return database.execAndGet("SELECT count(*) FROM rooms WHERE key = 'newer'").getInt();
  };
  {
    SQLite::Database other(folder.file("state.db"), SQLite::OPEN_READWRITE);
    SQLite::Statement put(other, "INSERT INTO rooms(room, key, state) VALUES('book', 'newer', ?)");
    put.bind(1, bytes.data(), static_cast<int>(bytes.size()));
    put.exec();
  }
  auto opened = open_state(folder.path(), {});
  EXPECT_FALSE(opened.quarantined);
  ASSERT_TRUE(opened.unread);
  EXPECT_EQ(opened.unread->kind, base::ErrorKind::kUnsupported);
  EXPECT_EQ(read_rooms(folder.path()).error().kind, base::ErrorKind::kUnsupported);
  EXPECT_EQ(opened.store->commit(all_of({})).error().kind, base::ErrorKind::kUnsupported);
  opened.store.reset();
  SQLite::Database after(folder.file("state.db"), SQLite::OPEN_READWRITE);
  EXPECT_EQ(newer_rows(after), 1);
}

TEST(OpenState, TakesOverTheOldDocumentOnce) {
  const support::TempFolder folder;
  folder.write("state.json", encode(full_snapshot()));
  EXPECT_EQ(read_rooms(folder.path())->row_of(kBook), full_snapshot().row_of(kBook));
  {
    const auto died = open_state(folder.path(), {});  // before anything was committed
    EXPECT_TRUE(died.unsaved);
  }
  auto opened = open_state(folder.path(), {});
  EXPECT_FALSE(opened.quarantined);
  EXPECT_TRUE(opened.unsaved);
  expect_equal(opened.snapshot, full_snapshot());
  ASSERT_TRUE(platform::file_exists(folder.file("state.json")));
  ASSERT_TRUE(opened.store->commit(all_of(numbered())).has_value());
  EXPECT_FALSE(platform::file_exists(folder.file("state.json")));
  EXPECT_TRUE(platform::file_exists(folder.file("state.json.imported")));
  opened.store.reset();
  folder.write("state.json", encode({}));  // as if we had died before it was renamed
  opened = open_state(folder.path(), {});
  EXPECT_FALSE(opened.unsaved);
  expect_equal(opened.snapshot, numbered());
}

TEST(OpenState, PutsADamagedDocumentAside) {
  const support::TempFolder folder;
  const std::string good = encode(full_snapshot());
  folder.write("state.json", good.substr(0, good.size() / 2));
  auto opened = open_state(folder.path(), {});
  ASSERT_TRUE(opened.quarantined);
  EXPECT_NE(opened.quarantined->message.find("state.json.damaged-"), std::string::npos);
  EXPECT_FALSE(platform::file_exists(folder.file("state.json")));
  EXPECT_TRUE(opened.store->commit(all_of(numbered())).has_value());
}

TEST(OpenState, ComesBackWhenTheFolderCanBeUsed) {
  const support::TempFolder folder;
  folder.write("file", "not a folder");
  auto opened = open_state(folder.file("file/state"), {});
  EXPECT_TRUE(opened.unsaved);
  const auto refused = opened.store->commit(all_of(numbered()));
  ASSERT_FALSE(refused.has_value());
  EXPECT_FALSE(refused.error().message.empty());
  EXPECT_FALSE(refused.error().remedy.empty());
  ASSERT_TRUE(platform::remove_file(folder.file("file")).has_value());
  ASSERT_TRUE(opened.store->commit(all_of(numbered())).has_value());
  opened.store.reset();
  expect_equal(open_state(folder.file("file/state"), {}).snapshot, numbered());
}

TEST(OpenState, WaitsForWhoeverLocksTheDatabase) {
  const support::TempFolder folder;
  auto opened = open_state(folder.path(), {});
  ASSERT_TRUE(opened.store->commit(all_of(numbered())).has_value());
  {
    SQLite::Database other(folder.file("state.db"), SQLite::OPEN_READWRITE);
    SQLite::Transaction lock(other, SQLite::TransactionBehavior::IMMEDIATE);
    const auto refused = opened.store->commit(all_of({}));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, base::ErrorKind::kBusy);
    // Another start meanwhile reads what is there.
    expect_equal(open_state(folder.path(), {}).snapshot, numbered());
  }
  ASSERT_TRUE(opened.store->commit(all_of({})).has_value());
}

// SQLite reads a file that is a folder as little as one that a backup program holds alone.
TEST(OpenState, WhatCouldNotBeReadAtTheStartIsFoundLater) {
  for (const bool tried : {true, false}) {
    SCOPED_TRACE(tried ? "tried" : "not even tried");
    const support::TempFolder folder;
    Snapshot old = numbered();
    {
      auto opened = open_state(folder.path(), {});
      Changes changes = all_of(old);
      changes.told = {old.outbox.front().transition};
      ASSERT_TRUE(opened.store->commit(changes).has_value());
    }
    Opened opened;
    if (tried) {
      SQLite::Database other(folder.file("state.db"), SQLite::OPEN_READWRITE);
      other.exec("PRAGMA locking_mode=EXCLUSIVE");
      other.exec("BEGIN IMMEDIATE");
      other.exec("PRAGMA user_version=2");
      opened = open_state(folder.path(), {});
      ASSERT_TRUE(opened.unread);
      EXPECT_FALSE(opened.unread->message.empty());
      EXPECT_TRUE(opened.unsaved);
      EXPECT_TRUE(opened.snapshot.outbox.empty());
      other.exec("ROLLBACK");
    } else {
      opened.store = unread_state(folder.path(), {});
      EXPECT_FALSE(opened.store->commit({}).has_value()) << "it wants everything";
    }
    Snapshot fresh;
    fresh.rooms[kBook]["head"] = "new";
    ASSERT_TRUE(opened.store->commit(all_of(fresh)).has_value());
    auto found = opened.store->take_found();
    ASSERT_EQ(found.size(), old.outbox.size());
    EXPECT_EQ(found[0].sink, old.outbox[0].sink);
    EXPECT_EQ(found[0].transition.delivery_id, old.outbox[0].transition.delivery_id);
    EXPECT_TRUE(opened.store->take_found().empty());
    EXPECT_EQ(read_history(folder.path(), {})->rows.size(), 1U) << "history stays";
    Changes next;
    next.outbox.added = {found[0]};
    ASSERT_TRUE(opened.store->commit(next).has_value());
    opened.store.reset();
    opened = open_state(folder.path(), {});
    EXPECT_FALSE(opened.unread);
    EXPECT_EQ(opened.snapshot.row_of(kBook), "new");
    ASSERT_EQ(opened.snapshot.outbox.size(), 1U) << "once";
  }
}

#ifndef _WIN32  // there nobody can delete what we have open
TEST(OpenState, NoticesThatTheFileIsGone) {
  const support::TempFolder folder;
  auto opened = open_state(folder.path(), {});
  ASSERT_TRUE(opened.store->commit(all_of({})).has_value());
  for (const char* name : {"state.db", "state.db-wal", "state.db-shm"}) {
    ASSERT_TRUE(platform::remove_file(folder.file(name)).has_value()) << name;
  }
  EXPECT_FALSE(opened.store->commit({}).has_value());
  ASSERT_TRUE(opened.store->commit(all_of(numbered())).has_value());
  opened.store.reset();
  expect_equal(open_state(folder.path(), {}).snapshot, numbered());
}

TEST(OpenState, DamageThatShowsWhileItRunsIsPutAsideAndEverythingWrittenAnew) {
  const support::TempFolder folder;
  Snapshot big = numbered();  // more than SQLite keeps in memory
  big.streams.begin()->second.matcher.assign(6U << 20U, 'm');
  auto opened = open_state(folder.path(), {});
  ASSERT_TRUE(opened.store->commit(all_of(big)).has_value());
  opened.store.reset();
  opened = open_state(folder.path(), {});
  folder.write("state.db", std::string(folder.read("state.db").size(), '\xee'));
  const auto committed = opened.store->commit(all_of(big));
  ASSERT_FALSE(committed.has_value());
  EXPECT_EQ(committed.error().kind, base::ErrorKind::kCorrupt) << committed.error().message;
  EXPECT_NE(committed.error().message.find("put aside"), std::string::npos)
      << committed.error().message;
  ASSERT_TRUE(opened.store->commit(all_of(big)).has_value());
  opened.store.reset();
  expect_equal(open_state(folder.path(), {}).snapshot, big);
}
#endif

}  // namespace
}  // namespace cmgmon::store
