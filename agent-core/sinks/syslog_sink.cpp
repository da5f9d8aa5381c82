#include "sinks/syslog_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cmgmon::sinks {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMaxUnconfirmed = 1000;
constexpr std::chrono::seconds kGoodbye{2};
constexpr std::chrono::milliseconds kFirstPause{1000};
constexpr std::chrono::milliseconds kLongestPause{60000};

}  // namespace

SyslogSink::SyslogSink(SyslogOptions options, std::string host)
    : options_(std::move(options)),
      format_{options_.facility, options_.enterprise_id, std::move(host),
              options_.max_message_bytes} {}

net::Deadline SyslogSink::deadline() const {
  return steady_clock::now() + options_.server.timeout;
}

// A server that went away is noticed before something is written to it: the first write after that would seem to work.
bool SyslogSink::connected() {
  if (connection_ && connection_->closed_by_peer()) {
    disconnect();
    last_answer_ = "the server closed the connection";
  }
  return connection_.has_value();
}

void SyslogSink::disconnect() {
  connection_.reset();
}

base::Result<void> SyslogSink::connect() {
  const bool secure = options_.transport == SyslogTransport::kTls;
  std::shared_ptr<const net::TlsContext> tls;  // anew each time: certificates are renewed
  if (secure) {
    auto context = net::TlsContext::client(options_.server.tls);
    if (!context) {
      return context.error();
    }
    tls = std::move(*context);
  }
  const auto until = deadline();
  auto connection = net::LineConnection::connect(options_.server.endpoint, until);
  if (!connection) {
    return connection.error();
  }
  if (secure) {
    auto secured = connection->start_tls(tls, options_.server.endpoint.host, until);
    if (!secured) {
      return secured.error();
    }
  }
  last_answer_ = fmt::format("connected to {}", net::describe(options_.server.endpoint));
  if (secure) {
    last_answer_ +=
        fmt::format(", {}, certificate of {}", connection->tls_version(), connection->peer_name());
  }
  last_answer_ += "; syslog acknowledges nothing";
  connection_ = std::move(*connection);
  return send_again();
}

// What the last connection may have lost.
base::Result<void> SyslogSink::send_again() {
  for (Sent& sent : sent_) {
    if (auto written = connection_->write(sent.frame, deadline()); !written) {
      disconnect();
      return written;
    }
    sent.at = steady_clock::now();
  }
  return {};
}

base::Result<void> SyslogSink::send_datagram(const std::string& message) {
  if (!datagrams_) {
    auto opened = net::Datagrams::to(options_.server.endpoint, deadline());
    if (!opened) {
      return opened.error();
    }
    datagrams_ = std::move(*opened);
    last_answer_ = fmt::format("sent to {}; UDP tells nothing of its arrival",
                               net::describe(options_.server.endpoint));
  }
  auto sent = datagrams_->send(message);
  if (!sent) {
    datagrams_.reset();  // the name may have got another address
  }
  return sent;
}

base::Result<void> SyslogSink::send(const std::string& message) {
  if (options_.transport == SyslogTransport::kUdp) {
    return send_datagram(message);
  }
  if (!connected()) {
    if (auto made = connect(); !made) {
      last_answer_.clear();
      return made;
    }
  }
  auto written = connection_->write(syslog_frame(message), deadline());
  if (!written) {
    disconnect();
  }
  return written;
}

Delivered SyslogSink::deliver(const incidents::Transition& transition) {
  if (transition.kind == incidents::TransitionKind::kUpdated) {
    return {};
  }
  const std::string message = syslog_message(transition, format_);
  if (auto sent = send(message); !sent) {
    return sent.error();
  }
  if (options_.transport != SyslogTransport::kUdp) {
    sent_.push_back({syslog_frame(message), steady_clock::now()});
    if (sent_.size() > kMaxUnconfirmed) {
      sent_.pop_front();  // a thousand came after it on a connection that lived
    }
  }
  return {};
}

base::Result<void> SyslogSink::notify(const Notice& notice, base::Time at) {
  if (!options_.notices) {
    return {};
  }
  return send(syslog_message(notice, at, format_));
}

base::Result<void> SyslogSink::advance(base::Time now) {
  static_cast<void>(now);
  if (sent_.empty()) {
    return {};
  }
  if (!connected()) {
    if (steady_clock::now() < reconnect_at_) {
      return {};
    }
    if (auto made = connect(); !made) {
      reconnect_pause_ = std::clamp(reconnect_pause_ * 2, kFirstPause, kLongestPause);
      reconnect_at_ = steady_clock::now() + reconnect_pause_;
      return made;
    }
    reconnect_pause_ = {};
  }
  const auto safe = steady_clock::now() - options_.confirm_after;
  while (!sent_.empty() && sent_.front().at <= safe) {
    sent_.pop_front();
  }
  return {};
}

void SyslogSink::finish() {
  if (sent_.empty() || !connected()) {
    return;
  }
  const auto until = steady_clock::now() + kGoodbye;
  connection_->shut_down(until);
  std::array<char, 256> said{};
  for (;;) {
    const auto count = connection_->read(said, until);
    if (count && *count == 0) {
      sent_.clear();  // it closed in order, so it has read everything
    }
    if (!count || *count == 0) {
      break;
    }
  }
  disconnect();
}

}  // namespace cmgmon::sinks
