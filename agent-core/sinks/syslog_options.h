#pragma once
// Settings of a syslog sink.    Source: docs/sinks.md.   Tests: tests/unit/sinks/syslog_options_test.cpp

#include <chrono>
#include <cstddef>
#include <string>

#include "base/yaml.h"
#include "sinks/common_options.h"
#include "sinks/server_options.h"

namespace cmgmon::sinks {

enum class SyslogTransport { kTls, kTcp, kUdp };

struct SyslogOptions : CommonOptions {
  SyslogTransport transport = SyslogTransport::kTls;
  ServerOptions server;
  int facility = 16;  // local0
  std::string enterprise_id = "32473";
  std::size_t max_message_bytes = 8192;
  // How long a connection must have lived after a message before the message counts as received.
  std::chrono::milliseconds confirm_after{10000};
  bool notices = true;  // what the service says of itself, too
};

SyslogOptions read_syslog_options(base::Mapping& mapping, const std::string& name);

}  // namespace cmgmon::sinks
