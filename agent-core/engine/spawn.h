#pragma once
// Starts a loop of the agent on the pipeline thread.
//
// Errors:  an exception in a loop is a bug of ours: it ends the process, recovery restarts it, and the state on disk is
//          whole.

#include <exception>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

namespace cmgmon::engine {

inline void spawn(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> loop) {
  boost::asio::co_spawn(executor, std::move(loop), [](const std::exception_ptr& error) {
    if (error) {
      std::rethrow_exception(error);
    }
  });
}

}  // namespace cmgmon::engine
