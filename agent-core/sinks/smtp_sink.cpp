#include "sinks/smtp_sink.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "net/tls.h"
#include "sinks/smtp_dialogue.h"

namespace cmgmon::sinks {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMaxWaiting = 500;  // then the digest does not wait for its time
constexpr std::chrono::milliseconds kFirstPause{1000};
constexpr std::chrono::milliseconds kLongestPause{300000};

}  // namespace

SmtpSink::SmtpSink(SmtpOptions options, std::string host, std::string secrets_folder,
                   const base::Clock& clock)
    : options_(std::move(options)),
      frame_{options_.from, options_.to, std::move(host), options_.level},
      secrets_folder_(std::move(secrets_folder)),
      clock_(clock) {}

bool SmtpSink::room() {
  const auto hour_ago = steady_clock::now() - std::chrono::hours(1);
  while (!sent_.empty() && sent_.front() <= hour_ago) {
    sent_.pop_front();
  }
  return sent_.size() < static_cast<std::size_t>(options_.max_per_hour);
}

Delivered SmtpSink::send(const std::string& mail) {
  last_answer_.clear();
  std::shared_ptr<const net::TlsContext> tls;  // anew each time: certificates are renewed
  if (options_.security != SmtpSecurity::kNone) {
    auto context = net::TlsContext::client(options_.server.tls);
    if (!context) {
      return context.error();
    }
    tls = std::move(*context);
  }
  SmtpLogin login{options_.credentials.username, ""};
  if (options_.credentials.password) {
    auto password = options_.credentials.password->value(secrets_folder_);
    if (!password) {
      return password.error();
    }
    login.password = std::move(*password);
  }
  auto answer = send_mail(options_, login, tls, frame_.host, mail);
  if (!answer) {
    return answer.error();
  }
  last_answer_ = std::move(*answer);
  sent_.push_back(steady_clock::now());
  return {};
}

Delivered SmtpSink::deliver(const incidents::Transition& transition) {
  if (transition.kind == incidents::TransitionKind::kUpdated) {
    return {};
  }
  if (options_.digest.count() > 0 || !waiting_.empty() || !room()) {
    waiting_.push_back(transition);
    return {};
  }
  return send(mail_text(transition, frame_, clock_.now()));
}

// A reload is no new hour.
void SmtpSink::remember(const std::any& memory) {
  if (const auto* before = std::any_cast<std::deque<Steady>>(&memory)) {
    sent_ = *before;
  }
}

Delivered SmtpSink::test(const incidents::Transition& marked) {
  return send(mail_text(marked, frame_, clock_.now()));
}

base::Result<void> SmtpSink::notify(const Notice& notice, base::Time at) {
  static_cast<void>(notice);
  static_cast<void>(at);
  return {};
}

base::Result<void> SmtpSink::advance(base::Time now) {
  if (waiting_.empty() || steady_clock::now() < digest_again_at_) {
    return {};
  }
  // By the time of the oldest: restarts do not put it off. A clock that was set back does not, either.
  const base::Duration age = now - waiting_.front().at;
  const bool due =
      age >= options_.digest || age < base::Duration(0) || waiting_.size() >= kMaxWaiting;
  if (!due || !room()) {
    return {};
  }
  const std::vector<incidents::Transition> batch(
      waiting_.begin(),
      waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), batch_)));
  const auto sent = send(batch.size() == 1 ? mail_text(batch.front(), frame_, now)
                                           : digest_text(batch, frame_, now));
  if (!sent && !sent.error().final) {
    pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
    digest_again_at_ = steady_clock::now() + sent.error().retry_after.value_or(pause_);
    return sent.error().error;
  }
  pause_ = {};
  if (!sent && batch.size() > 1) {
    batch_ = batch.size() / 2;
    return {};
  }
  if (!sent) {
    refused_ = sent.error();
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
  batch_ = kMaxInDigest;
  return {};
}

}  // namespace cmgmon::sinks
