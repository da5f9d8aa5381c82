#pragma once
// How a sink that is no HTTP client gets to its server. Keys: host port ca_file certificate_file key_file timeout.
//
// Errors:  every mistake is a Complaint with line and column.
// Tests:   tests/unit/sinks/syslog_options_test.cpp, smtp_options_test.cpp

#include <chrono>
#include <cstdint>

#include "base/yaml.h"
#include "net/line_connection.h"
#include "net/tls.h"

namespace cmgmon::sinks {

struct ServerOptions {
  net::Endpoint endpoint;
  net::TlsOptions tls;
  std::chrono::milliseconds timeout{10000};
};

// `host` is required; a certificate must have its name.
ServerOptions read_server(base::Mapping& mapping, std::uint16_t default_port);

}  // namespace cmgmon::sinks
