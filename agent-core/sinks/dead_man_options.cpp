#include "sinks/dead_man_options.h"

namespace cmgmon::sinks {

DeadManOptions read_dead_man(base::Mapping& mapping, const std::string& name) {
  DeadManOptions options;
  read_common(mapping, name, options);
  options.url = read_secret(mapping, "url");
  if (!mapping.has("url")) {
    mapping.complain("it has no 'url', the address that is called at each heartbeat");
  }
  options.method = read_word(mapping, "method", {"GET", "POST"}).value_or(options.method);
  options.access = read_http_access(mapping);
  return options;
}

}  // namespace cmgmon::sinks
