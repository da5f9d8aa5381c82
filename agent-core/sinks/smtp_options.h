#pragma once
// Settings of a mail sink.    Source: docs/sinks.md.   Tests: tests/unit/sinks/smtp_options_test.cpp

#include <chrono>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "sinks/common_options.h"
#include "sinks/server_options.h"

namespace cmgmon::sinks {

enum class SmtpSecurity { kStartTls, kTls, kNone };

struct SmtpOptions : CommonOptions {
  ServerOptions server;
  SmtpSecurity security = SmtpSecurity::kStartTls;
  Credentials credentials;  // none: no authentication
  std::string from;
  std::vector<std::string> to;
  std::chrono::milliseconds digest{0};  // 0: a mail for each
  int max_per_hour = 60;                // beyond it, a digest when there is room again
};

SmtpOptions read_smtp_options(base::Mapping& mapping, const std::string& name);

}  // namespace cmgmon::sinks
