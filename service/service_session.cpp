#include "service/service_session.h"

#include <utility>

namespace cmgmon::service {
namespace {

// Stopping takes no longer; Windows grants as much when it shuts down.
constexpr std::chrono::milliseconds kStopHint{5000};

}  // namespace

ServiceSession::ServiceSession(std::function<void(const ServiceReport&)> report)
    : report_(std::move(report)) {}

void ServiceSession::start_pending(std::chrono::milliseconds wait_hint) {
  const std::scoped_lock lock(mutex_);
  if (phase_ == ServicePhase::kStartPending) {
    report(ServicePhase::kStartPending, wait_hint, 0);
  }
}

void ServiceSession::running() {
  const std::scoped_lock lock(mutex_);
  if (phase_ == ServicePhase::kStartPending) {
    report(ServicePhase::kRunning, {}, 0);
  }
}

void ServiceSession::on_stop(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  if (phase_ == ServicePhase::kStopPending && wake) {
    wake();
  } else {
    wake_to_stop_ = std::move(wake);
  }
}

void ServiceSession::on_parameter_change(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  wake_to_reload_ = std::move(wake);
}

bool ServiceSession::stop_requested() const {
  const std::scoped_lock lock(mutex_);
  return phase_ == ServicePhase::kStopPending;
}

void ServiceSession::request_stop() {
  const std::scoped_lock lock(mutex_);
  if (phase_ == ServicePhase::kStopPending || phase_ == ServicePhase::kStopped) {
    return;
  }
  report(ServicePhase::kStopPending, kStopHint, 0);
  if (auto wake = std::exchange(wake_to_stop_, {})) {
    wake();
  }
}

void ServiceSession::request_parameter_change() {
  const std::scoped_lock lock(mutex_);
  if (phase_ == ServicePhase::kRunning && wake_to_reload_) {
    wake_to_reload_();
  }
}

void ServiceSession::stopped(int exit_code) {
  const std::scoped_lock lock(mutex_);
  if (phase_ != ServicePhase::kStopped) {
    wake_to_stop_ = {};
    wake_to_reload_ = {};
    report(ServicePhase::kStopped, {}, exit_code);
  }
}

void ServiceSession::report(ServicePhase phase, std::chrono::milliseconds wait_hint,
                            int exit_code) {
  const bool pending = phase == ServicePhase::kStartPending || phase == ServicePhase::kStopPending;
  checkpoint_ = pending ? checkpoint_ + 1 : 0;
  phase_ = phase;
  report_({phase, checkpoint_, wait_hint, exit_code});
}

}  // namespace cmgmon::service
