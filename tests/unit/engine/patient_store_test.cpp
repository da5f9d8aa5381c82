#include "engine/patient_store.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace cmgmon::engine {
namespace {

// What the store inside was told, and how it is let go; outlives everybody.
struct Disk {
  std::mutex mutex;
  std::condition_variable changed;
  bool hangs = false;
  bool gone = false;
  std::vector<store::Changes> commits;
  std::vector<std::chrono::days> kept;  // by keep_history()

  void set_hangs(bool now) {
    const std::lock_guard lock(mutex);
    hangs = now;
    changed.notify_all();
  }
  bool wait_until(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(30), condition);
  }
};

class DiskStore final : public store::Store {
 public:
  explicit DiskStore(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}
  ~DiskStore() override {
    const std::lock_guard lock(disk_->mutex);
    disk_->gone = true;
    disk_->changed.notify_all();
  }
  base::Result<void> commit(const store::Changes& changes) override {
    std::unique_lock lock(disk_->mutex);
    disk_->changed.wait(lock, [this] { return !disk_->hangs; });
    disk_->commits.push_back(changes);
    disk_->changed.notify_all();
    if (changes.streams.contains("refused")) {
      return base::Error{base::ErrorKind::kFull, 0, "the disk is full"};
    }
    return {};
  }
  void keep_history(const store::HistoryLimits& limits) override {
    disk_->kept.push_back(limits.age);
  }
  base::Result<std::string> keep_copy() override { return std::string("copy"); }
  std::vector<store::OutboxRow> take_found() override { return {{"found", {}, 1}}; }

 private:
  std::shared_ptr<Disk> disk_;
};

class PatientStoreTest : public ::testing::Test {
 protected:
  PatientStore make(std::chrono::milliseconds patience) {
    return {std::make_unique<DiskStore>(disk_), patience};
  }
  static store::Changes changes(const std::string& stream) {
    store::Changes made;
    made.streams[stream];
    return made;
  }

  std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
};

constexpr std::chrono::milliseconds kLong = std::chrono::minutes(10);
constexpr std::chrono::milliseconds kShort{20};

TEST_F(PatientStoreTest, PassesEverythingOn) {
  {
    auto store = make(kLong);
    store.keep_history({std::chrono::days(7), 1});
    EXPECT_TRUE(store.commit(changes("a")).has_value());
    const auto refused = store.commit(changes("refused"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().message, "the disk is full");
    EXPECT_EQ(*store.keep_copy(), "copy");
    EXPECT_EQ(store.take_found().size(), 1U);
    EXPECT_EQ(disk_->commits.size(), 2U);
    EXPECT_TRUE(disk_->commits.front().streams.contains("a"));
    EXPECT_EQ(disk_->kept, std::vector<std::chrono::days>{std::chrono::days(7)});
  }
  EXPECT_TRUE(disk_->gone);
}

TEST_F(PatientStoreTest, RefusesAtOnceWhileTheDiskHangsAndGoesOnAfterwards) {
  auto store = make(kShort);
  disk_->set_hangs(true);
  for (int again = 0; again < 3; ++again) {
    const auto hung = store.commit(changes("a"));
    ASSERT_FALSE(hung.has_value());
    EXPECT_EQ(hung.error().kind, base::ErrorKind::kBusy);
    EXPECT_FALSE(hung.error().remedy.empty());
    EXPECT_TRUE(store.take_found().empty());
    EXPECT_FALSE(store.keep_copy().has_value());
  }
  disk_->set_hangs(false);
  ASSERT_TRUE(disk_->wait_until([this] { return disk_->commits.size() == 1; }))
      << "only the first one was given to the disk";
  while (!store.commit(changes("b")).has_value()) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(disk_->commits.back().streams.contains("b"));
}

TEST_F(PatientStoreTest, IsLeftBehindWhenItHangsAtTheEnd) {
  const int before = PatientStore::left_behind();
  disk_->set_hangs(true);
  {
    auto store = make(kShort);
    EXPECT_FALSE(store.commit(changes("a")).has_value());
  }
  EXPECT_EQ(PatientStore::left_behind(), before + 1);
  EXPECT_FALSE(disk_->gone);
  disk_->set_hangs(false);  // it comes back to nobody
  EXPECT_TRUE(disk_->wait_until([this] { return disk_->commits.size() == 1; }));
}

// --- opening

// What was saved is on the disk; nobody has read of it what the other store writes.
class PatientStoreOpenTest : public PatientStoreTest {
 protected:
  store::Opened open(std::chrono::milliseconds patience) {
    return PatientStore::open(
        [disk = disk_] {
          std::unique_lock lock(disk->mutex);
          disk->changed.wait(lock, [&] { return !disk->hangs; });
          lock.unlock();
          store::Opened opened{std::make_unique<DiskStore>(disk), {}};
          opened.snapshot.rooms["room"][""] = "saved";
          return opened;
        },
        [unread = unread_] { return std::make_unique<DiskStore>(unread); }, patience, kShort);
  }

  std::shared_ptr<Disk> unread_ = std::make_shared<Disk>();
};

TEST_F(PatientStoreOpenTest, BringsWhatWasSaved) {
  {
    auto opened = open(kLong);
    EXPECT_EQ(opened.snapshot.row_of("room"), "saved");
    EXPECT_FALSE(opened.unread);
    EXPECT_FALSE(opened.unsaved);
    while (!opened.store->commit(changes("a")).has_value()) {
      std::this_thread::yield();
    }
    EXPECT_TRUE(disk_->commits.front().streams.contains("a"));
  }
  EXPECT_TRUE(disk_->gone);
  EXPECT_TRUE(unread_->commits.empty());
}

TEST_F(PatientStoreOpenTest, BeginsWithoutADiskThatHangsAndGoesOnAfterwards) {
  disk_->set_hangs(true);
  auto opened = open(kShort);
  ASSERT_TRUE(opened.unread);
  EXPECT_EQ(opened.unread->kind, base::ErrorKind::kBusy);
  EXPECT_FALSE(opened.unread->remedy.empty());
  EXPECT_TRUE(opened.unsaved);
  EXPECT_TRUE(opened.snapshot.rooms.empty());
  EXPECT_FALSE(opened.store->commit(changes("a")).has_value());
  EXPECT_TRUE(opened.store->take_found().empty());
  disk_->set_hangs(false);
  while (!opened.store->commit(changes("b")).has_value()) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(disk_->gone) << "two that write would be in each other's way";
  EXPECT_TRUE(disk_->commits.empty());
  EXPECT_TRUE(unread_->commits.front().streams.contains("b"));
  EXPECT_EQ(opened.store->take_found().size(), 1U);
}

TEST_F(PatientStoreOpenTest, IsLeftBehindWhenItStillHangsAtTheEnd) {
  const int before = PatientStore::left_behind();
  disk_->set_hangs(true);
  EXPECT_TRUE(open(kShort).unread);
  EXPECT_EQ(PatientStore::left_behind(), before + 1);
  disk_->set_hangs(false);
  EXPECT_TRUE(disk_->wait_until([this] { return disk_->gone; }));
}

}  // namespace
}  // namespace cmgmon::engine
