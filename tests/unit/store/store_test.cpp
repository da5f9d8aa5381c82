// What is committed is there at the next start, whatever the order of changes was.

#include "store/store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "incidents/incident_codec.h"
#include "platform/files.h"
#include "store/database.h"
#include "support/temp_folder.h"
#include "unit/store/snapshots.h"

namespace cmgmon::store {
namespace {

using std::chrono::hours;

const base::Time kStart = *base::from_rfc3339("2026-11-22T12:00:00Z");

incidents::Transition transition(const std::string& id, base::Time at = kStart) {
  incidents::Transition made;
  made.delivery_id = id;
  made.at = at;
  made.incident.signature = "A";
  made.incident.cause = std::string(1000, 'x');
  return made;
}

std::vector<std::string> ids_of(const std::vector<HistoryRow>& rows) {
  std::vector<std::string> ids;
  for (const auto& row : rows) {
    ids.push_back(row.transition.delivery_id);
  }
  return ids;
}
using Ids = std::vector<std::string>;

TEST(Store, BeginsEmptyAndKeepsWhatIsCommitted) {
  const support::TempFolder folder;
  const std::string place = folder.file("state/deeper");
  {
    const Opened opened = open_state(place, {});
    EXPECT_FALSE(opened.quarantined);
    EXPECT_FALSE(opened.unsaved);
    EXPECT_TRUE(opened.snapshot.streams.empty());
    ASSERT_TRUE(opened.store->commit(all_of(full_snapshot())).has_value());
  }
  for (int restart = 0; restart < 2; ++restart) {
    const Opened opened = open_state(place, {});
    EXPECT_FALSE(opened.quarantined);
    EXPECT_FALSE(opened.unsaved);
    expect_equal(opened.snapshot, full_snapshot());
  }
}

// Random changes against a model; now and then the program ends, without a farewell to the database.
TEST(Store, ChangesAddUp) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::minstd_rand random(seed);
    const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    const support::TempFolder folder;
    Snapshot model;
    std::map<std::string, std::uint64_t> next;
    auto opened = open_state(folder.path(), {});
    for (int step = 0; step < 50; ++step) {
      Changes changes;
      for (unsigned i = pick(4); i-- > 0;) {
        const std::string key = "stream " + std::to_string(pick(6));
        StreamState state;
        state.checkpoint.stream = key;
        state.checkpoint.offset = random();
        state.matcher = std::string(pick(5000), 'm');
        changes.streams[key] = model.streams[key] = state;
      }
      for (const std::string room : {kBook, kAbsence}) {
        auto& told = changes.rooms[room];
        told.all = pick(8) == 0;
        if (told.all) {
          model.rooms.erase(room);
        }
        for (unsigned i = pick(4); i-- > 0;) {
          const std::string key = "row " + std::to_string(pick(6));
          if (pick(3) == 0) {
            told.rows[key] = std::nullopt;
            model.rooms[room].erase(key);
          } else {
            told.rows[key] = model.rooms[room][key] = std::string(pick(300), 'b');
          }
        }
        if (model.rooms[room].empty()) {
          model.rooms.erase(room);
        }
      }
      for (unsigned i = pick(3); i-- > 0 && !model.outbox.empty();) {
        const auto row = model.outbox.begin() + pick(static_cast<unsigned>(model.outbox.size()));
        changes.outbox.removed.push_back({row->sink, row->id});
        model.outbox.erase(row);
      }
      for (unsigned i = pick(3); i-- > 0;) {
        const std::string sink = pick(2) == 0 ? "a" : "b";
        const OutboxRow row{sink, transition("d" + std::to_string(step)), ++next[sink]};
        changes.outbox.added.push_back(row);
        model.outbox.push_back(row);
      }
      if (pick(15) == 0) {
        changes = all_of(model);
      }
      ASSERT_TRUE(opened.store->commit(changes).has_value());
      if (pick(5) == 0) {
        opened.store.reset();
        opened = open_state(folder.path(), {});
        ASSERT_FALSE(opened.quarantined);
        std::stable_sort(model.outbox.begin(), model.outbox.end(),
                         [](const OutboxRow& x, const OutboxRow& y) { return x.sink < y.sink; });
        ASSERT_NO_FATAL_FAILURE(expect_equal(opened.snapshot, model));
      }
    }
  }
}

