#include "engine/sink_worker.h"

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

struct SinkWorker::Desk {
  std::unique_ptr<sinks::Sink> sink;  // the thread's
  boost::asio::any_io_executor executor;
  std::function<void()> back;  // the owner's; empty when the owner has gone

  std::mutex mutex;
  std::condition_variable changed;
  Job job;            // guarded, as all below
  bool busy = false;  // a job waits or runs
  bool closing = false;
  bool ended = false;
  std::thread thread;  // the owner's

  static void run(const std::shared_ptr<Desk>& desk) {
    std::unique_lock lock(desk->mutex);
    for (;;) {
      desk->changed.wait(lock, [&] { return desk->busy || desk->closing; });
      if (desk->closing) {
        break;
      }
      const Job job = std::exchange(desk->job, nullptr);
      lock.unlock();
      job(*desk->sink);
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
    desk->sink.reset();  // what it does at its end may take a while, too
    lock.lock();
    desk->ended = true;
    desk->changed.notify_all();
  }
};

SinkWorker::SinkWorker(boost::asio::any_io_executor executor, std::unique_ptr<sinks::Sink> sink,
                       std::function<void()> back)
    : desk_(std::make_shared<Desk>()) {
  desk_->sink = std::move(sink);
  desk_->executor = std::move(executor);
  desk_->back = std::move(back);
  desk_->thread = std::thread([desk = desk_] { Desk::run(desk); });
}

SinkWorker::~SinkWorker() {
  desk_->back = nullptr;
  std::unique_lock lock(desk_->mutex);
  desk_->closing = true;
  desk_->changed.notify_all();
  if (!desk_->busy) {
    desk_->changed.wait_for(lock, kGoodbye, [this] { return desk_->ended; });
  }
  const bool ended = desk_->ended;
  lock.unlock();
  if (ended) {
    desk_->thread.join();
  } else {
    ++abandoned;
    desk_->thread.detach();
  }
}

void SinkWorker::start(Job job) {
  const std::lock_guard lock(desk_->mutex);
  desk_->job = std::move(job);
  desk_->busy = true;
  desk_->changed.notify_all();
}

bool SinkWorker::idle() const {
  const std::lock_guard lock(desk_->mutex);
  return !desk_->busy;
}

int SinkWorker::left_behind() {
  return abandoned;
}

}  // namespace cmgmon::engine
