#pragma once
// Sends incidents as mails: one each, or as a digest.
//
// What waits for a digest is unconfirmed, so it stays in the saved outbox. Beyond max_per_hour mails nothing more is sent
// one by one; what comes then waits until there is room, and goes out as a digest. Order is kept.
//
// Notices are not mailed: what the service says of itself is in the Event Log and its diary.
// Tests:   tests/unit/sinks/smtp_sink_test.cpp, tests/system/delivery/smtp_test.py

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/tls.h"
#include "sinks/mail_text.h"
#include "sinks/sink.h"
#include "sinks/smtp_options.h"

namespace cmgmon::sinks {

class SmtpSink final : public Sink {
 public:
  // `secrets_folder`: see secret.h.
  SmtpSink(SmtpOptions options, std::string host, std::string secrets_folder,
           const base::Clock& clock);

  std::string_view name() const override { return options_.name; }
  bool wants_updates() const override { return false; }
  Delivered deliver(const incidents::Transition& transition) override;
  std::size_t unconfirmed() const override { return waiting_.size(); }
  base::Result<void> notify(const Notice& notice, base::Time at) override;
  base::Result<void> advance(base::Time now) override;
  Delivered test(const incidents::Transition& marked) override;
  std::string last_answer() const override { return last_answer_; }

 private:
  using Steady = std::chrono::steady_clock::time_point;

  Delivered send(const std::string& mail);
  bool room();

  SmtpOptions options_;
  MailFrame frame_;
  std::string secrets_folder_;
  const base::Clock& clock_;
  std::shared_ptr<const net::TlsContext> tls_;
  std::vector<incidents::Transition> waiting_;  // for the next digest
  std::deque<Steady> sent_;                     // mails of the last hour
  std::chrono::milliseconds pause_{0};          // after a digest that was not taken
  Steady digest_again_at_{};
  std::string last_answer_;
};

}  // namespace cmgmon::sinks
