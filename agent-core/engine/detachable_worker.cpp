#include "engine/detachable_worker.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

namespace cmgmon::engine {

namespace {

constexpr std::chrono::seconds kGoodbye{1};
std::atomic<int> abandoned{0};

}  // namespace

struct DetachableWorker::Desk {
  std::shared_ptr<void> tool;  // the thread's
  boost::asio::any_io_executor executor;
  std::function<void()> back;  // the owner's; empty when the owner has gone

  std::mutex mutex;
  std::condition_variable changed;
  Job job;            // guarded, as all below
  bool busy = false;  // a job waits or runs
  bool closing = false;
  bool ended = false;
  bool left_behind = false;
  std::thread thread;  // the owner's

  static void run(const std::shared_ptr<Desk>& desk) {
    std::unique_lock lock(desk->mutex);
    for (;;) {
      desk->changed.wait(lock, [&] { return desk->busy || desk->closing; });
      if (desk->closing) {
        break;
      }
      Job job = std::exchange(desk->job, nullptr);
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
      desk->busy = false;
      if (!desk->closing) {  // the executor may be gone otherwise
        boost::asio::post(desk->executor, [desk] {
          if (desk->back) {
            desk->back();
          }
        });
      }
    }
    lock.unlock();
    desk->tool.reset();  // what it does at its end may take a while, too
    lock.lock();
    desk->ended = true;
    desk->changed.notify_all();
    if (desk->left_behind) {
      --abandoned;
    }
  }
};

DetachableWorker::DetachableWorker(boost::asio::any_io_executor executor,
                                   std::shared_ptr<void> tool, std::function<void()> back)
    : desk_(std::make_shared<Desk>()) {
  desk_->tool = std::move(tool);
  desk_->executor = std::move(executor);
  desk_->back = std::move(back);
  desk_->thread = std::thread([desk = desk_] { Desk::run(desk); });
}

DetachableWorker::~DetachableWorker() {
  desk_->back = nullptr;
  std::unique_lock lock(desk_->mutex);
  desk_->closing = true;
  desk_->changed.notify_all();
  if (!desk_->busy) {
    desk_->changed.wait_for(lock, kGoodbye, [this] { return desk_->ended; });
  }
  if (!desk_->ended) {
    ++abandoned;
    desk_->left_behind = true;
    desk_->thread.detach();
    return;
  }
  lock.unlock();
  desk_->thread.join();
}

void DetachableWorker::start(Job job) {
  const std::lock_guard lock(desk_->mutex);
  desk_->job = std::move(job);
  desk_->busy = true;
  desk_->changed.notify_all();
}

bool DetachableWorker::idle() const {
  const std::lock_guard lock(desk_->mutex);
  return !desk_->busy;
}

int DetachableWorker::left_behind() {
  return abandoned;
}

}  // namespace cmgmon::engine
