#include "sinks/dead_man_options.h"

namespace cmgmon::sinks {

DeadManOptions read_dead_man(base::Mapping& mapping, const std::string& name) {
  DeadManOptions options;
  read_common(mapping, name, options);
  options.url = read_secret(mapping, "url");
  if (!mapping.has("url")) {
    mapping.complain("it has no 'url', the address that is called at each heartbeat");
  }
  options.method = mapping.text("method").value_or(options.method);
  if (options.method != "GET" && options.method != "POST") {
    mapping.complain(*mapping.child("method"), "'method' must be GET or POST");
  }
  options.access = read_http_access(mapping);
  return options;
}

}  // namespace cmgmon::sinks
