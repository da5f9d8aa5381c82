// The store: what to do when the database cannot be used.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/path.h"
#include "base/time.h"
#include "platform/files.h"
#include "store/database.h"
#include "store/state_document.h"
#include "store/store.h"

namespace cmgmon::store {
namespace {

using std::chrono::steady_clock;

constexpr const char* kDatabase = "state.db";
constexpr const char* kDocument = "state.json";             // of earlier versions
constexpr std::uint64_t kParked = std::uint64_t{1} << 40U;  // no sink is given so many rows
constexpr std::chrono::seconds kPatienceToRead{3};
constexpr std::chrono::milliseconds kTryAgainAfter{250};
constexpr std::chrono::minutes kTidyAgain{1};
constexpr std::chrono::hours kTidyEvery{1};

// "20261122-130440", from RFC 3339 text, so that no time zone comes in.
std::string stamp(base::Time time) {
  std::string text;
  for (const char c : base::to_rfc3339(time).substr(0, 19)) {
    if (c == 'T') {
      text += '-';
    } else if (c != '-' && c != ':') {
      text += c;
    }
  }
  return text;
}

// A name beside the file that nobody has yet.
std::string free_name(const std::string& path, const std::string& why) {
  const std::string aside = path + "." + why + "-" + stamp(base::SystemClock().now());
  std::string target = aside;
  for (int attempt = 2; platform::file_exists(target); ++attempt) {
    target = aside + "-" + std::to_string(attempt);
  }
  return target;
}

// Puts a file aside with what SQLite keeps beside it, so that it can be looked at and never stands in the way again.
// Returns where it is now.
base::Result<std::string> put_aside(const std::string& path, const std::string& why) {
  const std::string target = free_name(path, why);
  if (const auto renamed = platform::rename_file(path, target); !renamed) {
    return renamed.error();
  }
  for (const char* companion : {"-wal", "-shm"}) {
    if (platform::file_exists(path + companion)) {
      base::ignore(platform::rename_file(path + companion, target + companion),
                   "SQLite throws away what does not belong to the new file");
    }
  }
  return target;
}

bool is_damage(const base::Error& error) {
  return error.kind == base::ErrorKind::kCorrupt;
}

base::Error with_whereabouts(base::Error damage, const std::string& aside) {
  damage.message += "; it has been put aside as " + aside +
                    ", a new one was begun, and logs are "
                    "read from their beginning";
  damage.remedy =
      "What is open is found again and may be reported again; what ended meanwhile is not "
      "reported as cleared. Keep the file for support or delete it, and check the disk if this "
      "repeats";
  return damage;
}

class DatabaseStore final : public Store {
 public:
  DatabaseStore(std::string path, std::optional<Database> database, const HistoryLimits& limits)
      : path_(std::move(path)), database_(std::move(database)), limits_(limits) {}

  // The file was there at the start but nothing of it could be read: what waits in it is not to be written over.
  void keep_unread() { unread_ = true; }
  void want_everything() { wants_everything_ = true; }
  // To be renamed when its content is in the database.
  void imported(std::string document) { document_ = std::move(document); }

  base::Result<void> commit(const Changes& changes) override {
    if (auto ready = open_again(changes); !ready) {
      return ready;
    }
    if (wants_everything_ && !changes.everything) {
      return base::Error{base::ErrorKind::kBusy, 0,
                         "The state database " + path_ + " lacks what could not be saved before",
                         "It is written as a whole at once"};
    }
    auto written =
        unread_ || !parked_.empty() ? write_beside_found(changes) : database_->write(changes);
    if (!written) {
      wants_everything_ = true;
      return failed(written.error());
    }
    wants_everything_ = false;
    if (!document_.empty()) {
      base::ignore(platform::rename_file(document_, document_ + ".imported"),
                   "it is not read again as long as there is a database");
      document_.clear();
    }
    tidy();
    return {};
  }

  void keep_history(const HistoryLimits& limits) override { limits_ = limits; }

  base::Result<std::string> keep_copy() override {
    if (!database_) {
      return base::Error{base::ErrorKind::kIo, 0, "The state database " + path_ + " is not open"};
    }
    const std::string copy = free_name(path_, "unread");
    if (const auto copied = database_->copy_to(copy); !copied) {
      return copied.error();
    }
    return copy;
  }

  std::vector<OutboxRow> take_found() override { return std::exchange(found_, {}); }

