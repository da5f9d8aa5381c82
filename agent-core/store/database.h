#pragma once
// The tables of the state and the connection to them. The inside of the room: only its .cpp files include this.
//
//   streams(key, state)                     rooms(room, key, state)
//   outbox(sink, id, state)                 history(id, delivery_id, at, transition)
//
// Every value is in the rooms' codec with its own checksum, because the database has none over its pages. The version of
// the tables is PRAGMA user_version; 1 was the state document, a newer one is refused.
//
// Errors:  kCorrupt for damage, kUnsupported for a newer version; nothing throws.
// Threads: one thread at a time.
// Tests:   tests/unit/store/store_test.cpp, open_state_test.cpp

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace cmgmon::store {

class Database {
 public:
  enum class Access {
    kWrite,  // creates what is missing
    kRead,   // kNotFound when there is none; also from a medium that cannot be written to
  };
  static base::Result<Database> open(const std::string& path, Access access);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  base::Result<Snapshot> load();
  base::Result<Snapshot> load_rooms();
  base::Result<void> write(const Changes& changes);

  base::Result<HistoryPage> history(const HistoryQuery& query);
  base::Result<std::int64_t> newest_history();
  // Forgets some of what the limits do not allow, and gives room back to the disk. True: there is more to forget.
  base::Result<bool> tidy(const HistoryLimits& limits, base::Time now);

  // A copy in a file that is not there yet.
  base::Result<void> copy_to(const std::string& path);

  // Somebody has deleted or renamed the file under us: what is written goes nowhere.
  bool is_gone() const;

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::store
