#include "engine/patient_store.h"

#include <mutex>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace cmgmon::engine {

using Outcome = base::Result<std::string>;

struct PatientStore::Desk {
  std::unique_ptr<store::Store> store;  // outlives the thread that uses it
  boost::asio::thread_pool thread{1};

  std::mutex mutex;
  bool given_up = false;                // guarded: nobody waits for what the opening brings
  std::optional<store::Opened> opened;  // guarded

  // Never destroyed: the thread may come back to it at any time.
  static std::vector<std::unique_ptr<Desk>>& left_behind() {
    static auto* const kDesks = new std::vector<std::unique_ptr<Desk>>();
    return *kDesks;
  }
};

namespace {

base::Error no_answer(const std::string& remedy) {
  return {base::ErrorKind::kBusy, 0, "The disk of the state database does not answer", remedy};
}

std::mutex left_mutex;
int left = 0;

}  // namespace

PatientStore::PatientStore(std::chrono::milliseconds patience)
    : desk_(std::make_unique<Desk>()), patience_(patience) {}

PatientStore::PatientStore(std::unique_ptr<store::Store> store, std::chrono::milliseconds patience)
    : PatientStore(patience) {
  desk_->store = std::move(store);
}

store::Opened PatientStore::open(Open open, MakeUnread unread,
                                 std::chrono::milliseconds opening_patience,
                                 std::chrono::milliseconds patience) {
  std::unique_ptr<PatientStore> store(new PatientStore(patience));
  Desk& desk = *store->desk_;
  auto task = std::make_shared<std::packaged_task<Outcome()>>(
      [&desk, open = std::move(open), unread = std::move(unread)]() -> Outcome {
        std::optional<store::Opened> opened = open();
        std::unique_lock lock(desk.mutex);
        if (desk.given_up) {
          lock.unlock();
          opened.reset();
          desk.store = unread();
        } else {
          desk.store = std::move(opened->store);
          desk.opened = std::move(opened);
        }
        return std::string();
      });
  store->running_ = task->get_future().share();
  boost::asio::post(desk.thread, [task] { (*task)(); });
  store->running_.wait_for(opening_patience);

  store::Opened opened;
  {
    const std::lock_guard lock(desk.mutex);
    desk.given_up = !desk.opened;
    if (desk.opened) {
      opened = std::move(*desk.opened);
    } else {
      opened.unsaved = true;
      opened.unread = no_answer(
          "Check the disk. Logs are read from their beginning, and what is open may be reported "
          "again; what was undelivered is sent when the disk answers");
    }
  }
  opened.store = std::move(store);
  return opened;
}

PatientStore::~PatientStore() {
  if (idle()) {
    desk_->thread.join();
    return;
  }
  const std::lock_guard lock(left_mutex);
  Desk::left_behind().push_back(std::move(desk_));
  ++left;
}

bool PatientStore::idle() const {
  return !running_.valid() ||
         running_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

Outcome PatientStore::within_patience(std::function<Outcome(store::Store&)> job) {
  if (idle() && desk_->store) {  // there is none when opening it ran out of memory
    auto task = std::make_shared<std::packaged_task<Outcome()>>(
        [store = desk_->store.get(), job = std::move(job),
         limits = std::exchange(limits_, std::nullopt)] {
          if (limits) {
            store->keep_history(*limits);
          }
          return job(*store);
        });
    running_ = task->get_future().share();
    boost::asio::post(desk_->thread, [task] { (*task)(); });
    if (running_.wait_for(patience_) == std::future_status::ready) {
      return running_.get();
    }
  }
  return no_answer("Check the disk; everything is written when it answers again");
}

base::Result<void> PatientStore::commit(const store::Changes& changes) {
  const auto outcome = within_patience([changes](store::Store& store) -> Outcome {
    if (const auto saved = store.commit(changes); !saved) {
      return saved.error();
    }
    return std::string();
  });
  if (!outcome) {
    return outcome.error();
  }
  return {};
}

void PatientStore::keep_history(const store::HistoryLimits& limits) {
  limits_ = limits;
}

Outcome PatientStore::keep_copy() {
  return within_patience([](store::Store& store) { return store.keep_copy(); });
}

std::vector<store::OutboxRow> PatientStore::take_found() {
  return idle() && desk_->store ? desk_->store->take_found() : std::vector<store::OutboxRow>();
}

int PatientStore::left_behind() {
  const std::lock_guard lock(left_mutex);
  return left;
}

}  // namespace cmgmon::engine
