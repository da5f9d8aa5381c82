#pragma once
// Sends incidents as mails: one each, or as a digest.
//
// What waits for a digest is unconfirmed, so it stays in the saved outbox. Beyond max_per_hour mails nothing more is sent
// one by one; what comes then waits until there is room, and goes out as a digest. Order is kept. A digest that is refused
// for good is halved until what the server does not want stands alone: that is given up, the rest arrives.
//
// Notices are not mailed: what the service says of itself is in the Event Log and its diary.
// Tests:   tests/unit/sinks/smtp_sink_test.cpp, tests/system/delivery/smtp_test.py

#include <any>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sinks/mail_text.h"
#include "sinks/sink.h"
#include "sinks/smtp_options.h"

namespace cmgmon::sinks {

inline constexpr std::size_t kMaxInDigest = 100;

class SmtpSink final : public Sink {
 public:
  // `secrets_folder`: see secret.h.
  SmtpSink(SmtpOptions options, std::string host, std::string secrets_folder,
           const base::Clock& clock);

  std::string_view name() const override { return options_.name; }
  signatures::Level level() const override { return options_.level; }
  bool wants_updates() const override { return false; }
  Delivered deliver(const incidents::Transition& transition) override;
  std::size_t unconfirmed() const override { return waiting_.size(); }
  base::Result<void> notify(const Notice& notice, base::Time at) override;
  base::Result<void> advance(base::Time now) override;
  std::optional<Refusal> take_refused() override { return std::exchange(refused_, std::nullopt); }
  void remember(const std::any& memory) override;
  std::any take_memory() override { return sent_; }
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
  std::vector<incidents::Transition> waiting_;  // for the next digest
  std::size_t batch_ = kMaxInDigest;  // fewer while something in a digest is refused for good
  std::optional<Refusal> refused_;
  std::deque<Steady> sent_;             // mails of the last hour
  std::chrono::milliseconds pause_{0};  // after a digest that was not taken
  Steady digest_again_at_{};
  std::string last_answer_;
};

}  // namespace cmgmon::sinks
