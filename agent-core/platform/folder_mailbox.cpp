#include "platform/folder_mailbox.h"

#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>

namespace cmgmon::platform {
namespace {

// A folder where more than this changes between two looks is looked at as a whole.
constexpr std::size_t kMaxNames = 256;

}  // namespace

FolderMailbox::FolderMailbox(const boost::asio::any_io_executor& executor) : ready_(executor) {}

void FolderMailbox::add(std::string name) {
  if (!everything_) {
    names_.insert(std::move(name));
    everything_ = names_.size() > kMaxNames;
  }
  if (everything_) {
    names_.clear();
  }
  ready_.cancel();
}

void FolderMailbox::add_everything() {
  everything_ = true;
  names_.clear();
  ready_.cancel();
}

void FolderMailbox::fail(boost::system::error_code error) {
  error_ = error;
  ready_.cancel();
}

void FolderMailbox::cancel() {
  cancelled_ = true;
  ready_.cancel();
}

void FolderMailbox::wait(
    boost::asio::any_completion_handler<void(boost::system::error_code, FolderChange)> handler) {
  cancelled_ = false;
  const bool at_once = !empty() || error_;
  using TimePoint = boost::asio::steady_timer::time_point;
  ready_.expires_at(at_once ? TimePoint::min() : TimePoint::max());
  auto executor = boost::asio::get_associated_executor(handler, ready_.get_executor());
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  ready_.async_wait(boost::asio::bind_cancellation_slot(
      slot, boost::asio::bind_executor(
                executor, [self = shared_from_this(), handler = std::move(handler)](
                              boost::system::error_code /*why the timer ended*/) mutable {
                  if (!self->cancelled_ && !self->empty()) {
                    std::move(handler)(boost::system::error_code(), self->take());
                  } else if (!self->cancelled_ && self->error_) {
                    std::move(handler)(self->error_, FolderChange());
                  } else {
                    std::move(handler)(
                        boost::system::error_code(boost::asio::error::operation_aborted),
                        FolderChange());
                  }
                })));
}

FolderChange FolderMailbox::take() {
  FolderChange change;
  change.names.assign(names_.begin(), names_.end());
  change.everything = everything_;
  names_.clear();
  everything_ = false;
  return change;
}

}  // namespace cmgmon::platform
