#include "store/database.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "base/path.h"
#include "incidents/incident_codec.h"
#include "platform/files.h"
#include "platform/os_error.h"
#include "store/row_codec.h"

namespace cmgmon::store {
namespace {

// A room whose rows an older program would not understand raises this number: that one then leaves all alone.
constexpr int kVersion = 2;                          // 1 was the state document
constexpr std::int64_t kOurs = 0x434D474D;           // application_id: "CMGM"
constexpr int kPatienceMs = 1000;                    // with another process that holds a lock
constexpr std::int64_t kCheckedBytes = 64LL << 20U;  // larger ones would delay the start
constexpr int kForgottenAtOnce = 500;

constexpr const char* kTables = R"(
  CREATE TABLE streams(key BLOB PRIMARY KEY, state BLOB NOT NULL);
  CREATE TABLE rooms(room TEXT, key TEXT, state BLOB NOT NULL, PRIMARY KEY(room, key));
  CREATE TABLE outbox(sink TEXT, id INTEGER, state BLOB NOT NULL, PRIMARY KEY(sink, id));
  CREATE TABLE history(id INTEGER PRIMARY KEY, delivery_id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
                       transition BLOB NOT NULL);
  CREATE INDEX history_at ON history(at);
)";

base::Error damaged(const std::string& path, const std::string& why) {
  return {base::ErrorKind::kCorrupt, 0, "The state database " + path + " is damaged (" + why + ")",
          "The service puts it aside and begins a new one; start it if it does not run. Check the "
          "disk if this repeats"};
}

base::ErrorKind kind_of(int code) {
  switch (code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::ErrorKind::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return base::ErrorKind::kBusy;
    case SQLITE_FULL:
      return base::ErrorKind::kFull;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return base::ErrorKind::kAccessDenied;
    default:
      return base::ErrorKind::kIo;
  }
}

std::string folder_of(const std::string& path) {
  const std::string folder(base::parent_path(path));
  return folder.empty() ? "its folder" : folder;
}

base::Error error_of(const SQLite::Exception& exception, int os_code, const std::string& path,
                     const char* action) {
  const int code = exception.getErrorCode() & 0xff;
  base::Error error{kind_of(code), os_code, {}};
  if (error.kind == base::ErrorKind::kCorrupt) {
    return damaged(path, exception.what());
  }
  std::string why = exception.what();
  if (os_code != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN)) {
    const base::Error system = platform::os_error(os_code, action, path);
    error.kind = system.kind;
    why += "; " + system.message;
  }
  error.message = std::string("Cannot ") + action + " the state database " + path + ": " + why;
  error.remedy =
      error.kind == base::ErrorKind::kBusy
          ? "Close the program that has the database open; it is tried again"
          : "Let the account of this program create, change and delete files in " +
                folder_of(path) +
                " (Windows: SYSTEM needs Full control), check that the disk is not full, or set "
                "another data_folder in the configuration";
  return error;
}

base::Error bug_of(const std::exception& exception, const std::string& path) {
  return {base::ErrorKind::kIo, 0,
          "Cannot use the state database " + path + ": " + exception.what(),
          "Restart the service; if it repeats, report it with the diary"};
}

// A file of ours that is not on a medium which can be written to, or whose writer has ended: nothing may be created
// beside it, so it is opened as if it could never change.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      uri += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      uri += {'%', "0123456789ABCDEF"[byte >> 4U], "0123456789ABCDEF"[byte & 0xfU]};
    }
  }
  return uri + "?immutable=1";
}

void bind_bytes(SQLite::Statement& statement, int place, const std::string& bytes) {
  statement.bindNoCopy(place, bytes.data(), static_cast<int>(bytes.size()));
}

std::int64_t microseconds_of(base::Time time) {
  return time.time_since_epoch().count();
}

// Thrown below for a value that is not what was written.
struct BadRow {
  base::Error error;
};

}  // namespace

struct Database::Impl {
  Impl(std::string path_in, const std::string& name, int flags)
      : path(std::move(path_in)), db(name, flags, kPatienceMs) {}

  // A statement is prepared once and used again.
  SQLite::Statement& statement(const char* sql) {
    auto& kept = statements[sql];
    if (!kept) {
      kept = std::make_unique<SQLite::Statement>(db, sql);
    }
    kept->tryReset();
    return *kept;
  }

