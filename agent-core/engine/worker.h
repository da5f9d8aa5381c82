#pragma once
// Runs blocking work on a thread of its own and comes back to the coroutine that asked for it.
//
// Threads: `work` runs on the pool; the caller resumes on its own executor.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <type_traits>
#include <utility>

namespace cmgmon::engine {

template <typename Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> run_on(boost::asio::thread_pool& pool, Work work) {
  using Outcome = std::invoke_result_t<Work&>;
  auto body = [](Work job) -> boost::asio::awaitable<Outcome> { co_return job(); };
  co_return co_await boost::asio::co_spawn(pool.get_executor(), body(std::move(work)), boost::asio::use_awaitable);
}

}  // namespace cmgmon::engine
