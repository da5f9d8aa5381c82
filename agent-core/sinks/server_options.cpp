#include "sinks/server_options.h"

#include "base/text.h"
#include "sinks/common_options.h"

namespace cmgmon::sinks {

ServerOptions read_server(base::Mapping& mapping, std::uint16_t default_port) {
  ServerOptions options;
  options.endpoint.host = base::trim(mapping.required_text("host"));
  if (options.endpoint.host.find_first_of(" /:@") != std::string::npos &&
      options.endpoint.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos) {
    mapping.complain(*mapping.child("host"),
                     "'host' is a name or an address alone; the port has its own key");
  }
  options.endpoint.port =
      static_cast<std::uint16_t>(mapping.integer("port", 1, 65535).value_or(default_port));
  options.tls = read_tls_files(mapping);
  if (const auto timeout = mapping.duration("timeout")) {
    if (*timeout < std::chrono::milliseconds(100) || *timeout > std::chrono::minutes(5)) {
      mapping.complain(*mapping.child("timeout"), "'timeout' must be between 100ms and 5m");
    } else {
      options.timeout = *timeout;
    }
  }
  return options;
}

}  // namespace cmgmon::sinks
