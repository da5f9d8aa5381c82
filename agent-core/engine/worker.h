#pragma once
// Runs blocking work on a thread of its own and comes back to the coroutine that asked for it.
//
//   auto work = [this] { return follower_.poll(...); };
//   auto outcome = co_await run_on(reader_, std::move(work));
//
// Name the work before the co_await, as above: g++ 12 destroys a temporary with captures in a co_await expression twice.
//
// Errors:  work that throws ends the process: it is a bug of ours (rooms answer with values).
// Threads: `work` runs on the pool; the caller resumes on its own executor.

#include <type_traits>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cmgmon::engine {

template <typename Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> run_on(boost::asio::thread_pool& pool,
                                                           Work work) {
  namespace asio = boost::asio;
  using Outcome = std::invoke_result_t<Work&>;
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Outcome)>(
      [](auto handler, asio::thread_pool* on, Work job) {
        // The guard keeps the caller's executor running while only the pool is busy.
        auto guard = asio::make_work_guard(asio::get_associated_executor(handler));
        asio::post(*on, [handler = std::move(handler), guard = std::move(guard),
                         job = std::move(job)]() mutable {
          asio::post(guard.get_executor(),
                     [handler = std::move(handler), outcome = job()]() mutable {
                       std::move(handler)(std::move(outcome));
                     });
        });
      },
      asio::use_awaitable, &pool, std::move(work));
}

}  // namespace cmgmon::engine
