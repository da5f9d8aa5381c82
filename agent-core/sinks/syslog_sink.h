#pragma once
// Sends incidents and notices to a syslog server: RFC 5424 over TLS (RFC 5425), TCP with octet counting, or UDP.
//
// Syslog acknowledges nothing. What was written to a connection is kept until the connection has lived for a while after
// it; a connection that broke before is made anew, and all that is kept is sent again with the same ids. So the receiver
// gets everything at least once, and parameter "id" tells duplicates. At the end the connection is closed in both
// directions: a server that closes its half in order has read it all. UDP promises nothing and keeps nothing.
//
// Tests:   tests/unit/sinks/syslog_sink_test.cpp, tests/system/delivery/syslog_test.py

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "net/datagram.h"
#include "net/line_connection.h"
#include "sinks/sink.h"
#include "sinks/syslog_format.h"
#include "sinks/syslog_options.h"

namespace cmgmon::sinks {

class SyslogSink final : public Sink {
 public:
  SyslogSink(SyslogOptions options, std::string host);

  std::string_view name() const override { return options_.name; }
  signatures::Level level() const override { return options_.level; }
  bool wants_updates() const override { return false; }
  Delivered deliver(const incidents::Transition& transition) override;
  std::size_t unconfirmed() const override { return sent_.size(); }
  base::Result<void> notify(const Notice& notice, base::Time at) override;
  base::Result<void> advance(base::Time now) override;
  void finish() override;
  std::string last_answer() const override { return last_answer_; }

 private:
  using Steady = std::chrono::steady_clock::time_point;
  struct Sent {
    std::string frame;
    Steady at{};
  };

  base::Result<void> send(const std::string& message);
  base::Result<void> send_datagram(const std::string& message);
  bool connected();
  base::Result<void> connect();
  base::Result<void> send_again();
  void disconnect();
  net::Deadline deadline() const;

  SyslogOptions options_;
  SyslogFormat format_;
  std::optional<net::LineConnection> connection_;
  std::optional<net::Datagrams> datagrams_;
  std::deque<Sent> sent_;  // and not confirmed
  std::chrono::milliseconds reconnect_pause_{0};
  Steady reconnect_at_{};
  std::string last_answer_;
};

}  // namespace cmgmon::sinks