  // Runs `work` and turns what it throws into an error.
  template <typename Work>
  auto guarded(const char* action, Work&& work) -> base::Result<decltype(work())> {
    try {
      if constexpr (std::is_void_v<decltype(work())>) {
        work();
        return {};
      } else {
        return work();
      }
    } catch (const BadRow& bad) {
      return bad.error.kind == base::ErrorKind::kUnsupported ? bad.error
                                                             : damaged(path, bad.error.message);
    } catch (const SQLite::Exception& exception) {
      const int os_code = sqlite3_system_errno(db.getHandle());
      return error_of(exception, os_code, path, action);
    } catch (const std::exception& exception) {
      return bug_of(exception, path);
    }
  }

  std::int64_t number_of(const char* pragma) { return db.execAndGet(pragma).getInt64(); }

  base::Result<void> prepare_to_write();
  base::Result<void> check(Access access);
  void load_rooms_into(Snapshot& snapshot);
  void write_room(const std::string& room, const RoomChanges& changes);
  void write_outbox(const OutboxChanges& outbox);
  void remember(const std::vector<incidents::Transition>& told);

  std::string path;
  SQLite::Database db;
  std::map<const char*, std::unique_ptr<SQLite::Statement>> statements;  // gone before db
  std::optional<std::int64_t> history_bytes;
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

// --- opening

base::Result<void> Database::Impl::check(Access access) {
  std::optional<base::Error> refusal;
  auto checked = guarded("check", [&] {
    const auto version = number_of("PRAGMA user_version");
    const auto tables = number_of("SELECT count(*) FROM sqlite_master");
    if (version > kVersion) {
      refusal = base::Error{base::ErrorKind::kUnsupported, 0,
                            "The state database " + path +
                                " was written by a newer version of this program (format " +
                                std::to_string(version) + ", this one knows " +
                                std::to_string(kVersion) + ")",
                            "Install the newer version again, or stop the service and move the "
                            "file away: what is open is then "
                            "found again from the logs"};
    } else if (version == 0 ? tables != 0
                            : version != kVersion || number_of("PRAGMA application_id") != kOurs) {
      refusal = damaged(path, "it holds something else");
    } else if (access == Access::kWrite &&
               number_of("PRAGMA page_count") * number_of("PRAGMA page_size") <= kCheckedBytes) {
      const std::string verdict = db.execAndGet("PRAGMA quick_check(1)").getString();
      if (verdict != "ok") {
        refusal = damaged(path, verdict);
      }
    }
  });
  if (!checked) {
    return checked;
  }
  if (refusal) {
    return *refusal;
  }
  return {};
}

base::Result<void> Database::Impl::prepare_to_write() {
  return guarded("write", [&] {
    const bool fresh = number_of("PRAGMA user_version") == 0;
    if (fresh) {
      db.exec("PRAGMA auto_vacuum=INCREMENTAL");
    }
    db.exec("PRAGMA journal_mode=WAL");
    // A transition goes out when its commit is on the disk, not before.
    db.exec("PRAGMA synchronous=FULL");
    db.exec("PRAGMA wal_autocheckpoint=500");
    db.exec("PRAGMA journal_size_limit=4194304");
    if (fresh) {
      SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
      db.exec(kTables);
      db.exec("PRAGMA application_id=" + std::to_string(kOurs));
      db.exec("PRAGMA user_version=" + std::to_string(kVersion));
      transaction.commit();
    }
  });
}

base::Result<Database> Database::open(const std::string& path, Access access) {
  const bool there = platform::file_exists(path);
  if (!there && access == Access::kRead) {
    return base::Error{base::ErrorKind::kNotFound, 0, "There is no state database " + path};
  }
  if (!there) {
    // By us, because its rights become those of what SQLite creates beside it.
    if (const auto created = platform::AppendFile::open(path); !created) {
      return created.error();
    }
  }
  const bool unchanging = access == Access::kRead && !platform::file_exists(path + "-wal");
  const int flags =
      access == Access::kWrite ? SQLite::OPEN_READWRITE : SQLite::OPEN_READONLY | SQLite::OPEN_URI;
  std::unique_ptr<Impl> impl;
  try {
    impl = std::make_unique<Impl>(path, unchanging ? immutable_uri(path) : path, flags);
  } catch (const SQLite::Exception& exception) {
    return error_of(exception, 0, path, "open");
  } catch (const std::exception& exception) {
    return bug_of(exception, path);
  }
  if (const auto sound = impl->check(access); !sound) {
    return sound.error();
  }
  if (access == Access::kWrite) {
    if (const auto ready = impl->prepare_to_write(); !ready) {
      return ready.error();
    }
  }
  return Database(std::move(impl));
}

base::Result<void> Database::copy_to(const std::string& path) {
  // By us, as in open(); SQLite fills a file that is empty.
  if (const auto created = platform::AppendFile::open(path); !created) {
    return created.error();
  }
  auto copied = impl_->guarded("copy", [&] {
    SQLite::Statement copy(impl_->db, "VACUUM INTO ?");
    copy.bindNoCopy(1, path);
    copy.exec();
  });
  if (!copied) {
    base::ignore(platform::remove_file(path), "half a copy is of no use");
  }
  return copied;
}

bool Database::is_gone() const {
  int moved = 0;
  const int answer =
      sqlite3_file_control(impl_->db.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return answer == SQLITE_OK && moved != 0;
}

// --- reading

namespace {

template <typename Value>
Value believed(base::Result<Value> value) {
  if (!value) {
    throw BadRow{value.error()};
  }
  return std::move(*value);
}

}  // namespace

void Database::Impl::load_rooms_into(Snapshot& snapshot) {
  SQLite::Statement& row = statement("SELECT room, key, state FROM rooms");
  while (row.executeStep()) {
    const std::string room = row.getColumn(0).getString();
    const std::string key = row.getColumn(1).getString();
    snapshot.rooms[room][key] = believed(load_room_row(room, key, row.getColumn(2).getString()));
  }
}

base::Result<Snapshot> Database::load_rooms() {
  return impl_->guarded("read", [&] {
    Snapshot snapshot;
    if (impl_->number_of("PRAGMA user_version") != 0) {
      impl_->load_rooms_into(snapshot);
    }
    return snapshot;
  });
}

base::Result<Snapshot> Database::load() {
  return impl_->guarded("read", [&] {
    Snapshot snapshot;
    if (impl_->number_of("PRAGMA user_version") == 0) {
      return snapshot;
    }
    // One point in time, also when somebody writes.
    SQLite::Transaction all(impl_->db);
    impl_->load_rooms_into(snapshot);
    SQLite::Statement& stream = impl_->statement("SELECT key, state FROM streams");
    while (stream.executeStep()) {
      std::string key = stream.getColumn(0).getString();
      auto state = believed(load_stream(key, stream.getColumn(1).getString()));
      snapshot.streams.emplace(std::move(key), std::move(state));
    }
    SQLite::Statement& row =
        impl_->statement("SELECT sink, id, state FROM outbox ORDER BY sink, id");
    while (row.executeStep()) {
      snapshot.outbox.push_back(believed(load_outbox_row(
          row.getColumn(0).getString(), static_cast<std::uint64_t>(row.getColumn(1).getInt64()),
          row.getColumn(2).getString())));
    }
    return snapshot;
  });
}

// --- writing

void Database::Impl::write_room(const std::string& room, const RoomChanges& changes) {
  if (changes.all) {
    SQLite::Statement& clear = statement("DELETE FROM rooms WHERE room = ?");
    clear.bindNoCopy(1, room);
    clear.exec();
  }
  for (const auto& [key, row] : changes.rows) {
    if (!row) {
      SQLite::Statement& remove = statement("DELETE FROM rooms WHERE room = ? AND key = ?");
      remove.bindNoCopy(1, room);
      remove.bindNoCopy(2, key);
      remove.exec();
      continue;
    }
    const std::string bytes = save_room_row(room, key, *row);
    SQLite::Statement& put =
        statement("INSERT OR REPLACE INTO rooms(room, key, state) VALUES(?, ?, ?)");
    put.bindNoCopy(1, room);
    put.bindNoCopy(2, key);
    bind_bytes(put, 3, bytes);
    put.exec();
  }
}

void Database::Impl::write_outbox(const OutboxChanges& outbox) {
  for (const auto& [sink, id] : outbox.removed) {
    SQLite::Statement& remove = statement("DELETE FROM outbox WHERE sink = ? AND id = ?");
    remove.bindNoCopy(1, sink);
    remove.bind(2, static_cast<std::int64_t>(id));
    remove.exec();
  }
  for (const OutboxRow& row : outbox.added) {
    const std::string bytes = save_outbox_row(row);
    SQLite::Statement& put =
        statement("INSERT OR REPLACE INTO outbox(sink, id, state) VALUES(?, ?, ?)");
    put.bindNoCopy(1, row.sink);
    put.bind(2, static_cast<std::int64_t>(row.id));
    bind_bytes(put, 3, bytes);
    put.exec();
  }
}

void Database::Impl::remember(const std::vector<incidents::Transition>& told) {
  for (const auto& transition : told) {
    const std::string bytes = incidents::save_transition(transition);
    // After a state was lost, a replay tells with the same id what history has already.
    SQLite::Statement& put =
        statement("INSERT OR IGNORE INTO history(delivery_id, at, transition) VALUES(?, ?, ?)");
    put.bindNoCopy(1, transition.delivery_id);
    put.bind(2, microseconds_of(transition.at));
    bind_bytes(put, 3, bytes);
    if (put.exec() > 0 && history_bytes) {
      *history_bytes += static_cast<std::int64_t>(bytes.size());
    }
  }
}

base::Result<void> Database::write(const Changes& changes) {
  auto written = impl_->guarded("write", [&] {
    SQLite::Transaction transaction(impl_->db, SQLite::TransactionBehavior::IMMEDIATE);
    if (changes.everything) {
      impl_->db.exec("DELETE FROM streams; DELETE FROM rooms; DELETE FROM outbox");
    }
    for (const auto& [key, state] : changes.streams) {
      const std::string bytes = save_stream(key, state);
      SQLite::Statement& put =
          impl_->statement("INSERT OR REPLACE INTO streams(key, state) VALUES(?, ?)");
      bind_bytes(put, 1, key);
      bind_bytes(put, 2, bytes);
      put.exec();
    }
    for (const auto& [room, rows] : changes.rooms) {
      impl_->write_room(room, rows);
    }
    impl_->write_outbox(changes.outbox);
    impl_->remember(changes.told);
    transaction.commit();
  });
  if (!written) {
    impl_->history_bytes.reset();
  }
  return written;
}

// --- history

base::Result<HistoryPage> Database::history(const HistoryQuery& query) {
  return impl_->guarded("read", [&] {
    HistoryPage page;
    page.last_id = query.after_id;
    if (impl_->number_of("PRAGMA user_version") == 0) {
      return page;
    }
    std::size_t seen = 0;
    SQLite::Statement& row = impl_->statement(
        "SELECT id, transition FROM history WHERE id > ? AND at >= ? ORDER BY id LIMIT ?");
    row.bind(1, query.after_id);
    row.bind(2, query.since ? microseconds_of(*query.since) : INT64_MIN);
    row.bind(3, static_cast<std::int64_t>(query.limit));
    while (row.executeStep()) {
      page.last_id = row.getColumn(0).getInt64();
      ++seen;
      // What cannot be read any more is left out: the rest is worth showing.
      if (auto transition = incidents::load_transition(row.getColumn(1).getString())) {
        page.rows.push_back({page.last_id, std::move(*transition)});
      }
    }
    page.more = seen == query.limit;
    return page;
  });
}

base::Result<std::int64_t> Database::newest_history() {
  return impl_->guarded("read", [&]() -> std::int64_t {
    if (impl_->number_of("PRAGMA user_version") == 0) {
      return 0;
    }
    return impl_->number_of("SELECT coalesce(max(id), 0) FROM history");
  });
}

base::Result<bool> Database::tidy(const HistoryLimits& limits, base::Time now) {
  return impl_->guarded("tidy up", [&] {
    SQLite::Database& db = impl_->db;
    if (!impl_->history_bytes) {
      impl_->history_bytes =
          impl_->number_of("SELECT coalesce(sum(length(transition)), 0) FROM history");
    }
    std::int64_t& bytes = *impl_->history_bytes;
    const std::int64_t oldest = microseconds_of(now - limits.age);
    const auto most = static_cast<std::int64_t>(limits.bytes);
    int forgotten = 0;
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
    {
      SQLite::Statement& row =
          impl_->statement("SELECT id, at, length(transition) FROM history ORDER BY id LIMIT ?");
      row.bind(1, kForgottenAtOnce);
      std::int64_t last = 0;
      std::int64_t left = bytes;
      while (row.executeStep() && (row.getColumn(1).getInt64() < oldest || left > most)) {
        last = row.getColumn(0).getInt64();
        left -= row.getColumn(2).getInt64();
        ++forgotten;
      }
      row.tryReset();
      SQLite::Statement& remove = impl_->statement("DELETE FROM history WHERE id <= ?");
      remove.bind(1, last);
      remove.exec();
      bytes = left;
    }
    transaction.commit();
    db.exec("PRAGMA incremental_vacuum(1000)");
    return forgotten == kForgottenAtOnce;
  });
}

}  // namespace cmgmon::store