 private:
  base::Result<void> open_again(const Changes& changes) {
    if (database_ && database_->is_gone()) {
      database_.reset();
      if (!changes.everything) {
        return base::Error{
            base::ErrorKind::kNotFound, 0,
            "The state database " + path_ + " was deleted or moved while it was in use",
            "Leave the files in the state folder to the service; a new one is begun"};
      }
    }
    if (database_) {
      return {};
    }
    if (const auto made = platform::create_folders(std::string(base::parent_path(path_))); !made) {
      return made.error();
    }
    auto opened = Database::open(path_, Database::Access::kWrite);
    if (!opened) {
      return failed(opened.error());
    }
    database_.emplace(std::move(*opened));
    wants_everything_ = true;
    return {};
  }

  // What waited in the database when we began without it stays there, under ids of its own, until it stands in the outbox
  // again like everything else: that is so with the commit after the one that found it.
  base::Result<void> write_beside_found(Changes changes) {
    std::vector<OutboxRow> waited;
    if (unread_) {
      auto old = database_->load();
      if (!old) {
        return old.error();
      }
      waited = std::move(old->outbox);
      for (OutboxRow row : waited) {
        row.id += kParked;
        changes.outbox.added.push_back(std::move(row));
      }
    } else {
      changes.outbox.removed.insert(changes.outbox.removed.end(), parked_.begin(), parked_.end());
    }
    auto written = database_->write(changes);
    if (written && unread_) {
      for (const OutboxRow& row : waited) {
        parked_.push_back({row.sink, row.id + kParked});
      }
      found_ = std::move(waited);
      unread_ = false;
    } else if (written) {
      parked_.clear();
    }
    return written;
  }

  base::Result<void> failed(base::Error error) {
    // What is short of room or locked stays as it is; everything else is opened anew.
    if (error.kind == base::ErrorKind::kBusy || error.kind == base::ErrorKind::kFull) {
      return error;
    }
    database_.reset();
    if (is_damage(error)) {
      if (const auto aside = put_aside(path_, "damaged")) {
        error.message += "; it has been put aside as " + *aside;
        error.remedy =
            "Nothing is lost: a new one is written from memory. Check the disk, and keep "
            "the file for support or delete it";
      } else {
        error.message += "; it cannot be put aside: " + aside.error().message;
        error.remedy = aside.error().remedy;
      }
    }
    return error;
  }

  void tidy() {
    const auto now = steady_clock::now();
    if (now < tidy_at_) {
      return;
    }
    const auto more = database_->tidy(limits_, base::SystemClock().now());
    tidy_at_ = now + (more && *more ? kTidyAgain : std::chrono::minutes(kTidyEvery));
  }