TEST(Store, IsReadWhileItIsWrittenAndAfterwards) {
  const support::TempFolder folder;
  EXPECT_TRUE(read_rooms(folder.path())->rooms.empty());
  EXPECT_TRUE(read_history(folder.path(), {})->rows.empty());
  auto opened = open_state(folder.path(), {});
  Changes changes;
  changes.rooms[kBook].rows["head"] = "1";
  changes.told = {transition("a:1"), transition("b:1", kStart + hours(1))};
  ASSERT_TRUE(opened.store->commit(changes).has_value());
  for (const bool running : {true, false}) {
    SCOPED_TRACE(running ? "running" : "stopped");
    if (!running) {
      opened.store.reset();
    }
    EXPECT_EQ(read_rooms(folder.path())->row_of(kBook), "1");
    EXPECT_EQ(ids_of(read_history(folder.path(), {})->rows), (Ids{"a:1", "b:1"}));
    EXPECT_EQ(ids_of(read_history(folder.path(), {1, {}, 10})->rows), Ids{"b:1"});
    EXPECT_EQ(ids_of(read_history(folder.path(), {0, kStart + hours(1), 10})->rows), Ids{"b:1"});
    EXPECT_EQ(ids_of(read_history(folder.path(), {0, {}, 1})->rows), Ids{"a:1"});
    EXPECT_EQ(*newest_history(folder.path()), 2);
  }
  auto entries = platform::list_folder(folder.path());
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 1U) << "who only looks leaves nothing behind";
  EXPECT_EQ(entries->front().name, "state.db");
}

TEST(Store, HistoryHasEachTransitionOnceAndOutlivesTheState) {
  const support::TempFolder folder;
  auto opened = open_state(folder.path(), {});
  Changes changes;
  changes.told = {transition("a:1"), transition("a:2")};
  ASSERT_TRUE(opened.store->commit(changes).has_value());
  changes.everything = true;
  changes.told = {transition("a:2"), transition("a:3")};
  ASSERT_TRUE(opened.store->commit(changes).has_value());
  EXPECT_EQ(ids_of(read_history(folder.path(), {})->rows), (Ids{"a:1", "a:2", "a:3"}));
}

TEST(Store, HistoryGoesOnBehindARowThatCannotBeRead) {
  const support::TempFolder folder;
  auto opened = open_state(folder.path(), {});
  Changes changes;
  changes.told = {transition("a:1"), transition("a:2"), transition("a:3"), transition("a:4")};
  ASSERT_TRUE(opened.store->commit(changes).has_value());
  {
    SQLite::Database other(folder.file("state.db"), SQLite::OPEN_READWRITE);
    other.exec("UPDATE history SET transition = x'00' WHERE id < 3");
  }
  HistoryQuery query{0, {}, 2};
  const auto first = read_history(folder.path(), query);
  EXPECT_TRUE(first->rows.empty());
  EXPECT_TRUE(first->more);
  query.after_id = first->last_id;
  EXPECT_EQ(ids_of(read_history(folder.path(), query)->rows), (Ids{"a:3", "a:4"}));
}

TEST(Store, AfterAFailedCommitOnlyAWholeOneIsTaken) {
  const support::TempFolder folder;
  auto opened = open_state(folder.path(), {});
  ASSERT_TRUE(opened.store->commit(all_of({})).has_value());
  {
    SQLite::Database other(folder.file("state.db"), SQLite::OPEN_READWRITE);
    SQLite::Transaction lock(other, SQLite::TransactionBehavior::IMMEDIATE);
    EXPECT_FALSE(opened.store->commit({}).has_value());
  }
  EXPECT_FALSE(opened.store->commit({}).has_value()) << "the one before is missing";
  EXPECT_TRUE(opened.store->commit(all_of(full_snapshot())).has_value());
  EXPECT_TRUE(opened.store->commit({}).has_value());
}

TEST(Store, ForgetsHistoryByAgeAndSize) {
  struct Row {
    const char* name;
    HistoryLimits limits;
    std::size_t kept;  // of 1200, one per hour
  };
  const auto nth = [](int i) {
    return transition("d" + std::to_string(1000 + i), kStart + hours(i));
  };
  std::uint64_t bytes = 0;  // of the newest 300; they differ a little
  for (int i = 900; i < 1200; ++i) {
    bytes += incidents::save_transition(nth(i)).size();
  }
  const Row rows[] = {
      {"all", {std::chrono::days(365), 1U << 30U}, 1200},
      {"age", {std::chrono::days(10), 1U << 30U}, 240},
      {"size", {std::chrono::days(365), bytes}, 300},
      {"nothing", {std::chrono::days(0), 0}, 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const support::TempFolder folder;
    auto database = Database::open(folder.file("state.db"), Database::Access::kWrite);
    ASSERT_TRUE(database.has_value());
    Changes changes;
    for (int i = 0; i < 1200; ++i) {
      changes.told.push_back(nth(i));
    }
    ASSERT_TRUE(database->write(changes).has_value());
    const base::Time now = kStart + hours(1200);
    int calls = 1;
    for (auto more = database->tidy(row.limits, now); *more;
         more = database->tidy(row.limits, now)) {
      ASSERT_LT(++calls, 10);
    }
    const auto left = database->history({0, {}, 5000});
    ASSERT_EQ(left->rows.size(), row.kept);
    if (row.kept > 0) {
      EXPECT_EQ(left->rows.back().transition.delivery_id, "d2199");
    }
  }
}

}  // namespace
}  // namespace cmgmon::store
