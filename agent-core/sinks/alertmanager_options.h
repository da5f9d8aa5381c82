#pragma once
// The part of the settings for an Alertmanager (alertmanager_sink.h).
//
// Tests: tests/unit/sinks/alertmanager_sink_test.cpp

#include <map>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "net/url.h"
#include "sinks/common_options.h"
#include "sinks/http_access.h"

namespace cmgmon::sinks {

struct AlertmanagerOptions : CommonOptions {
  std::vector<net::Url> urls;                 // every peer of the cluster, with the path of the API
  std::map<std::string, std::string> labels;  // added to every alert
  HttpAccessOptions access;
};

AlertmanagerOptions read_alertmanager(base::Mapping& mapping, const std::string& name);

}  // namespace cmgmon::sinks