  std::string path_;
  std::optional<Database> database_;
  HistoryLimits limits_;
  bool unread_ = false;
  bool wants_everything_ = false;  // the last commit failed, or there was none
  std::vector<OutboxRow> found_;
  std::vector<OutboxChanges::Key> parked_;
  std::string document_;
  steady_clock::time_point tidy_at_ = steady_clock::now() + kTidyAgain;
};

// What the database holds, and an error when it cannot be written to.
struct Attempt {
  std::optional<Database> database;
  std::optional<Snapshot> snapshot;
  std::optional<base::Error> error;
};

Attempt attempt(const std::string& path) {
  Attempt made;
  auto database = Database::open(path, Database::Access::kWrite);
  if (database) {
    auto snapshot = database->load();
    if (snapshot) {
      made.snapshot = std::move(*snapshot);
      made.database = std::move(*database);
    } else {
      made.error = snapshot.error();
    }
    return made;
  }
  made.error = database.error();
  if (!is_damage(*made.error) && made.error->kind != base::ErrorKind::kUnsupported) {
    auto readable = Database::open(path, Database::Access::kRead);
    auto snapshot = readable ? readable->load() : base::Result<Snapshot>(readable.error());
    if (snapshot) {
      made.snapshot = std::move(*snapshot);
    }
  }
  return made;
}

// The document of earlier versions, when there is one that can be read.
std::optional<Snapshot> old_state(const std::string& path,
                                  std::optional<base::Error>& quarantined) {
  auto snapshot = read_state_document(path);
  if (snapshot) {
    return std::move(*snapshot);
  }
  const auto kind = snapshot.error().kind;
  if (is_damage(snapshot.error()) || kind == base::ErrorKind::kUnsupported ||
      kind == base::ErrorKind::kInvalid) {
    const auto aside = put_aside(path, "damaged");
    quarantined = with_whereabouts(snapshot.error(), aside ? *aside : path);
  }
  return std::nullopt;
}

}  // namespace

std::string Snapshot::row_of(const std::string& room) const {
  const auto rows = rooms.find(room);
  return rows == rooms.end() || rows->second.empty() ? "" : rows->second.begin()->second;
}

Opened open_state(const std::string& folder, const HistoryLimits& limits) {
  const std::string path = base::join_path(folder, kDatabase);
  const std::string document = base::join_path(folder, kDocument);
  Opened opened;
  base::ignore(platform::create_folders(folder), "the first commit says what is wrong with it");
  Attempt made = attempt(path);
  if (made.error && is_damage(*made.error)) {
    made.database.reset();
    if (const auto aside = put_aside(path, "damaged")) {
      opened.quarantined = with_whereabouts(*made.error, *aside);
      made = attempt(path);
    }
  }
  // A backup or a scanner may hold it: without it, what was undelivered would come late.
  const auto begun = steady_clock::now();
  while (!made.snapshot && platform::file_exists(path) &&
         made.error->kind != base::ErrorKind::kUnsupported && !is_damage(*made.error) &&
         steady_clock::now() - begun < kPatienceToRead) {
    std::this_thread::sleep_for(kTryAgainAfter);
    made = attempt(path);
  }
  const bool known = made.snapshot.has_value();
  const bool empty = known && made.snapshot->streams.empty() && made.snapshot->rooms.empty();
  auto store = std::make_unique<DatabaseStore>(path, std::move(made.database), limits);
  if (known) {
    opened.snapshot = std::move(*made.snapshot);
  } else if (platform::file_exists(path)) {
    store->keep_unread();
    opened.unread = made.error;
  }
  opened.unsaved = made.error.has_value();
  if (platform::file_exists(document) && !opened.quarantined) {
    if (empty) {
      if (auto old = old_state(document, opened.quarantined)) {
        opened.snapshot = std::move(*old);
        opened.unsaved = true;
        store->imported(document);
      }
    } else if (known) {
      store->imported(document);  // we died before it was renamed
    }
  }
  if (opened.unsaved) {
    store->want_everything();
  }
  opened.store = std::move(store);
  return opened;
}

std::unique_ptr<Store> unread_state(const std::string& folder, const HistoryLimits& limits) {
  auto store =
      std::make_unique<DatabaseStore>(base::join_path(folder, kDatabase), std::nullopt, limits);
  store->keep_unread();
  store->want_everything();
  return store;
}

// --- for those who only look

namespace {

template <typename Value, typename Ask>
base::Result<Value> ask_database(const std::string& folder, const Ask& ask) {
  const std::string path = base::join_path(folder, kDatabase);
  // The agent may begin or end just now, and with it what stands beside the database.
  for (int more = 2;; --more) {
    auto database = Database::open(path, Database::Access::kRead);
    auto answer = database ? ask(*database) : base::Result<Value>(database.error());
    if (answer || more == 0 || answer.error().kind == base::ErrorKind::kUnsupported ||
        answer.error().kind == base::ErrorKind::kNotFound) {
      return answer;
    }
  }
}

}  // namespace

base::Result<Snapshot> read_rooms(const std::string& folder) {
  auto snapshot =
      ask_database<Snapshot>(folder, [](Database& database) { return database.load_rooms(); });
  if (!snapshot && snapshot.error().kind == base::ErrorKind::kNotFound) {
    return read_state_document(base::join_path(folder, kDocument));
  }
  return snapshot;
}

base::Result<HistoryPage> read_history(const std::string& folder, const HistoryQuery& query) {
  auto page = ask_database<HistoryPage>(
      folder, [&](Database& database) { return database.history(query); });
  if (!page && page.error().kind == base::ErrorKind::kNotFound) {
    return HistoryPage{{}, query.after_id, false};
  }
  return page;
}

base::Result<std::int64_t> newest_history(const std::string& folder) {
  auto id = ask_database<std::int64_t>(
      folder, [](Database& database) { return database.newest_history(); });
  if (!id && id.error().kind == base::ErrorKind::kNotFound) {
    return std::int64_t{0};
  }
  return id;
}

}  // namespace cmgmon::store
