#pragma once
// The life of a Windows service as the service control manager (SCM) is told it: start pending,
// running, stop pending, stopped, in this order and never back. The part of the SCM host that needs
// no Windows.
//
// The body of the service says start_pending() while it starts, running() once it works, and asks
// on_stop() to be woken; what the SCM wants comes in through request_*(); the host ends with
// stopped().
//
// Threads: any. Reports leave in the order of the states, because they are made under the lock.
// Tests:   tests/unit/service/service_session_test.cpp

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

namespace cmgmon::service {

enum class ServicePhase { kStartPending, kRunning, kStopPending, kStopped };

// One call of SetServiceStatus.
struct ServiceReport {
  ServicePhase phase = ServicePhase::kStartPending;
  std::uint32_t checkpoint = 0;            // counts up while pending, else 0
  std::chrono::milliseconds wait_hint{0};  // how long until the next report; 0 when not pending
  int exit_code = 0;                       // ours, with kStopped
  friend bool operator==(const ServiceReport&, const ServiceReport&) = default;
};

class ServiceSession {
 public:
  // `report` is called under the lock: it must not call back.
  explicit ServiceSession(std::function<void(const ServiceReport&)> report);

  // --- for the body of the service ---

  // Starting goes on. The SCM gives up when nothing follows within the hint.
  void start_pending(std::chrono::milliseconds wait_hint);
  // The service works. Ignored when it has been told to stop meanwhile.
  void running();
  // Registers what wakes the body when it is to stop: called once, from a thread of the SCM, or at
  // once and from here when it is to stop already. It must only signal, and not call the session.
  // {} takes it back: after that it runs no more.
  void on_stop(std::function<void()> wake);
  // The same for "parameters have changed" (sc control NAME paramchange), which may come often.
  void on_parameter_change(std::function<void()> wake);
  bool stop_requested() const;

  // --- for the host ---

  void request_stop();
  void request_parameter_change();
  // The last report; everything after it is ignored.
  void stopped(int exit_code);

 private:
  void report(ServicePhase phase, std::chrono::milliseconds wait_hint, int exit_code);

  std::function<void(const ServiceReport&)> report_;
  mutable std::mutex mutex_;  // guards all below
  ServicePhase phase_ = ServicePhase::kStartPending;
  std::uint32_t checkpoint_ = 0;
  std::function<void()> wake_to_stop_;
  std::function<void()> wake_to_reload_;
};

}  // namespace cmgmon::service
