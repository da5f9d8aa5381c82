#include "engine/patient_store.h"

#include <mutex>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace cmgmon::engine {

using Outcome = base::Result<std::string>;

struct PatientStore::Desk {
  explicit Desk(std::unique_ptr<store::Store> store_in) : store(std::move(store_in)) {}
  std::unique_ptr<store::Store> store;  // outlives the thread that uses it
  boost::asio::thread_pool thread{1};
};

namespace {

std::mutex left_mutex;
int left = 0;

}  // namespace

PatientStore::PatientStore(std::unique_ptr<store::Store> store, std::chrono::milliseconds patience)
    : desk_(std::make_unique<Desk>(std::move(store))), patience_(patience) {}

PatientStore::~PatientStore() {
  if (idle()) {
    desk_->thread.join();
    return;
  }
  // Never destroyed: the thread may come back to it at any time.
  static auto* const kept = new std::vector<std::unique_ptr<Desk>>();
  const std::lock_guard lock(left_mutex);
  kept->push_back(std::move(desk_));
  ++left;
}

bool PatientStore::idle() const {
  return !running_.valid() ||
         running_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

Outcome PatientStore::within_patience(std::function<Outcome(store::Store&)> job) {
  if (idle()) {
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
  return base::Error{base::ErrorKind::kBusy, 0, "The disk of the state database does not answer",
                     "Check the disk; everything is written when it answers again"};
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
  return idle() ? desk_->store->take_found() : std::vector<store::OutboxRow>();
}

int PatientStore::left_behind() {
  const std::lock_guard lock(left_mutex);
  return left;
}

}  // namespace cmgmon::engine
