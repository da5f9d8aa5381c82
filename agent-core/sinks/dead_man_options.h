#pragma once
// Settings of a dead man's switch (dead_man_sink.h).    Source: docs/sinks.md.   Tests: tests/unit/sinks/dead_man_sink_test.cpp

#include <optional>
#include <string>

#include "base/yaml.h"
#include "sinks/common_options.h"
#include "sinks/http_access.h"
#include "sinks/secret.h"

namespace cmgmon::sinks {

struct DeadManOptions : CommonOptions {
  std::optional<Secret> url;  // always set after reading
  std::string method = "GET";
  HttpAccessOptions access;
};

DeadManOptions read_dead_man(base::Mapping& mapping, const std::string& name);

}  // namespace cmgmon::sinks
